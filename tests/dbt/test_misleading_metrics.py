"""Rates that would be right by their definition and mislead a reader: each case has a sender of its own."""

from __future__ import annotations

import gzip
import json
import re
from typing import Any

import pytest
import yaml
from dbt_warehouse import REPOSITORY, Warehouse

pytestmark = pytest.mark.xdist_group("misleading_metrics")

Event = dict[str, Any]

RATE = re.compile(r"_rate(_least|_most)?$|_share$")


def event(sender: str, kind: str, message: str, *recipients: str, notification: bool = False, **own: Any) -> Event:
    """An event about mail that `sender` sent on 10 November; a notification names no configuration set."""
    detail = {"Rendering Failure": "failure"}.get(kind, kind[0].lower() + kind[1:])
    mail: Event = {
        "timestamp": "2026-11-10T08:00:00.000Z",
        "messageId": f"{sender}-{message}",
        "source": f"news@{sender}.example.com",
        "sourceArn": f"arn:aws:ses:eu-west-1:123456789012:identity/{sender}.example.com",
        "sendingAccountId": "123456789012",
        "destination": list(recipients),
    }
    if notification:
        return {"notificationType": kind, "mail": mail, detail: {"timestamp": "2026-11-10T08:00:05.000Z", **own}}
    mail["tags"] = {"ses:configuration-set": [sender]}
    time = {} if kind in ("Send", "Reject", "Rendering Failure") else {"timestamp": "2026-11-10T08:00:05.000Z"}
    return {"eventType": kind, "mail": mail, detail: {**time, **own}}


def delivery(sender: str, message: str, *recipients: str, **options: Any) -> Event:
    return event(sender, "Delivery", message, *recipients, recipients=list(recipients), **options)


def bounce(sender: str, message: str, recipient: str, kind: str = "Permanent", **options: Any) -> Event:
    bounced = [{"emailAddress": recipient, **({"action": "failed"} if kind == "Permanent" else {})}]
    own = {"bounceType": kind, "bounceSubType": "General", "bouncedRecipients": bounced, "feedbackId": f"b-{message}"}
    return event(sender, "Bounce", message, recipient, **own, **options)


def complaint(sender: str, message: str, recipient: str, feedback: str = "", **options: Any) -> Event:
    own = {"complainedRecipients": [{"emailAddress": recipient}], "feedbackId": f"c-{message}{feedback}"}
    return event(sender, "Complaint", message, recipient, **own, **options)


def opened(sender: str, message: str, *recipients: str, **own: Any) -> Event:
    return event(sender, "Open", message, *recipients, ipAddress="203.0.113.9", userAgent="Mozilla/5.0", **own)


