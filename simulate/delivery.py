"""What became of a message on its way, and what came back later: bounces, automatic replies, complaints."""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from simulate.incident import Incident
from simulate.messages import Event, Message, iso, new_id
from simulate.recipients import Recipient

MINUTE_MS = 60_000
HOUR_MS = 60 * MINUTE_MS


class _Delay(NamedTuple):
    delay_type: str
    status: str
    text: str


class _Refusal(NamedTuple):
    bounce_type: str
    sub_type: str
    status: str
    text: str


# Why a server does not take mail yet.
_DELAYS = (
    _Delay("TransientCommunicationFailure", "4.4.1", "smtp; 421 4.4.1 Unable to connect to {server}"),
    _Delay("MailboxFull", "4.2.2", "smtp; 452 4.2.2 <{address}>: the mailbox is over its quota"),
    _Delay("RecipientServerError", "4.3.2", "smtp; 451 4.3.2 Temporary server error, try again later ({token})"),
    _Delay("SpamDetected", "4.7.0", "smtp; 421 4.7.0 [{ip}] Unusual rate of mail, deferred for now - {token}"),
    _Delay("General", "4.2.0", "smtp; 450 4.2.0 <{address}>: Recipient address rejected: greylisted, {token}"),
    _Delay("IPFailure", "4.7.1", "smtp; 421 4.7.1 Connections from {ip} are deferred: too many messages"),
)

# Why it never does, with the share of attempts that end so.
_SOFT_BOUNCES = {
    _Refusal("Transient", "MailboxFull", "5.2.2", "smtp; 552 5.2.2 <{address}>: user is over quota"): 0.0012,
    _Refusal("Transient", "ContentRejected", "5.7.1", "smtp; 554 5.7.1 Judged to be unsolicited ({token})"): 0.0005,
    _Refusal("Transient", "MessageTooLarge", "5.3.4", "smtp; 552 5.3.4 Message is larger than 10485760 bytes"): 0.0002,
    _Refusal("Transient", "AttachmentRejected", "5.7.0", "smtp; 552-5.7.0 No such attachments\n552 {token}"): 0.0001,
    _Refusal("Undetermined", "Undetermined", "5.0.0", "smtp; 550 Rejected, {token}"): 0.0002,
}
_SOFT_BOUNCE_SHARE = sum(_SOFT_BOUNCES.values())

# Mail that SES suppresses itself: no server is asked.
_SUPPRESSED = {
    "Suppressed": "SES does not send to this address: it bounced too often of late, for any sender",
    "OnAccountSuppressionList": "SES does not send to this address: it is on the suppression list of the account",
    "OnTenantSuppressionList": "SES does not send to this address: it is on the suppression list of the tenant",
    "EmailValidationSuppressed": "SES does not send to this address: validation found that it cannot receive mail",
}

# The incident's answers.
_DEFERRED = _Delay(
    "IPFailure", "4.7.650", "smtp; 451 4.7.650 Mail from [{ip}] is rate limited for its poor reputation ({token})"
)
_REFUSED = _Refusal(
    "Permanent", "General", "5.7.1", "smtp; 550 5.7.1 Messages from [{ip}] are refused: on our block list ({token})"
)


def on_its_way(rng: Random, message: Message, incident: Incident) -> Iterator[Event]:
    """Everything from the Send to the last bounce and complaint; fills `message.delivered`."""
    drawn = rng.random()
    if message.kind.operation == "SendTemplatedEmail" and drawn < 0.0012:
        content = {
            "errorMessage": "Attribute 'orderNumber' is not present in the rendering data.",
            "templateName": f"{message.tenant.name}-order-confirmation",
        }
        yield from message.events("Rendering Failure", message.sent_ms, content)
        return
    yield from message.events("Send", message.sent_ms, {})
    if message.kind.operation == "SendRawEmail" and drawn < 0.002:
        yield from message.events("Reject", message.sent_ms, {"reason": "Bad content"})
        return
    by_domain: dict[str, list[Recipient]] = {}
    for one in message.recipients:
        if one.unreachable:
            yield from _unreachable(rng, message, one)
        else:
            by_domain.setdefault(one.domain, []).append(one)
    for group in by_domain.values():
        # one connection for all recipients of a domain, or one each: both happen
        for together in [group] if rng.random() < 0.7 else [[one] for one in group]:
            yield from _attempt(rng, message, together, incident)


