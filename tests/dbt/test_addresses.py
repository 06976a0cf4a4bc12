"""Addresses, domains and values of another type, from landed lines to marts."""

from __future__ import annotations

import gzip
import json
from typing import Any

import pytest
from dbt_warehouse import WITHOUT_TESTS, Warehouse
from documented_events import event

pytestmark = pytest.mark.xdist_group("addresses")

# What a foreign server may report of a@example.com.
REPORTED = [
    "a@example.com (Ann Example)",
    "a@example.com>",
    "<<a@example.com>>",
    "RFC822;a@example.com",
    "utf-8; A@example.com",
    "a@example.com\r\n",
    "\u00a0a@example.com\u200b",
    '"b@example.org" <a@example.com>',
]


# One domain, in the letters that a foreign server writes and as SES writes it.
MUELLER = [
    "Max@M\u00fcller.example",
    "max@XN--MLLER-KVA.example",
    "M\u00fcller <max@M\u00dcLLER\u3002example>",
    "max@xn--mller-kva.example",
]
ENCODED = ("max@xn--mller-kva.example", "xn--mller-kva.example")


def about(kind: str, message: str, destination: list[Any], notification: bool = False, **mail: Any) -> dict[str, Any]:
    made = event(kind, message, notification=notification)
    made["mail"] |= {"destination": destination, **mail}
    return made


def received(message: str, address: str) -> dict[str, Any]:
    mail = {"messageId": message, "timestamp": "2026-11-10T08:00:00Z", "source": address}
    receipt = {"timestamp": "2026-11-10T08:00:01Z", "recipients": [address], "action": {"type": "Stop"}}
    return {
        "notificationType": "Received",
        "mail": mail | {"commonHeaders": {"from": [address]}},
        "receipt": receipt,
    }


def endpoint(kind: str, address: str) -> dict[str, Any]:
    custom = {"endpoint": json.dumps({"ChannelType": "EMAIL", "Address": address}, ensure_ascii=False)}
    return {
        "event_type": f"_{kind}.send",
        "event_timestamp": 1762761600000,
        "application": {"app_id": "app"},
        "client": {"client_id": address},
        "client_context": {"custom": custom},
    }