def events() -> list[Event]:
    made = []
    # only bounces and complaints are published, by notifications
    made += [bounce("failures", f"b{n}", f"b{n}@example.org", notification=True) for n in range(36)]
    made += [complaint("failures", f"c{n}", f"c{n}@example.org", notification=True) for n in range(4)]
    # all feedback by notifications: Sends are not among them, and Deliveries imply them
    made += [delivery("feedback", f"d{n}", f"d{n}@example.org", notification=True) for n in range(19)]
    made += [bounce("feedback", "b", "b@example.org", notification=True)]
    # opens without SES's verdict
    for n in range(10):
        made += [event("unjudged", "Send", f"m{n}", "a@example.org"), delivery("unjudged", f"m{n}", "a@example.org")]
        made += [opened("unjudged", f"m{n}", "a@example.org")] if n < 4 else []
    # one human open, one machine's, one without a verdict, one mail unopened
    for n, verdict in enumerate([{"isBotEvent": "Unlikely"}, {"isBotEvent": "Likely"}, {}, None]):
        made += [event("judged", "Send", f"m{n}", "a@example.org"), delivery("judged", f"m{n}", "a@example.org")]
        made += [opened("judged", f"m{n}", "a@example.org", **verdict)] if verdict is not None else []
    click = {"ipAddress": "203.0.113.9", "link": "https://example.com/", "isBotEvent": "Unlikely"}
    made += [event("judged", "Click", "m0", "a@example.org", **click)]
    # each mail has the address of a CRM in BCC
    for n in range(5):
        both = (f"a{n}@example.org", "crm@example.net")
        made += [event("copied", "Send", f"m{n}", *both), delivery("copied", f"m{n}", *both)]
        made += [opened("copied", f"m{n}", *both, isBotEvent="Unlikely")]
    # the Opens of mail to two name one of them
    for n in range(10):
        both = ("a@example.org", "b@example.org")
        made += [event("halved", "Send", f"m{n}", *both), delivery("halved", f"m{n}", *both)]
        made += [opened("halved", f"m{n}", "a@example.org", isBotEvent="Unlikely")] if n < 3 else []
    # of four sends SES attempted two
    made += [event("refused", "Send", name, "a@example.org") for name in ("arrived", "bounced", "virus", "template")]
    made += [delivery("refused", "arrived", "a@example.org"), bounce("refused", "bounced", "a@example.org")]
    made += [event("refused", "Reject", "virus", "a@example.org", reason="Bad content")]
    made += [event("refused", "Rendering Failure", "template", "a@example.org", templateName="t", errorMessage="e")]
    # Deliveries are not published
    made += [event("silent", "Send", f"m{n}", "a@example.org") for n in range(3)]
    made += [opened("silent", "m0", "a@example.org"), complaint("silent", "m1", "a@example.org")]
    # one Delivery event was lost, and one recipient complained twice
    made += [event("lossy", "Send", f"m{n}", "a@example.org") for n in range(2)]
    made += [delivery("lossy", "m0", "a@example.org"), opened("lossy", "m1", "a@example.org", isBotEvent="Unlikely")]
    made += [complaint("lossy", "m0", "a@example.org", feedback=once) for once in ("-1", "-2")]
    # an automatic reply, a bounce after the delivery, and a soft bounce
    made += [event("replies", "Send", name, "a@example.org") for name in ("away", "late", "full", "fine")]
    made += [delivery("replies", name, "a@example.org") for name in ("away", "late", "fine")]
    made += [bounce("replies", "away", "a@example.org", "Transient"), bounce("replies", "late", "a@example.org")]
    made += [bounce("replies", "full", "a@example.org", "Transient")]
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    target = folder / "landing" / "events" / "dt=2026-11-11" / "hour=13" / "firehose-1.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress("".join(f"{json.dumps(event)}\n" for event in events()).encode()))
    warehouse = Warehouse(folder, folder / "landing")
    warehouse.dbt("build")
    return warehouse


CASES: dict[str, dict[str, object]] = {
    "failures": {
        "hard_bounces": 36,
        "complaints": 4,
        "hard_bounce_rate": None,
        "aws_hard_bounce_rate": None,
        "attempt_rates_reason": "sends_not_published",
        "delivery_rate": None,
        "complaint_rate": None,
        "delivery_rates_reason": "deliveries_not_published",
    },
    "feedback": {
        "sends": 0,
        "attempts": 20,
        "hard_bounce_rate": 0.05,
        "delivery_rate": 0.95,
        "complaint_rate": 0.0,
        "open_rate": None,
        "open_rates_reason": "opens_not_published",
        "click_rates_reason": "clicks_not_published",
    },
    "unjudged": {
        "openers": 4,
        "open_rate": 0.4,
        "human_open_rate": None,
        "human_open_rate_reason": "verdicts_not_published",
        "unknown_openers": 4,
        "human_open_rate_least": 0.0,
        "human_open_rate_most": 0.4,
        "verdict_share": 0.0,
    },
    "judged": {
        "open_rate": 0.75,
        "unknown_openers": 1,
        "human_open_rate": 1 / 3,
        "human_open_rate_least": 0.25,
        "human_open_rate_most": 0.5,
        "verdict_share": 3 / 4,
        "click_rate": 0.25,
        "human_click_rate": 0.25,
    },
    "copied": {
        "deliveries": 10,
        "certain_deliveries": 0,
        "open_rate": None,
        "human_open_rate": None,
        "openers_least": 5,
        "openers_most": 5,
        "open_rate_least": 0.5,
        "open_rate_most": 0.5,
    },
    "halved": {
        "reached": 20,
        "certain_deliveries": 0,
        "openers": 0,
        "open_rate": None,
        "human_open_rate": None,
        "open_rates_reason": None,
        "openers_least": 3,
        "open_rate_most": 0.15,
    },
    "refused": {
        "sends": 4,
        "attempts": 2,
        "rejects": 1,
        "rendering_failures": 1,
        "delivery_rate": 0.5,
        "hard_bounce_rate": 0.5,
    },
    "silent": {
        "hard_bounce_rate": 0.0,
        "delivery_rate": None,
        "complaints": 1,
        "complaint_rate": None,
        "open_rate": None,
        "delivery_rates_reason": "deliveries_not_published",
    },
    "lossy": {
        "deliveries": 1,
        "implied_deliveries": 1,
        "delivery_rate": 1.0,
        "complaints": 2,
        "complaint_rate": 0.5,
        "open_rate": 0.5,
        "human_open_rate": 0.5,
    },
    "replies": {
        "deliveries": 3,
        "soft_bounces": 1,
        "soft_bounces_after_delivery": 1,
        "hard_bounces": 1,
        "hard_bounces_after_delivery": 1,
        "delivery_rate": 0.5,
        "hard_bounce_rate": 0.25,
    },
}


