"""The page where everything that others write is hostile: nothing in it runs, and no address reaches it."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import REPOSITORY, WITHOUT_TESTS
from playwright.sync_api import Browser
from test_page import Project, Shown, browser, show  # noqa: F401

from dashboards.foreign import WIDTHS, fit

# one build serves all tests of this file
pytestmark = [pytest.mark.slow, pytest.mark.hostile, pytest.mark.xdist_group("hostile_page")]

SENT = datetime.now(UTC).replace(hour=8, minute=0, second=0, microsecond=0) - timedelta(days=3)

RUNS = (
    "</script><script>window.owned = 1</script>",
    "<img src=x onerror='window.owned = 1'><svg/onload=window.owned=1>",
    '"onmouseover="window.owned=1" autofocus onfocus="window.owned=1',
    "'\"];window.owned=1;//",
    "*/ window.owned = 1; /*",
    "<!--<script>",
    "</style><a href='javascript:window.owned=1'>x</a>",
    "{{ 7 * 7 }}{% raw %}",
    "datum.x; toString.constructor('window.owned=1')()",
    '{"signal": "window.owned = 1", "expr": "window.owned = 1"}',
    "https://192.0.2.1/beacon.png",
    "\u2028window.owned=1\u2029",
    "\u202etpircs\u202d \u2066isolate \x1b[31mred\x07 \x9b1m",
)

# In answers of servers.
NAMED = (
    "RCPT TO:<wombat>",
    "550 5.1.1 <wombat!example.net>: unknown",
    "uucp wombat!example.net",
    "wombat at example.net",
    "wombat AT example DOT net",
    "wombat<at>example.net",
    "550 5.1.1 user wombat unknown",
    "550 5.1.1 wombat: Recipient address rejected",
    "mailbox wombat is full",
)
KEPT = (
    "550 5.1.1 User unknown",
    "550 5.1.1: Recipient address rejected: User unknown",
    "452 4.2.2 mailbox full",
    "421 4.7.0 try again at 10:00",
)

# The word `wombat` stands in each local part and each is an address, or was one before the mart cut it.


def to_width(width: int, start: str, address: str) -> str:
    """A text in which the address straddles the width at which the marts cut it."""
    return start.ljust(width - 30, "x") + " " + address


ADDRESSES = (
    "for wombat@example.net here",
    "<wombat@example.net>: unknown",
    "<Wombat Person wombat@example.net>",
    '"wombat person"@example.net is full',
    '"wombat \\"x\\" person" @example.net',
    '<"wombat>person"@example.net>',
    '5" disk, "wombat person"@example.net',
    "o'wombat@example.net",
    "'wombat@example.net'",
    "wombát.wombat@müller.example",
    "wombat＠example.net",
    "wombat﹫example.net",
    "wombat%40example.net in a link",
    "https://example.org/u?to=wombat%2540example.net&x=1",
    "quoted =?utf-8?q?wombat=40example.net?=",
    "wombat\\u0040example.net",
    "rfc822;wombat+40example.net",
    "utf-8;wombat\\x{40}example.net",
    "wombat&#64;example.net or wombat&#x40;example.net or wombat&amp;commat;example.net",
    "bounce+wombat=example.com@mail.example.org was the sender",
    "the sender <bounce+wombat=example.com> is refused",
    "SRS0=ab=cd=example.net=wombat@forwarder.example.org",
    "wombat%example.net@relay.example.org",
    "@relay.example.org:wombat@example.net",
    "wombat(comment)@example.net",
    "wombat @ example.net",
    "wombat (at) example.net, wombat[at]example.net",
    "wombat@[192.0.2.1]",
    "wombat@\r\n example.net",
    "wombat@\u200bexample.net",
    "\u202ewombat@example.net",
    "RCPT TO:<wombat@example.net>",
    "smtp;550 wombat@example.net, wombat@example.org; wombat@example.com.",
    "wombat@home@example.net",
    "to:wombat@example.net\x07",
)
CUT = (
    to_width(4096, "first 5.1.1 ", "wombat.person.wombat.person@example.net"),
    to_width(4096, "second 5.1.1 ", "<wombat person wombat person wombat@example.net>"),
    to_width(4096, "third 5.1.1 ", '"wombat person wombat person wombat person"@example.net'),
    to_width(4096, "fourth 5.1.1 ", "wombat.person.wombat.per%40example.net"),
    to_width(320, "fifth 5.1.1 ", "wombat.person.wombat.person@example.net"),
    to_width(320, "sixth 5.1.1 ", '"wombat person wombat person wombat person"@example.net'),
)


def mail(number: int, event_type: str, own: str, tags: dict[str, Any] | None = None, **fields: Any) -> dict[str, Any]:
    at = (SENT + timedelta(seconds=number)).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    return {
        "eventType": event_type,
        "mail": {
            "timestamp": at,
            "messageId": f"m{number}",
            "source": "news@example.com",
            "destination": ["r@example.org"],
            "tags": {"ses:configuration-set": ["main"], **(tags or {})},
        },
        own: {"timestamp": at.replace(":00:", ":01:"), **fields},
    }


def hostile(number: int, text: str) -> Iterator[dict[str, Any]]:
    """A bounce, a delay and an event of no known type, with the text in each field of a server or a sender."""
    told = {"emailAddress": "r@example.org", "action": text, "status": text, "diagnosticCode": text}
    tags = {"ses:tenant-name": [text], "ses:configuration-set": [text], text: [text]}
    kind = {"bounceType": "Permanent", "bounceSubType": text, "feedbackId": f"f{number}"}
    yield mail(number, "Bounce", "bounce", tags, bouncedRecipients=[told], reportingMTA=text, **kind)
    yield mail(number, "DeliveryDelay", "deliveryDelay", tags, delayType=text, delayedRecipients=[told])
    yield mail(number, text, text, tags, **{text: text})
    yield mail(number, "Delivery", "delivery", tags, recipients=["r2@example.org"], smtpResponse=text)
    yield {"event_type": text, "event_timestamp": int(SENT.timestamp() * 1000), "attributes": {text: text}}


@pytest.fixture(scope="module")
def page(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The page of all that, with every reason on it."""
    project = Project(tmp_path_factory.mktemp("hostile"))
    texts = [*RUNS, *ADDRESSES, *CUT * 3]  # the most frequent reasons are shown
    events = [event for number, text in enumerate(texts) for event in hostile(number, text)]
    project.land([json.dumps(event) for event in events])
    project.warehouse.dbt("build", *WITHOUT_TESTS)
    rows = project.warehouse.query("select count(*) from fct_recipient_events where event_type = 'bounce'")
    assert rows == [(len(texts),)]
    return project.draw("index.html", "--picture", str(project.folder / "picture.png"))


