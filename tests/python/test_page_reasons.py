"""The page of mail whose rates would mislead: it says why there is none, and judges each account by itself."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import WITHOUT_TESTS
from page_project import Project

pytestmark = pytest.mark.slow

LAST_DAY = datetime.now(UTC).date() - timedelta(days=1)


def drawn_of(folder: Path, events: list[dict[str, Any]]) -> str:
    """The text of the page of these events."""
    project = Project(folder)
    project.land([json.dumps(event) for event in events])
    project.warehouse.dbt("build", *WITHOUT_TESTS)
    text = project.draw("index.html").read_text().split("<main>")[1].split("<script>")[0]
    return re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", text))


def mail_by(account: str, number: int) -> dict[str, Any]:
    return {
        "timestamp": f"{LAST_DAY:%Y-%m-%d}T08:00:00.000Z",
        "messageId": f"{account}-{number}",
        "source": "news@example.com",
        "sourceArn": f"arn:aws:ses:eu-west-1:{account}:identity/example.com",
        "sendingAccountId": account,
        "destination": [f"r{number}@example.org"],
    }


def failed(kind: str, mail: dict[str, Any], type_key: str) -> dict[str, Any]:
    who = [{"emailAddress": mail["destination"][0]}]
    at = {"timestamp": f"{LAST_DAY:%Y-%m-%d}T09:00:00.000Z", "feedbackId": mail["messageId"]}
    own = {"bounceType": "Permanent", "bouncedRecipients": who} if kind == "Bounce" else {"complainedRecipients": who}
    return {type_key: kind, "mail": mail, kind.lower(): {**at, **own}}


def test_bounces_and_complaints_alone_make_no_rates_and_the_page_says_why(tmp_path: Path) -> None:
    kinds = ["Bounce"] * 36 + ["Complaint"] * 4
    mails = [mail_by("123456789012", number) for number in range(40)]
    text = drawn_of(tmp_path, [failed(kind, mail, "notificationType") for kind, mail in zip(kinds, mails, strict=True)])
    assert "Hard-bounce rate – sends are not published" in text
    assert "Delivery rate – deliveries are not published" in text
    assert "Complaint rate – deliveries are not published" in text
    assert text.count("sends are not published") > 4, "the tables say it too"
    assert "over AWS" not in text
    assert "90.00 %" not in text


def test_awss_lines_are_judged_by_account_and_region(tmp_path: Path) -> None:
    events = []
    for account, mails, bounces in (("111111111111", 40, 6), ("222222222222", 760, 0)):
        for number in range(mails):
            mail = mail_by(account, number)
            delivery = {"timestamp": mail["timestamp"], "recipients": mail["destination"]}
            events.append({"eventType": "Send", "mail": mail, "send": {}})
            events.append(
                failed("Bounce", mail, "eventType")
                if number < bounces
                else {"eventType": "Delivery", "mail": mail, "delivery": delivery}
            )
    text = drawn_of(tmp_path, events)
    assert (
        "approximately as AWS counts, account 111111111111 in eu-west-1: 15.00 %, over AWS's pause line"
        in text.replace("&#39;", "'")
    )
    assert "account 222222222222" not in text


def test_days_without_mail_make_a_page_as_well(tmp_path: Path) -> None:
    """A monthly newsletter that is being sent: the last complete week has none."""
    mails = [mail_by("123456789012", number) for number in range(2)]
    mails[0]["timestamp"] = f"{LAST_DAY - timedelta(days=20):%Y-%m-%d}T08:00:00.000Z"
    mails[1]["timestamp"] = f"{LAST_DAY + timedelta(days=1):%Y-%m-%d}T00:00:00.000Z"
    text = drawn_of(tmp_path, [{"eventType": "Send", "mail": mail, "send": {}} for mail in mails])
    assert "Provider Attempts Delivery rate Hard-bounce rate" in text


def test_mail_to_the_simulator_alone_makes_a_page_as_well(tmp_path: Path) -> None:
    """The first mail that a newcomer sends."""
    mail = {**mail_by("123456789012", 1), "destination": ["success@simulator.amazonses.com"]}
    text = drawn_of(tmp_path, [{"eventType": "Send", "mail": mail, "send": {}}])
    assert "1 recipients of the period" in text


def test_mail_dated_in_the_future_moves_no_period_and_the_range_of_opens_is_a_sentence(tmp_path: Path) -> None:
    day = LAST_DAY - timedelta(days=7)
    events = []
    for account, number in (("111111111111", 1), ("111111111111", 2), ("111111111111", 3), ("222222222222", 4)):
        mail = {**mail_by(account, number), "timestamp": f"{day:%Y-%m-%d}T08:00:00.000Z"}
        at = {"timestamp": f"{day:%Y-%m-%d}T08:01:00.000Z"}
        events.append({"eventType": "Send", "mail": mail, "send": {}})
        events.append({"eventType": "Delivery", "mail": mail, "delivery": {**at, "recipients": mail["destination"]}})
        if number == 1:
            events.append({"eventType": "Open", "mail": mail, "open": {**at, "userAgent": "Mozilla/5.0"}})
    future = {**mail_by("111111111111", 5), "timestamp": "2099-12-31T08:00:00.000Z"}
    events.append({"eventType": "Send", "mail": future, "send": {}})
    text = drawn_of(tmp_path, events)
    assert re.search(r"Sends? 4\b|\b4 Sends?\b", text), text[:1500]
    assert (
        "at least 33.3 % and at most 33.3 % of the recipients whom the period's mail reached opened it, machines"
        " included (at most 1 of 3). Recipients left out of this: 1, since opens are not published."
    ) in text.replace("\u00a0", " "), text
