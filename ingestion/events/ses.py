"""SES event publishing and feedback notifications, every documented field typed (event reference, sections 1 and 3).

Decoding a line into one of these proves its shape at the speed of C. An event that does not fit lands all the same when
it has the least (check.py): AWS adds fields and types, and real events bend the documentation.
"""

from __future__ import annotations

from datetime import datetime
from typing import Annotated

import msgspec
from msgspec import UNSET, UnsetType

Text = str | UnsetType
Texts = list[str] | UnsetType
Tags = dict[str, list[str]]


class _Object(msgspec.Struct, gc=False):
    """Unknown fields are passed over; a field that may be absent is UNSET then."""


class Header(_Object):
    name: str
    value: str


class CommonHeaders(_Object):
    from_: Texts = msgspec.field(name="from", default=UNSET)
    to: Texts = UNSET
    cc: Texts = UNSET
    bcc: Texts = UNSET
    replyTo: Texts = UNSET
    sender: Text = UNSET
    returnPath: Text = UNSET
    date: Text = UNSET
    messageId: Text = UNSET
    subject: Text = UNSET


class Mail(_Object):
    timestamp: datetime
    messageId: str
    source: str
    destination: list[str]
    sendingAccountId: Text = UNSET
    sourceArn: Text = UNSET
    sourceIp: Text = UNSET
    callerIdentity: Text = UNSET
    headersTruncated: bool | UnsetType = UNSET
    headers: list[Header] | UnsetType = UNSET
    commonHeaders: CommonHeaders | UnsetType = UNSET
    tags: Tags | UnsetType = UNSET

    def __post_init__(self) -> None:
        # of the least that an event needs (check.py), the types above leave this open; no other years are read
        if not self.messageId.strip(" ") or not 1900 <= self.timestamp.year < 2100:
            raise ValueError("no message id, or a time out of range")


class BouncedRecipient(_Object):
    emailAddress: str
    action: Text = UNSET
    status: Text = UNSET
    diagnosticCode: Text = UNSET


class Bounce(_Object):
    bounceType: str
    bounceSubType: str
    bouncedRecipients: list[BouncedRecipient]
    timestamp: datetime
    feedbackId: str
    reportingMTA: Text = UNSET
    remoteMtaIp: Text = UNSET


class ComplainedRecipient(_Object):
    emailAddress: str


class Complaint(_Object):
    complainedRecipients: list[ComplainedRecipient]
    timestamp: datetime
    feedbackId: str
    complaintSubType: str | UnsetType | None = UNSET
    userAgent: Text = UNSET
    complaintFeedbackType: Text = UNSET
    arrivalDate: datetime | UnsetType = UNSET


class Delivery(_Object):
    timestamp: datetime
    processingTimeMillis: Annotated[int, msgspec.Meta(ge=0, lt=2**53)]
    recipients: list[str]
    smtpResponse: str
    reportingMTA: str
    remoteMtaIp: Text = UNSET


class Send(_Object):
    pass


class Reject(_Object):
    reason: str


class Failure(_Object):
    templateName: str
    errorMessage: str


class Open(_Object):
    ipAddress: str
    timestamp: datetime
    userAgent: str
    isBotEvent: Text = UNSET


class Click(_Object):
    ipAddress: str
    timestamp: datetime
    userAgent: str
    link: str
    linkTags: Tags | UnsetType | None = UNSET
    isBotEvent: Text = UNSET


class DelayedRecipient(_Object):
    emailAddress: str
    status: Text = UNSET
    diagnosticCode: Text = UNSET


class DeliveryDelay(_Object):
    delayType: str
    expirationTime: datetime
    timestamp: datetime
    delayedRecipients: list[DelayedRecipient] | UnsetType = UNSET
    reportingMTA: Text = UNSET


class Topic(_Object):
    topicName: str
    subscriptionStatus: str


class TopicPreferences(_Object):
    unsubscribeAll: bool | UnsetType = UNSET
    topicSubscriptionStatus: list[Topic] | UnsetType = UNSET
    topicDefaultSubscriptionStatus: list[Topic] | UnsetType = UNSET


class Subscription(_Object):
    contactList: str
    timestamp: datetime
    source: str
    newTopicPreferences: TopicPreferences | UnsetType = UNSET
    oldTopicPreferences: TopicPreferences | UnsetType = UNSET


class _Event(msgspec.Struct, gc=False, kw_only=True, tag_field="eventType"):
    mail: Mail
    # what has it is no event of SES's, or must be looked at (identify.py)
    event_type: UnsetType | None = UNSET


class SendEvent(_Event, tag="Send"):
    send: Send


class DeliveryEvent(_Event, tag="Delivery"):
    delivery: Delivery


class BounceEvent(_Event, tag="Bounce"):
    bounce: Bounce


class ComplaintEvent(_Event, tag="Complaint"):
    complaint: Complaint


class RejectEvent(_Event, tag="Reject"):
    reject: Reject


class OpenEvent(_Event, tag="Open"):
    open: Open


class ClickEvent(_Event, tag="Click"):
    click: Click


class RenderingFailureEvent(_Event, tag="Rendering Failure"):
    failure: Failure


class DeliveryDelayEvent(_Event, tag="DeliveryDelay"):
    deliveryDelay: DeliveryDelay


class SubscriptionEvent(_Event, tag="Subscription"):
    subscription: Subscription


class _Notification(msgspec.Struct, gc=False, tag_field="notificationType"):
    mail: Mail


class BounceNotification(_Notification, tag="Bounce"):
    bounce: Bounce


class ComplaintNotification(_Notification, tag="Complaint"):
    complaint: Complaint


class DeliveryNotification(_Notification, tag="Delivery"):
    delivery: Delivery


Event = (
    SendEvent
    | DeliveryEvent
    | BounceEvent
    | ComplaintEvent
    | RejectEvent
    | OpenEvent
    | ClickEvent
    | RenderingFailureEvent
    | DeliveryDelayEvent
    | SubscriptionEvent
)
Notification = BounceNotification | ComplaintNotification | DeliveryNotification

decode_event = msgspec.json.Decoder(Event).decode
decode_notification = msgspec.json.Decoder(Notification).decode

# What a decoder may raise: bad UTF-8 and nesting bombs are no errors of msgspec's own.
DECODE_ERRORS = (msgspec.MsgspecError, ValueError, RecursionError)
