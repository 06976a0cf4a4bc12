"""Who opened, clicked and unsubscribed: people in their waking hours, and machines within seconds.

Since August 2026 SES states whether it takes an opener for a machine (`isBotEvent`); before that the key is missing.
"""

from __future__ import annotations

from collections.abc import Iterator
from random import Random
from typing import Any, NamedTuple

from simulate.messages import Event, Message, iso
from simulate.recipients import PEOPLES_AGENTS, Recipient

HOUR_MS = 3_600_000


class _Client(NamedTuple):
    """What asked for the picture or followed the link, as SES sees it."""

    ip_address: str
    user_agent: str
    verdict: str


def afterwards(rng: Random, message: Message, verdicts_from_ms: int) -> Iterator[Event]:
    """Opens, clicks and unsubscribes of a message that reached `message.delivered`."""
    for reader, delivered_ms in message.delivered:
        if reader.behind_scanner:
            yield from _scanned(rng, message, delivered_ms, verdicts_from_ms)
        if reader.reads_in_apple_mail:
            at_ms = delivered_ms + int(rng.lognormvariate(2.2, 1) * 1000)
            yield from _open(message, at_ms, _apple_proxy(rng), verdicts_from_ms)
        elif reader.provider.name == "Gmail" and rng.random() < 0.12:
            at_ms = delivered_ms + int(rng.lognormvariate(1.2, 0.6) * 1000)
            yield from _open(message, at_ms, _gmail_proxy(rng, "Likely"), verdicts_from_ms)
        if rng.random() < min(0.95, reader.eagerness * message.kind.interest):
            yield from _read(rng, message, reader, delivered_ms, verdicts_from_ms)


def _read(
    rng: Random, message: Message, reader: Recipient, delivered_ms: int, verdicts_from_ms: int
) -> Iterator[Event]:
    hours = 1.5 if message.kind.is_campaign else 0.4
    person = _Client(reader.ip_address, reader.agent, "Unlikely")
    at_ms = _waking(rng, delivered_ms + int(rng.lognormvariate(0, 1.3) * hours * HOUR_MS) + 4000)
    for _ in range(1 + min(4, int(rng.expovariate(1.3)))):
        if reader.provider.name == "Gmail":
            yield from _open(message, at_ms, _gmail_proxy(rng, "Unlikely"), verdicts_from_ms)
        elif not reader.reads_in_apple_mail:  # Apple's proxy has loaded the picture: the reader stays unseen
            yield from _open(message, at_ms, person, verdicts_from_ms)
        if rng.random() < 0.14:
            clicked_ms = at_ms + int(rng.lognormvariate(2.5, 0.8) * 1000)
            yield from _click(message, clicked_ms, person, rng.choice(message.links), verdicts_from_ms)
        at_ms = _waking(rng, at_ms + int(rng.lognormvariate(0.5, 1.4) * 3 * HOUR_MS))
    if message.kind.is_campaign and rng.random() < 0.006:
        yield from _unsubscribe(rng, message, at_ms)


def _scanned(rng: Random, message: Message, delivered_ms: int, verdicts_from_ms: int) -> Iterator[Event]:
    """A security gateway follows every link before it hands the mail over."""
    at_ms = delivered_ms + rng.randint(300, 4000)
    gateway = _Client(f"203.0.113.{rng.randint(41, 58)}", rng.choice(PEOPLES_AGENTS[:2]), "Likely")
    for link in message.links:
        yield from _click(message, at_ms, gateway, link, verdicts_from_ms)
        at_ms += rng.randint(20, 900)


def _open(message: Message, at_ms: int, client: _Client, verdicts_from_ms: int) -> list[Event]:
    return message.events("Open", at_ms, _seen(at_ms, client, verdicts_from_ms))


def _click(message: Message, at_ms: int, client: _Client, link: str, verdicts_from_ms: int) -> list[Event]:
    position = message.links.index(link)
    link_tags = {"position": [str(position)], "style": ["button" if position == 0 else "text"]}
    content = _seen(at_ms, client, verdicts_from_ms)
    content |= {"link": link, "linkTags": link_tags if message.kind.is_campaign else None}
    return message.events("Click", at_ms, content)


def _seen(at_ms: int, client: _Client, verdicts_from_ms: int) -> dict[str, Any]:
    content = {"ipAddress": client.ip_address, "timestamp": iso(at_ms), "userAgent": client.user_agent}
    if at_ms >= verdicts_from_ms:
        content["isBotEvent"] = client.verdict
    return content


def _unsubscribe(rng: Random, message: Message, at_ms: int) -> list[Event]:
    """From everything, or from the one topic that the campaign belonged to."""
    everything = rng.random() < 0.4
    content = {
        "contactList": f"{message.tenant.name}-readers",
        "timestamp": iso(at_ms),
        "source": "UnsubscribeHeader",
        "newTopicPreferences": {
            "unsubscribeAll": everything,
            "topicSubscriptionStatus": _topics("OptOut", "OptOut" if everything else "OptIn"),
        },
        "oldTopicPreferences": {"unsubscribeAll": False, "topicSubscriptionStatus": _topics("OptIn", "OptIn")},
    }
    return message.events("Subscription", at_ms, content)


def _topics(offers: str, magazine: str) -> list[dict[str, str]]:
    return [
        {"topicName": "offers", "subscriptionStatus": offers},
        {"topicName": "magazine", "subscriptionStatus": magazine},
    ]


def _apple_proxy(rng: Random) -> _Client:
    """Loads the pictures of every mail that Apple Mail receives."""
    return _Client(f"203.0.113.{rng.randint(1, 18)}", "Mozilla/5.0", "Likely")


def _gmail_proxy(rng: Random, verdict: str) -> _Client:
    """Stands before every reader at Gmail; now and then it loads a picture ahead of them."""
    agent = "Mozilla/5.0 (Windows NT 5.1; rv:11.0) Gecko Firefox/11.0 (via ggpht.com GoogleImageProxy)"
    return _Client(f"203.0.113.{rng.randint(21, 38)}", agent, verdict)


def _waking(rng: Random, at_ms: int) -> int:
    """Few people read at night: most of what would fall there waits for the morning."""
    hour = at_ms // HOUR_MS % 24
    if 6 <= hour < 22 or rng.random() < 0.15:
        return at_ms
    until_morning = (30 - hour) % 24
    return at_ms + int((until_morning + rng.lognormvariate(0, 0.7)) * HOUR_MS)