def lines() -> list[dict[str, Any]]:
    made = []
    for number, text in enumerate(REPORTED):
        made.append(about("Send", f"reported-{number}", ["a@example.com"]))
        bounce = about("Bounce", f"reported-{number}", ["a@example.com"])
        bounce["bounce"]["bouncedRecipients"] = [{"emailAddress": text}]
        made.append(bounce)
    made.append(about("Send", "quoted", ['"<x>"@example.com']))
    made.append(about("Send", "several", ["a@example.com, b@example.com", '"Doe, Ann" <c@example.com>']))
    made.append(about("Send", "no-address", ["Ann Example"]))

    delivery = about("Delivery", "other-types", ["a@example.com"], sendingAccountId=12345678)
    delivery["delivery"]["recipients"] = [7, True, {"emailAddress": 8}]
    made.append(delivery)
    odd = {
        "sendingAccountId": False,
        "source": 7,
        "sourceArn": 7,
        "tags": {"campaign": [2026], "ses:configuration-set": 7},
    }
    bounce = about("Bounce", "numbers", ["a@example.com"], commonHeaders={"subject": 7, "from": [True]}, **odd)
    bounce["bounce"] |= {"bounceType": True, "feedbackId": 7, "reportingMTA": 7}
    bounce["bounce"]["bouncedRecipients"] = [{"emailAddress": "a@example.com", "diagnosticCode": 550, "action": 1}]
    made.append(bounce)
    digits = {"sendingAccountId": "012345678901", "tags": {"campaign": ["2026"]}, "commonHeaders": {"subject": "true"}}
    made.append(about("Send", "digits", ["a@example.com"], **digits))
    made.append({**endpoint("campaign", "b@example.com"), "event_type": "app.numbers", "awsAccountId": 12})
    made[-1] |= {"application": {"app_id": 7}, "attributes": {"campaign_id": 8}}
    mail = {"message_id": 77, "destination": ["a@example.com"], "common_headers": {"subject": 7}}
    made.append({**endpoint("email", "b@example.com"), "facets": {"email_channel": {"mail_event": {"mail": mail}}}})
    text = {"eventType": "TEXT_SENT", "eventVersion": "1.0", "eventTimestamp": 1762761600000, "messageId": 9}
    made.append(text | {"destinationPhoneNumber": 4915, "carrierName": 7, "totalMessageParts": 2, "isFinal": True})

    for number, text in enumerate(MUELLER):
        # the sender's domain by its address, and in one message by its tag
        sender = (
            {"source": text, "commonHeaders": None, "tags": {}}
            if number
            else {"tags": {"ses:from-domain": ["müller.example"]}}
        )
        made.append(about("Send", f"domain-{number}", ["max@xn--mller-kva.example"], **sender))
        bounce = about("Bounce", f"domain-{number}", [text], **sender)
        bounce["bounce"]["bouncedRecipients"] = [{"emailAddress": text}]
        made.append(bounce)
        made.append(received(f"received-{number}", text))
        made.append(endpoint("campaign", text))
        made.append(endpoint("journey", text))

    authors = {"from": ["One <one@example.com>, two@example.org"]}
    made.append(about("Bounce", "authors", ["a@example.com"], notification=True, commonHeaders=authors))
    authors = {"from": ['"Doe, Ann" <ann@example.com>, two@example.org']}
    made.append(about("Bounce", "comma", ["a@example.com"], notification=True, commonHeaders=authors))
    sender = {"commonHeaders": None, "source": "one@example.com, two@example.org"}
    made.append(about("Bounce", "sender", ["a@example.com"], notification=True, **sender))

    untagged = about("Send", "untagged", ["a@example.com"], commonHeaders={"from": ["Shop <news@example.net>"]})
    del untagged["mail"]["tags"]["ses:from-domain"]
    made.append(untagged)
    made.append(about("Delivery", "tagged-later", ["a@example.com"], source="x@a.example.net"))
    made[-1]["mail"]["tags"] = {"ses:from-domain": ["z.example.net"]}
    made.append(about("Send", "tagged-later", ["a@example.com"], commonHeaders=None, source="x@a.example.net", tags={}))
    return made


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("warehouse")
    hour = folder / "landing" / "events" / "dt=2026-11-10" / "hour=10"
    hour.mkdir(parents=True)
    # half of them with escapes, as Python writes, half with the characters, as SES does
    written = "".join(json.dumps(line, ensure_ascii=n % 2 == 0) + "\n" for n, line in enumerate(lines()))
    (hour / "addresses.json.gz").write_bytes(gzip.compress(written.encode()))
    made = Warehouse(folder, folder / "landing")
    made.dbt("build", *WITHOUT_TESTS)
    return made


def recipients(built: Warehouse, message: str) -> list[tuple[object, ...]]:
    return built.query(
        "select recipient_address, recipient_domain from int_events_exploded_to_recipients"
        f" where message_id like '{message}' group by all order by all"
    )


def test_text_around_an_address_makes_no_further_recipient(built: Warehouse) -> None:
    assert recipients(built, "reported-%") == [("a@example.com", "example.com")]
    outcomes = built.query("select outcome from fct_message_recipients where message_id like 'reported-%'")
    assert outcomes == [("bounced",)] * len(REPORTED)


def test_a_quoted_local_part_keeps_its_characters(built: Warehouse) -> None:
    assert recipients(built, "quoted") == [('"<x>"@example.com', "example.com")]


def test_two_addresses_in_an_element_are_two_recipients(built: Warehouse) -> None:
    domain = "example.com"
    assert recipients(built, "several") == [(f"{name}@example.com", domain) for name in "abc"]
    assert built.query("select recipients from fct_messages where message_id = 'several'") == [(3,)]


def test_a_text_that_is_not_an_address_has_no_domain(built: Warehouse) -> None:
    assert recipients(built, "no-address") == [("ann example", None)]


def test_a_number_or_a_boolean_is_not_an_address_or_an_account(built: Warehouse) -> None:
    assert recipients(built, "other-types") == [(None, None)]
    assert built.query("select account_id from stg_ses__mail_events where message_id = 'other-types'") == [(None,)]
    assert built.query("select account_id from fct_messages where message_id = 'other-types'") == [(None,)]