def _attempt(rng: Random, message: Message, to: list[Recipient], incident: Incident) -> Iterator[Event]:
    provider = to[0].provider
    tried_ms = message.sent_ms + 200 + int(1000 * rng.lognormvariate(0, 0.9) * provider.latency_seconds)
    answer = incident.answer(provider.name, message.outgoing_ip, message.sent_day)
    drawn = rng.random()
    if answer == "refused":
        yield from _bounce(rng, message, to, tried_ms, _REFUSED)
    elif answer == "deferred":
        yield from _delayed(rng, message, to, tried_ms, _DEFERRED, incident, tries=6, gives_up=0.45)
    elif drawn < provider.delayed_share:
        tries = 1 + int(rng.expovariate(0.9))
        yield from _delayed(rng, message, to, tried_ms, rng.choice(_DELAYS), incident, tries=tries, gives_up=0.06)
    elif drawn < provider.delayed_share + _SOFT_BOUNCE_SHARE:
        (refusal,) = rng.choices(list(_SOFT_BOUNCES), list(_SOFT_BOUNCES.values()))
        yield from _bounce(rng, message, to, tried_ms, refusal)
    else:
        yield from _delivered(rng, message, to, tried_ms, incident)


def _delayed(
    rng: Random,
    message: Message,
    to: list[Recipient],
    first_ms: int,
    delay: _Delay,
    incident: Incident,
    *,
    tries: int,
    gives_up: float,
) -> Iterator[Event]:
    """One DeliveryDelay for each of the `tries`, then a delivery; with the chance `gives_up`, a final bounce."""
    at_ms = first_ms
    for wait_minutes in (1, 11, 35, 95, 260, 700)[:tries]:
        next_ms = first_ms + int(wait_minutes * MINUTE_MS * rng.uniform(0.8, 1.25))
        if next_ms >= message.expires_ms:
            break
        at_ms = next_ms
        content = {
            "timestamp": iso(at_ms),
            "delayType": delay.delay_type,
            "expirationTime": iso(message.expires_ms),
            "delayedRecipients": [
                {
                    "emailAddress": one.address,
                    "status": delay.status,
                    "diagnosticCode": _text(rng, delay.text, message, one),
                }
                for one in to
            ],
            "reportingMTA": message.outgoing_ip,
        }
        yield from message.events("DeliveryDelay", at_ms, content)
        if rng.random() < 0.15:
            break
    if rng.random() < gives_up:
        sub_type = "General" if message.kind.hours_to_deliver == 14 else "CustomTimeoutExceeded"
        expired = _Refusal("Transient", sub_type, "4.4.7", f"{delay.text} (delivery time expired)")
        yield from _bounce(rng, message, to, message.expires_ms + rng.randint(500, 90_000), expired)
    else:
        yield from _delivered(rng, message, to, at_ms + int(rng.uniform(0.5, 12) * MINUTE_MS), incident)


def _delivered(rng: Random, message: Message, to: list[Recipient], at_ms: int, incident: Incident) -> Iterator[Event]:
    content = {
        "timestamp": iso(at_ms),
        "processingTimeMillis": at_ms - message.sent_ms,
        "recipients": [one.address for one in to],
        "smtpResponse": _text(rng, to[0].provider.accepted, message, to[0]),
        "remoteMtaIp": to[0].provider.ip_address,
        "reportingMTA": _ses_host(rng, message),
    }
    yield from message.events("Delivery", at_ms, content)
    for one in to:
        message.delivered.append((one, at_ms))
        yield from _later_bounce(rng, message, one, at_ms)
    yield from _complaint(rng, message, to, at_ms, incident)


def _unreachable(rng: Random, message: Message, to: Recipient) -> list[Event]:
    reason = str(to.unreachable)
    text = _SUPPRESSED.get(reason, to.provider.unknown_user)
    at_ms = message.sent_ms + 50 + int(1000 * rng.lognormvariate(0, 0.9) * to.provider.latency_seconds)
    return _bounce(rng, message, [to], at_ms, _Refusal("Permanent", reason, "5.1.1", text))


