"""The fields of SES events and feedback notifications as types: what is documented and nothing else.

Written from the Amazon SES Developer Guide: "Contents of event data", "Contents of Amazon SNS notifications".
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable
from typing import Annotated, Literal

import msgspec
from msgspec import UNSET, Meta, UnsetType, field

Text = Annotated[str, Meta(min_length=1)]
Texts = Annotated[list[Text], Meta(min_length=1)]
Time = Annotated[str, Meta(pattern=r"^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d\.\d{3}Z$")]
Id = Annotated[str, Meta(pattern=r"^[0-9a-f]{16}-[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}-000000$")]
Account = Annotated[str, Meta(pattern=r"^\d{12}$")]
Identity = Annotated[str, Meta(pattern=r"^arn:aws:ses:[a-z0-9-]+:\d{12}:identity/[a-z0-9.]+$")]
Tags = dict[Text, Texts]
Verdict = Literal["Likely", "Unlikely"] | UnsetType

_BOUNCE_TYPES = {
    "Undetermined": {"Undetermined"},
    "Permanent": {
        *("General", "NoEmail", "Suppressed"),
        *("OnAccountSuppressionList", "OnTenantSuppressionList", "EmailValidationSuppressed"),
    },
    "Transient": {
        *("General", "MailboxFull", "MessageTooLarge", "CustomTimeoutExceeded"),
        *("ContentRejected", "AttachmentRejected"),
    },
}


class Documented(msgspec.Struct, forbid_unknown_fields=True):
    """An object that has no other fields."""


class Header(Documented):
    name: Text
    value: Text


class CommonHeaders(Documented):
    from_: Texts = field(name="from")
    messageId: Text
    to: Texts | UnsetType = UNSET
    cc: Texts | UnsetType = UNSET
    bcc: Texts | UnsetType = UNSET
    subject: Text | UnsetType = UNSET
    date: Text | UnsetType = UNSET


class LeastMail(Documented, kw_only=True):
    timestamp: Time
    messageId: Id
    source: Text
    sendingAccountId: Account
    destination: Texts
    headersTruncated: bool


class MailWithoutHeaders(LeastMail, kw_only=True):
    sourceArn: Identity
    tags: Tags


class MailWithoutIdentity(LeastMail, kw_only=True):
    headers: Annotated[list[Header], Meta(min_length=1)]
    commonHeaders: CommonHeaders
    tags: Tags


class Mail(MailWithoutIdentity, kw_only=True):
    sourceArn: Identity


class NotificationMail(LeastMail, kw_only=True):
    headers: list[Header]
    commonHeaders: CommonHeaders
    sourceArn: Identity
    sourceIp: Text
    callerIdentity: Text


class BouncedRecipient(Documented):
    emailAddress: Text
    action: Literal["failed"] | UnsetType = UNSET
    status: Text | UnsetType = UNSET
    diagnosticCode: Text | UnsetType = UNSET


class BounceObject(Documented):
    bounceType: Literal["Undetermined", "Permanent", "Transient"]
    bounceSubType: Text
    bouncedRecipients: Annotated[list[BouncedRecipient], Meta(min_length=1)]
    timestamp: Time
    feedbackId: Id
    reportingMTA: Annotated[str, Meta(pattern="^dns; .")] | UnsetType = UNSET
    remoteMtaIp: Text | UnsetType = UNSET

    def __post_init__(self) -> None:
        if self.bounceSubType not in _BOUNCE_TYPES[self.bounceType]:
            raise ValueError(f"{self.bounceType} has no subtype {self.bounceSubType}")


class Address(Documented):
    emailAddress: Text


class ComplaintObject(Documented):
    complainedRecipients: Annotated[list[Address], Meta(min_length=1)]
    timestamp: Time
    feedbackId: Id
    complaintSubType: Literal["OnAccountSuppressionList", "OnTenantSuppressionList"] | None
    userAgent: Text | UnsetType = UNSET
    complaintFeedbackType: Literal["abuse", "not-spam"] | UnsetType = UNSET
    arrivalDate: Time | UnsetType = UNSET


class DeliveryObject(Documented):
    timestamp: Time
    processingTimeMillis: Annotated[int, Meta(ge=0)]
    recipients: Texts
    smtpResponse: Text
    reportingMTA: Text
    remoteMtaIp: Text | UnsetType = UNSET


class DelayedRecipient(Documented):
    emailAddress: Text
    status: Text
    diagnosticCode: Text


class DeliveryDelayObject(Documented):
    delayType: Literal[
        "InternalFailure",
        "General",
        "MailboxFull",
        "SpamDetected",
        "RecipientServerError",
        "IPFailure",
        "TransientCommunicationFailure",
        "BYOIPHostNameLookupUnavailable",
        "Undetermined",
        "SendingDeferral",
    ]
    delayedRecipients: Annotated[list[DelayedRecipient], Meta(min_length=1)]
    expirationTime: Time
    timestamp: Time
    reportingMTA: Text | UnsetType = UNSET


class OpenObject(Documented):
    ipAddress: Text
    timestamp: Time
    userAgent: Text
    isBotEvent: Verdict = UNSET


class ClickObject(Documented):
    ipAddress: Text
    timestamp: Time
    userAgent: Text
    link: Annotated[str, Meta(pattern="^https://")]
    linkTags: Tags | None
    isBotEvent: Verdict = UNSET


class Topic(Documented):
    topicName: Text
    subscriptionStatus: Literal["OptIn", "OptOut"]


class Preferences(Documented):
    unsubscribeAll: bool
    topicSubscriptionStatus: list[Topic]


class SubscriptionObject(Documented):
    contactList: Text
    timestamp: Time
    source: Text
    newTopicPreferences: Preferences
    oldTopicPreferences: Preferences


class SendObject(Documented):
    pass


class RejectObject(Documented):
    reason: Literal["Bad content"]


class FailureObject(Documented):
    templateName: Text
    errorMessage: Text


class Send(Documented, tag_field="eventType"):
    mail: Mail
    send: SendObject


class Delivery(Documented, tag_field="eventType"):
    mail: Mail
    delivery: DeliveryObject


class Bounce(Documented, tag_field="eventType"):
    mail: Mail
    bounce: BounceObject


class Complaint(Documented, tag_field="eventType"):
    mail: Mail
    complaint: ComplaintObject


class Reject(Documented, tag_field="eventType"):
    mail: Mail
    reject: RejectObject


class RenderingFailure(Documented, tag_field="eventType", tag="Rendering Failure"):
    mail: MailWithoutHeaders
    failure: FailureObject


class Open(Documented, tag_field="eventType"):
    mail: MailWithoutIdentity
    open: OpenObject


class Click(Documented, tag_field="eventType"):
    mail: MailWithoutIdentity
    click: ClickObject


class DeliveryDelay(Documented, tag_field="eventType"):
    mail: MailWithoutHeaders
    deliveryDelay: DeliveryDelayObject


class Subscription(Documented, tag_field="eventType"):
    mail: Mail
    subscription: SubscriptionObject


class DeliveryNotification(Documented, tag_field="notificationType", tag="Delivery"):
    mail: NotificationMail
    delivery: DeliveryObject


class BounceNotification(Documented, tag_field="notificationType", tag="Bounce"):
    mail: NotificationMail
    bounce: BounceObject


class ComplaintNotification(Documented, tag_field="notificationType", tag="Complaint"):
    mail: NotificationMail
    complaint: ComplaintObject


Event = Send | Delivery | Bounce | Complaint | Reject | RenderingFailure | Open | Click | DeliveryDelay | Subscription
Notification = DeliveryNotification | BounceNotification | ComplaintNotification

_event = msgspec.json.Decoder(Event)
_notification = msgspec.json.Decoder(Notification)


def problems(lines: Iterable[bytes]) -> Counter[str]:
    """What the lines have that is not documented, lack, or spell in another way; how often."""
    found: Counter[str] = Counter()
    for line in lines:
        try:
            (_event if line.startswith(b'{"eventType"') else _notification).decode(line)
        except msgspec.ValidationError as error:
            found[str(error)] += 1
    return found