STAGED = [
    (
        "stg_ses__mail_events where message_id = 'numbers'",
        "account_id, mail_from, source_arn, campaign, configuration_set, subject, header_from, bounce_type,"
        " feedback_id, reporting_mta",
        (None,) * 10,
    ),
    (
        "int_events_exploded_to_recipients where message_id = 'numbers'",
        "diagnostic_code, recipient_action",
        (None, None),
    ),
    (
        "stg_ses__mail_events where message_id = 'digits'",
        "account_id, campaign, subject",
        ("012345678901", "2026", "true"),
    ),
    ("fct_message_tags where message_id = 'numbers'", "count(*)", (0,)),
    # attributes are integers in events that somebody published again
    ("stg_pinpoint__events where event_type = 'app.numbers'", "account_id, app_id, campaign_id", (None, None, "8")),
    ("stg_pinpoint__events where event_type = '_email.send'", "message_id, subject", (None, None)),
    ("stg_eum__events", "message_id, destination, carrier_name, parts, is_final", (None, None, None, 2, True)),
]


@pytest.mark.parametrize(("relation", "columns", "right"), STAGED, ids=[relation for relation, *_ in STAGED])
def test_a_number_or_a_boolean_is_not_a_text(
    built: Warehouse, relation: str, columns: str, right: tuple[object, ...]
) -> None:
    assert built.query(f"select {columns} from {relation}") == [right]


@pytest.mark.parametrize(
    ("message", "domain"),
    [
        ("authors", "example.com"),
        ("comma", "example.com"),
        ("sender", "example.com"),
        ("untagged", "example.net"),
        ("tagged-later", "z.example.net"),
    ],
)
def test_the_from_domain_is_the_tag_or_the_first_authors(built: Warehouse, message: str, domain: str) -> None:
    assert built.query(f"select from_domain from fct_messages where message_id = '{message}'") == [(domain,)]


def test_a_domain_is_one_in_whatever_letters_it_is_written(built: Warehouse) -> None:
    assert recipients(built, "domain-%") == [ENCODED]
    outcomes = built.query("select outcome, from_domain from fct_message_recipients where message_id like 'domain-%'")
    assert outcomes == [("bounced", ENCODED[1])] * len(MUELLER)
    known = built.query(
        "select recipient_address, recipient_domain from dim_recipients where recipient_domain like '%ller%'"
    )
    assert known == [ENCODED]
    providers = built.query("select recipient_domain from dim_mailbox_providers where recipient_domain like '%ller%'")
    assert providers == [ENCODED[1:]]


def test_received_mail_and_endpoints_have_the_same_keys_and_domains(built: Warehouse) -> None:
    key = "md5('max@xn--mller-kva.example')"
    received = (
        f"select count(*), bool_and(recipient_key = {key}), bool_and(sender_key = {key}) from fct_inbound_messages"
    )
    assert built.query(received) == [(len(MUELLER), True, True)]
    domains = built.query("select distinct recipient_domain, sender_domain, from_domain from fct_inbound_messages")
    assert domains == [(ENCODED[1],) * 3]
    for mart in ("fct_campaign_events", "fct_journey_events"):
        sent = built.query(f"select count(*), bool_and(recipient_key = {key}) from {mart}")
        assert sent == [(len(MUELLER), True)], mart


def test_a_domain_that_a_later_increment_writes_again_is_encoded_once(built: Warehouse) -> None:
    hour = built.landing_root / "events" / "dt=2026-11-10" / "hour=11"
    hour.mkdir()
    bounce = about("Bounce", "later", ["max@xn--mller-kva.example"])
    bounce["bounce"]["bouncedRecipients"] = [{"emailAddress": "max@müller.example"}, {"emailAddress": "a@例え.example"}]
    (hour / "later.json.gz").write_bytes(gzip.compress(json.dumps(bounce).encode()))
    built.dbt("build", *WITHOUT_TESTS)
    built.dbt("test", "--select", "int_domains_encoded", "no_bounced_recipient_is_lost", "fct_message_recipients")
    encoded = built.query(
        "select encoded from int_domains_encoded where domain in ('müller.example', '例え.example') order by 1"
    )
    assert encoded == [("xn--mller-kva.example",), ("xn--r8jz45g.example",)]
    assert recipients(built, "later") == [ENCODED]
