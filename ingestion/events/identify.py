"""Which source a bare event belongs to: the table in section 0 of the event reference, in its order.

`eventType` alone does not decide: SES event publishing and End User Messaging both use it.
"""

from __future__ import annotations

from typing import Any, Literal

Source = Literal["ses_event", "ses_notification", "ses_inbound", "ses_account", "pinpoint", "eum"]

# Other services have `event_type`, too; an event of Pinpoint has one of these beside it.
_PINPOINT_KEYS = ("application", "client", "attributes", "metrics", "facets", "session", "device", "awsAccountId")
_MESSAGING_TYPES = ("TEXT_", "MEDIA_", "VOICE_", "RCS_")


def identify(event: dict[str, Any], envelope: dict[str, Any]) -> Source | None:
    """The event's source; None for a shape that the table does not know. A key with null counts as absent."""
    event_type = event.get("eventType")
    has_mail = event.get("mail") is not None
    is_published = event_type is not None or event.get("event_type") is not None
    is_received = event.get("receipt") is not None and event.get("notificationType") in (None, "Received")
    if is_received and has_mail and not is_published:
        return "ses_inbound"
    if event.get("eventVersion") is not None and str(event_type).startswith(_MESSAGING_TYPES):
        return "eum"
    if event.get("event_type") is not None and any(event.get(key) is not None for key in _PINPOINT_KEYS):
        return "pinpoint"
    if event_type is not None and has_mail:
        return "ses_event"
    if event.get("notificationType") is not None and has_mail:
        return "ses_notification"
    if envelope.get("source") == "aws.ses" and event_type is None and not has_mail:
        return "ses_account"
    return None


def is_control(event: dict[str, Any]) -> bool:
    """Whether SES says that a topic was set up, which is no event."""
    return event.get("notificationType") == "AmazonSnsSubscriptionSucceeded" and event.get("eventType") is None