@pytest.fixture(scope="module")
def shown(page: Path, browser: Browser) -> Shown:  # noqa: F811
    return show(browser, page)


def test_nothing_runs_and_nothing_is_asked_of_another_machine(shown: Shown, page: Path) -> None:
    for bar in shown.page.locator(".chart .mark-rect path").all()[:40]:
        bar.hover(force=True)  # a tooltip shows what its row says
    for clickable in shown.page.locator("summary").all():
        clickable.click()
    assert shown.page.evaluate("typeof window.owned") == "undefined"
    assert (
        shown.page.locator(
            "img, iframe, object, embed, form:not(.vega-bindings), [onerror], [onload], [onfocus]"
        ).count()
        == 0
    )
    assert shown.page.locator("script").count() == 2
    assert shown.page.locator("a:not([href^='#'])").count() == 0
    assert shown.complaints == []
    assert shown.requests == [page.as_uri()]


def test_hostile_texts_stand_on_the_page_as_text(shown: Shown) -> None:
    text = shown.page.locator("body").inner_text()
    assert "</script><script>window.owned = 1</script>" in text
    assert "{{ 7 * 7 }}" in text


def test_characters_that_steer_are_written_as_escapes(page: Path) -> None:
    text = page.read_text()
    ours = text.partition("<script>")[0]  # Vega's own code follows
    assert [sign for sign in set(ours) if not sign.isprintable() and sign != "\n"] == []
    assert "\\x1b[31m" in ours
    assert "\\u202e" in ours


def test_no_address_reaches_the_page(page: Path) -> None:
    text = page.read_text()
    left = sorted(set(re.findall(r".{0,40}womb[aá]t.{0,40}", text, re.IGNORECASE)))
    assert left == []


@pytest.mark.parametrize("answer", [*ADDRESSES, *CUT, *NAMED])
def test_an_address_is_masked_in_each_spelling(answer: str) -> None:
    assert not re.search("womb[aá]t", fit(answer), re.IGNORECASE)


@pytest.mark.parametrize(
    "answer",
    [
        "552 5.3.4 message size=40960000 exceeds 40.5 MB",
        "550 5.7.26 example.com: smtp.mailfrom=example.com, header.from=example.org did not pass",
        "421 4.7.0 [192.0.2.7 12] try again later, see https://example.com/help?id=40",
        '550 "mailbox is full" (in reply to RCPT TO)',
    ],
)
def test_what_is_no_address_stays(answer: str) -> None:
    assert fit(answer) == answer


def test_the_widths_of_cut_texts_are_those_of_the_marts() -> None:
    macro = (REPOSITORY / "macros" / "text_widths.sql").read_text()
    widths = re.findall(r"return\((\d+) if column in sentences else (\d+) if column in lines else (\d+)\)", macro)
    assert [set(map(int, found)) for found in widths] == [set(WIDTHS)]


@pytest.mark.parametrize("text", KEPT)
def test_an_answer_without_an_address_is_shown_as_it_is(text: str) -> None:
    assert fit(text) == text
