"""One event of every type with every field that is documented, and where the tables have each field.

Written from the event reference, sections 1 and 3, and the Amazon SES Developer Guide. A field is a path and its value;
its place is a column of staging, or None where the payload alone holds it.
"""

from __future__ import annotations

from typing import Any

Value = Any
Fields = dict[str, tuple[Value, str | None]]

MAIL: Fields = {
    "mail.timestamp": ("2026-11-10T08:00:00.123Z", "mail_sent_at"),
    "mail.messageId": ("{id}", "message_id"),
    "mail.source": ("Sender <sender@example.com>", "mail_from"),
    "mail.sourceArn": ("arn:aws:ses:eu-west-1:012345678901:identity/example.com", "source_arn"),
    "mail.sendingAccountId": ("012345678901", "account_id"),
    "mail.destination": (["a@example.com"], None),
    "mail.headersTruncated": (True, "headers_truncated"),
    "mail.headers": ([{"name": "Message-ID", "value": "<original@example.com>"}], None),
    "mail.commonHeaders.from": (["From <from@example.com>"], None),
    "mail.commonHeaders.to": (["a@example.com"], None),
    "mail.commonHeaders.cc": (["cc@example.com"], None),
    "mail.commonHeaders.bcc": (["bcc@example.com"], None),
    "mail.commonHeaders.replyTo": (["reply@example.com"], None),
    "mail.commonHeaders.sender": ("sender@example.com", None),
    "mail.commonHeaders.returnPath": ("return@example.com", "return_path"),
    "mail.commonHeaders.date": ("Tue, 10 Nov 2026 09:00:00 +0100", "header_date"),
    "mail.commonHeaders.messageId": ("<original@example.com>", "header_message_id"),
    "mail.commonHeaders.subject": ("Grüße", "subject"),
}

TAGS = {
    "ses:configuration-set": "configuration_set",
    "ses:source-ip": "source_ip",
    "ses:from-domain": "from_domain",
    "ses:caller-identity": "caller_identity",
    "ses:operation": "operation",
    "ses:source-tls-version": "source_tls_version",
    "ses:outgoing-ip": "outgoing_ip",
    "ses:outgoing-tls-version": "outgoing_tls_version",
    "ses:tenant-name": "tenant_name",
    "campaign": "campaign",
}

PREFERENCES = {
    "unsubscribeAll": True,
    "topicSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptOut"}],
    "topicDefaultSubscriptionStatus": [{"topicName": "news", "subscriptionStatus": "OptIn"}],
}

OWN_TIME = ("2026-11-10T09:00:00.456Z", "occurred_at")

BOUNCE: Fields = {
    "bounceType": ("Permanent", "bounce_type"),
    "bounceSubType": ("General", "bounce_sub_type"),
    "bouncedRecipients": (
        [{"emailAddress": "a@example.com", "action": "failed", "status": "5.1.1", "diagnosticCode": "smtp; 550"}],
        None,
    ),
    "timestamp": OWN_TIME,
    "feedbackId": ("feedback", "feedback_id"),
    "reportingMTA": ("dns; mta.example.net", "reporting_mta"),
    "remoteMtaIp": ("192.0.2.1", "remote_mta_ip"),
}
COMPLAINT: Fields = {
    "complainedRecipients": ([{"emailAddress": "a@example.com"}], None),
    "timestamp": OWN_TIME,
    "feedbackId": ("feedback", "feedback_id"),
    "complaintSubType": ("OnAccountSuppressionList", "complaint_sub_type"),
    "userAgent": ("Reporter/1.0", "user_agent"),
    "complaintFeedbackType": ("abuse", "complaint_feedback_type"),
    "arrivalDate": ("2026-11-10T08:30:00.000Z", "complaint_arrived_at"),
}
DELIVERY: Fields = {
    "timestamp": OWN_TIME,
    "processingTimeMillis": (456, "processing_time_ms"),
    "recipients": (["a@example.com"], None),
    "smtpResponse": ("250 ok", "smtp_response"),
    "reportingMTA": ("a1.smtp-out.example.net", "reporting_mta"),
    "remoteMtaIp": ("192.0.2.1", "remote_mta_ip"),
}
OPEN: Fields = {
    "ipAddress": ("198.51.100.1", "ip_address"),
    "timestamp": OWN_TIME,
    "userAgent": ("Mozilla/5.0", "user_agent"),
    "isBotEvent": ("Unlikely", "bot_verdict"),
}

# eventType: (name in the tables, key of its own object, fields of that object)
EVENTS: dict[str, tuple[str, str, Fields]] = {
    "Send": ("send", "send", {}),
    "Delivery": ("delivery", "delivery", DELIVERY),
    "DeliveryDelay": (
        "delivery_delay",
        "deliveryDelay",
        {
            "delayType": ("MailboxFull", "delay_type"),
            "delayedRecipients": (
                [{"emailAddress": "a@example.com", "status": "4.2.2", "diagnosticCode": "full"}],
                None,
            ),
            "expirationTime": ("2026-11-11T00:00:00.000Z", "expires_at"),
            "reportingMTA": ("192.0.2.1", "reporting_mta"),
            "timestamp": OWN_TIME,
        },
    ),
    "Bounce": ("bounce", "bounce", BOUNCE),
    "Complaint": ("complaint", "complaint", COMPLAINT),
    "Reject": ("reject", "reject", {"reason": ("Bad content", "reject_reason")}),
    "Rendering Failure": (
        "rendering_failure",
        "failure",
        {"templateName": ("welcome", "template_name"), "errorMessage": ("no name", "error_message")},
    ),
    "Open": ("open", "open", OPEN),
    "Click": (
        "click",
        "click",
        {**OPEN, "link": ("https://example.com/?a=1", "link"), "linkTags": ({"spot": ["top"]}, None)},
    ),
    "Subscription": (
        "subscription",
        "subscription",
        {
            "contactList": ("everybody", "contact_list"),
            "timestamp": OWN_TIME,
            "source": ("UnsubscribeHeader", "subscription_source"),
            "newTopicPreferences": (PREFERENCES, None),
            "oldTopicPreferences": ({**PREFERENCES, "unsubscribeAll": False}, None),
        },
    ),
}
NOTIFICATIONS = {name: EVENTS[name] for name in ("Bounce", "Complaint", "Delivery")}
NOTIFICATION_MAIL: Fields = {
    **MAIL,
    "mail.sourceIp": ("203.0.113.9", "source_ip"),
    "mail.callerIdentity": ("mailer", "caller_identity"),
}


def event(kind: str, message_id: str, *, notification: bool = False) -> dict[str, Any]:
    """An event with every field."""
    _, key, own = EVENTS[kind]
    made: dict[str, Any] = {"notificationType" if notification else "eventType": kind, "mail": {"commonHeaders": {}}}
    for path, (value, _) in (NOTIFICATION_MAIL if notification else MAIL).items():
        *parents, last = path.split(".")
        place = made
        for parent in parents:
            place = place[parent]
        place[last] = message_id if value == "{id}" else value
    if not notification:
        made["mail"]["tags"] = {tag: [f"value of {tag}"] for tag in TAGS}
    made[key] = {name: value for name, (value, _) in own.items()}
    return made