def _bounce(
    rng: Random, message: Message, to: list[Recipient], at_ms: int, refusal: _Refusal, *, sent_time: str = ""
) -> list[Event]:
    is_suppressed = refusal.sub_type in _SUPPRESSED
    content: dict[str, Any] = {
        "feedbackId": new_id(rng, message.tenant.id_prefix, at_ms),
        "bounceType": refusal.bounce_type,
        "bounceSubType": refusal.sub_type,
        "bouncedRecipients": [
            {
                "emailAddress": one.address,
                "action": "failed",
                "status": refusal.status,
                "diagnosticCode": _text(rng, refusal.text, message, one),
            }
            for one in to
        ],
        "timestamp": iso(at_ms),
        "reportingMTA": f"dns; {'amazonses.com' if is_suppressed else _ses_host(rng, message)}",
    }
    if not is_suppressed:
        content["remoteMtaIp"] = to[0].provider.ip_address
    return message.events("Bounce", at_ms, content, sent_time=sent_time)


def _later_bounce(rng: Random, message: Message, to: Recipient, delivered_ms: int) -> list[Event]:
    """The server accepted the mail and found out later, or an automatic reply reports that its owner is away."""
    drawn = rng.random()
    if drawn < 0.0006 and not to.always:
        at_ms = delivered_ms + int(rng.lognormvariate(1, 1) * HOUR_MS)
        whole_second = iso(message.sent_ms // 1000 * 1000)
        refusal = _Refusal("Permanent", "General", "5.1.1", to.provider.unknown_user)
        return _bounce(rng, message, [to], at_ms, refusal, sent_time=whole_second)
    if to.always == "replies" or drawn < (0.012 if to.provider.name == "companies" else 0.0015):
        at_ms = delivered_ms + int(rng.lognormvariate(0, 1) * 20_000)
        # no delivery status notification, so no status, no diagnostic code, no server
        content = {
            "feedbackId": new_id(rng, message.tenant.id_prefix, at_ms),
            "bounceType": "Transient",
            "bounceSubType": "General",
            "bouncedRecipients": [{"emailAddress": to.address}],
            "timestamp": iso(at_ms),
        }
        return message.events("Bounce", at_ms, content)
    return []


def _complaint(
    rng: Random, message: Message, to: list[Recipient], delivered_ms: int, incident: Incident
) -> list[Event]:
    """From providers with a feedback loop. The loop does not name the recipient at its domain who complained."""
    agent = to[0].provider.complaint_agent
    # a whole group did not ask for what one of them did
    likelihood = 0.0022 if message.kind.is_campaign else 0.003 * len(to) if len(to) > 1 else 0.0004
    if incident.is_win_back(message.tenant.name, message.sent_day):
        likelihood *= 12
    if to[0].always == "complains":
        at_ms = delivered_ms - 40  # the simulator's complaint is timed before its delivery
    elif agent and rng.random() < likelihood:
        at_ms = delivered_ms + int(rng.lognormvariate(2.2, 1.1) * HOUR_MS)
    else:
        return []
    drawn = rng.random()
    content: dict[str, Any] = {
        "feedbackId": new_id(rng, message.tenant.id_prefix, at_ms),
        "complaintSubType": "OnAccountSuppressionList" if drawn < 0.1 else None,
        "complainedRecipients": [{"emailAddress": one.address} for one in to],
        "timestamp": iso(at_ms),
    }
    if drawn < 0.9:
        content |= {
            "userAgent": agent,
            "complaintFeedbackType": "not-spam" if 0.1 < drawn < 0.18 and not to[0].always else "abuse",
            "arrivalDate": iso(at_ms - rng.randint(1, 50) * MINUTE_MS),
        }
    return message.events("Complaint", at_ms, content)


def _ses_host(rng: Random, message: Message) -> str:
    region = "" if message.tenant.region == "us-east-1" else f".{message.tenant.region}"
    return f"a{rng.randint(8, 63)}-{rng.randint(1, 250)}.smtp-out{region}.amazonses.com"


def _text(rng: Random, text: str, message: Message, to: Recipient) -> str:
    """A server's answer, with what is different in each: its own marks, the address, ours."""
    if "{" not in text:
        return text
    digits = f"{rng.getrandbits(96):024x}"
    return text.format(
        address=to.address,
        digit=digits[0],
        digits=int(digits[:3], 16),
        hex=digits[:10].upper(),
        host=f"mx{digits[5:10]}",
        ip=message.outgoing_ip,
        message_id=message.message_id,
        number=int(digits[:10], 16),
        seconds=message.sent_ms // 1000,
        server=to.provider.mail_server,
        size=2000 + int(digits[6:9], 16) * 9,
        token=f"{digits[:12]}.{digits[12:15]}-{digits[15:18]}",
    )