@pytest.mark.parametrize("sender", CASES)
def test_the_rates_of_a_sender_do_not_mislead(sender: str, built: Warehouse) -> None:
    expected = CASES[sender]
    [found] = built.query(
        f"select {', '.join(expected)} from fct_sending_daily where sending_identity = '{sender}.example.com'"
    )
    assert dict(zip(expected, found, strict=True)) == pytest.approx(expected)


def test_mail_that_was_opened_was_delivered_though_no_event_says_so(built: Warehouse) -> None:
    outcome = "select outcome, is_delivered, is_delivery_implied from fct_message_recipients"
    assert built.query(f"{outcome} where message_id = 'lossy-m1'") == [("delivered", False, True)]


def documented_metrics() -> dict[str, tuple[str, str]]:
    """Numerator and denominator of each rate in the table of docs/metrics.md."""
    text = (REPOSITORY / "docs" / "metrics.md").read_text()
    table = text.split("<!-- rates -->", 1)[1].split("\n\n", 1)[0]
    rows = [[cell.strip() for cell in row.strip("|").split(" | ")] for row in table.strip().splitlines()[2:]]
    assert all(len(row) == 5 and all(row) for row in rows), (
        "a metric has a numerator, denominator, population, question"
    )
    return {row[0].strip("`"): (row[1].replace("`", ""), row[2].replace("`", "")) for row in rows}


def rates_of_models() -> dict[str, str]:
    """The description of each rate in the contracts of the marts."""
    files = sorted((REPOSITORY / "models" / "marts").rglob("*.yml"))
    models = [model for file in files for model in yaml.safe_load(file.read_text()).get("models", [])]
    return {
        column["name"]: column["description"]
        for model in models
        for column in model["columns"]
        if column["data_type"] == "double" and RATE.search(column["name"])
    }


def test_the_documents_have_every_rate_of_the_models_and_no_other() -> None:
    documented, rates = documented_metrics(), rates_of_models()
    assert len(rates) >= 18
    assert documented.keys() == rates.keys()
    for name, (numerator, denominator) in documented.items():
        written = f"({numerator})" if "+" in numerator else numerator
        assert rates[name].startswith(f"{written} / {denominator}"), name


def test_every_rate_of_every_mart_is_checked_to_be_between_0_and_1() -> None:
    checked = (REPOSITORY / "tests" / "dbt" / "integrity" / "a_rate_is_between_0_and_1.sql").read_text()
    marts = re.findall(r"'(\w+)'", checked.split("set marts = [", 1)[1].split("]", 1)[0])
    with_rates = {
        model["name"]
        for file in (REPOSITORY / "models" / "marts").rglob("*.yml")
        for model in yaml.safe_load(file.read_text()).get("models", [])
        if any(RATE.search(column["name"]) and column["data_type"] == "double" for column in model["columns"])
    }
    assert set(marts) == with_rates


def test_every_rate_equals_its_documented_numerator_by_its_denominator(built: Warehouse) -> None:
    for name, (numerator, denominator) in documented_metrics().items():
        quotient = f"cast({numerator} as double) / nullif({denominator}, 0)"
        wrong = built.query(f"select * from fct_sending_daily where abs({name} - {quotient}) > 1e-12")
        assert wrong == [], name
        # no domain of these events has a feedback loop
        some = name != "aws_complaint_rate"
        assert built.query(f"select count({name}) > 0 from fct_sending_daily") == [(some,)], name
