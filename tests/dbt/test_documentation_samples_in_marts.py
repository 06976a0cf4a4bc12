"""What `dbt build` makes of landed events, against tests/events/*.csv: every event, every cell."""

from __future__ import annotations

import hashlib
from collections import Counter
from collections.abc import Callable

import pytest
from dbt_warehouse import Warehouse
from expectations import COLLECTIONS, OUR_OWN, STAGED, Collection, Expected, assert_same

pytestmark = pytest.mark.xdist_group("documentation_samples")

MESSAGE_ID = {"ses_account": "null"}  # they are about no message
SPELLED = "strftime(occurred_at, '%Y-%m-%dT%H:%M:%S.%gZ')"


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Callable[[Collection], Warehouse]:
    """The warehouse of a collection; each is landed and built once."""
    warehouses: dict[str, Warehouse] = {}

    def build(collection: Collection) -> Warehouse:
        if collection.name not in warehouses:
            folder = tmp_path_factory.mktemp("warehouse")
            warehouse = Warehouse(folder, collection.land(folder / "landing").root)
            warehouse.dbt("build")
            warehouses[collection.name] = warehouse
        return warehouses[collection.name]

    return build


def is_staged(row: Expected, rows: list[Expected]) -> bool:
    """A copy by the same source is a repeat; a notification of a published event is staged on its own."""
    first = next((other for other in rows if other.file == row.repeat_of), row)
    return row.source in STAGED and (not row.repeat_of or first.source != row.source)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_each_event_is_staged_once(built: Callable[[Collection], Warehouse], collection: Collection) -> None:
    rows = collection.rows
    staged = built(collection).query(
        " union all ".join(
            f"select source, event_type, {MESSAGE_ID.get(source, 'message_id')}, {SPELLED} from {model}"
            f" where source = '{source}'"
            for source, model in STAGED.items()
        )
    )
    assert_same(
        [(row.source, row.staged_type, row.message_id, row.occurred_at) for row in rows if is_staged(row, rows)],
        staged,
    )


# Events that name an address outside mail.destination: whom they are, or may be, about (docs/metrics.md).
ABOUT = {
    "ses_event_bounce_of_other_addresses.json": ("ana@example.com",),
    "ses_event_complaint_of_two_candidates.json": ("ana@example.com", "ben@example.org", "cleo@example.net"),
}


def about(row: Expected) -> tuple[str, ...]:
    return ABOUT.get(row.file, row.recipients)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_each_fact_is_there_once_for_each_recipient_that_the_event_names(
    built: Callable[[Collection], Warehouse], collection: Collection
) -> None:
    facts = built(collection).query(
        f"select event_type, message_id, {SPELLED}, recipient_address, recipient_is_certain"
        " from fct_recipient_events left join dim_recipients using (recipient_key)"
    )
    assert_same(
        [
            (row.mail_type, row.message_id, row.occurred_at, recipient, row.recipient_is_certain)
            for row in collection.rows
            if row.mail_type and not row.repeat_of
            for recipient in about(row) or (None,)
        ],
        facts,
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_recipients_are_those_that_events_name(
    built: Callable[[Collection], Warehouse], collection: Collection
) -> None:
    named = {address for row in collection.rows if row.mail_type for address in about(row)}
    if collection is OUR_OWN:
        named.add("eve@example.com")  # reported by a complaint about mail that was not sent to her
    assert_same(
        [(address, address.rpartition("@")[2]) for address in named],
        built(collection).query("select recipient_address, recipient_domain from dim_recipients"),
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_ledger_counts_every_record(built: Callable[[Collection], Warehouse], collection: Collection) -> None:
    rows = collection.rows
    staged = sum(is_staged(row, rows) for row in rows)
    fates = Counter(row.fate for row in rows)
    counts = "read_records, landed, quarantined, control, staged, repeats, rejected"
    sums = ", ".join(f"cast(sum({column}) as bigint)" for column in counts.split(", "))
    assert built(collection).query(f"select {sums} from ingestion_ledger") == [
        (
            len(rows),
            fates["landed"],
            fates["quarantined"],
            fates["control"],
            staged,
            fates["landed"] - staged,
            0,
        )
    ]


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_what_the_reference_documents_is_no_drift(
    built: Callable[[Collection], Warehouse], collection: Collection
) -> None:
    drift = built(collection).query(
        "select source, event_type, drift, path from schema_drift where source not in ('ses_event', 'ses_notification')"
    )
    assert_same([("eum", "text_novelty", "unknown_event_type", None)] if collection is OUR_OWN else [], drift)


# What each trap of the event reference (section 9) asks of the marts, where the tests above do not see it.
CODE = 'smtp; 550-5.1.10 "cleo", unknown here\r\n550 5.1.10 see <CRLF> https://help.example.net/a,b'
RECIPIENTS, MESSAGES = "fct_message_recipients", "fct_messages"
TRAPS = [
    (5, "tags_as_plain_text.json", MESSAGES, "configuration_set, campaign", [("orders", "autumn")]),
    (5, "tags_as_plain_text.json", "fct_link_tags", "tag_name, tag_value", [("place", "button")]),
    (5, "click.json", "fct_link_tags", "tag_name, tag_value", [("place", "button")]),
    (13, "bounce.json", RECIPIENTS, "diagnostic_code", [(CODE,)]),
    (14, "out_of_order.ndjson", RECIPIENTS, "is_sent, is_delivered, is_complained, opens", [(True, True, True, 1)]),
    (16, "opens_repeated.ndjson", RECIPIENTS, "opens", [(2,)]),
    (19, "send_times_differ.ndjson", RECIPIENTS, "is_sent, is_hard_bounced, day(sent_date)", [(True, True, 10)]),
    (21, "numbers_as_text.json", "fct_recipient_events", "processing_time_ms", [(812,)]),
    (22, "account_with_leading_zero.json", RECIPIENTS, "account_id, region, bounce_status",
        [("012345678901", "us-gov-west-1", "5.0")]),
    (26, "out_of_office.ndjson", RECIPIENTS, "outcome, is_delivered, is_hard_bounced", [("delivered", True, False)]),
    (27, "complaint_that_is_none.ndjson", RECIPIENTS, "is_complained, is_not_spam", [(False, True), (False, False)]),
    (28, "suppressed.ndjson", RECIPIENTS, "outcome, suppression_scope, is_hard_bounced",
        [("suppressed", "account", False)]),
    (29, "bounce_of_an_unknown_kind.json", RECIPIENTS, "is_undetermined_bounced, bounce_type", [(True, "Temporal")]),
    (32, "beyond_ascii.json", MESSAGES, "subject", [('Grüße 🎉 "für dich", naïve',)]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("file", "mart", "columns", "expected"),
    [trap[1:] for trap in TRAPS],
    ids=[f"{trap[0]}-{trap[1]}" for trap in TRAPS],
)
def test_the_trap_catches_no_mart(
    built: Callable[[Collection], Warehouse], file: str, mart: str, columns: str, expected: list[object]
) -> None:
    ids = "', '".join(str(row.message_id) for row in OUR_OWN.rows if row.file == f"ses_event_{file}")
    found = built(OUR_OWN).query(f"select {columns} from {mart} where message_id in ('{ids}') order by message_id")
    assert found == expected


def test_text_messages_of_both_services_are_told_in_one_vocabulary(
    built: Callable[[Collection], Warehouse],
) -> None:
    assert built(OUR_OWN).query(
        "select message_id, source, channel, outcome, message_status, is_final, is_opted_out, parts, price_usd, events,"
        " destination_key is not null from fct_sms_messages order by message_id"
    ) == [
        ("media-0001", "eum", "media", "delivered", "DELIVERED", True, False, 2, 0.0195, 1, True),
        ("sms-0001", "pinpoint", "text", "delivered", "DELIVERED", True, False, 1, 0.006455, 2, True),
        # nobody said how it ended; a price told before the end is none, and the last one is in thousandths of a cent
        ("sms-0002", "pinpoint", "text", "unknown", "UNKNOWN", True, False, 2, 0.0129, 2, True),
        # an empty status leaves it to the type; who opts out has not refused this message
        ("sms-0003", "pinpoint", "text", "accepted", None, True, True, 2, 0.00645, 2, True),
        ("sms-0004", "pinpoint", "text", "failed", "The recipient is on nobody's list", True, False, 2, None, 1, False),
        ("sms-2017-1", "pinpoint", "text", "failed", None, True, False, None, 0.00645, 1, False),
        ("sms-2017-2", "pinpoint", "text", "failed", None, True, False, None, 0.00645, 1, False),
        ("sms-2017-3", "pinpoint", "text", "in_flight", None, False, False, None, None, 1, False),
        ("text-0001", "eum", "text", "delivered", "DELIVERED", True, False, 1, 0.00645, 1, True),
        ("text-0002", "eum", "text", "accepted", "SUCCESSFUL", True, False, None, None, 1, False),
        # the copy by EventBridge is no fourth event
        ("text-0003", "eum", "text", "delivered", "DELIVERED", True, False, 3, 0.01935, 3, True),
        ("text-0004", "eum", "text", "blocked", "PROTECT_BLOCKED", True, False, None, 0.0, 1, True),
        ("text-0005", "eum", "text", "failed", "UNREACHABLE", True, False, None, None, 1, True),
        ("text-0006", "eum", "text", "unknown", "ASTONISHED", False, False, None, None, 1, True),
        ("text-0007", "eum", "rcs", "delivered", "READ", True, False, None, None, 1, True),
        ("voice-0001", "eum", "voice", "delivered", "COMPLETED", True, False, None, None, 1, True),
    ]


def test_what_any_event_of_a_text_message_knows_the_message_knows(built: Callable[[Collection], Warehouse]) -> None:
    assert built(OUR_OWN).query(
        "select account_id, region, carrier_name, carrier_fee_usd, mcc, mnc, cast(sent_date as varchar)"
        " from fct_sms_messages where message_id in ('text-0003', 'text-0001', 'sms-0002', 'sms-0001')"
        " order by message_id"
    ) == [
        ("111122223333", None, None, None, "001", "05", "2026-09-10"),
        ("012345678901", None, None, None, None, None, "2026-09-11"),
        (None, None, None, 0.0, "001", "05", "2026-11-10"),
        ("012345678901", "eu-west-1", "Example Mobile", 0.009, None, None, "2026-11-11"),
    ]


HELP, ORDERS = "help@mail.example.com", "orders@mail.example.com"


def test_received_mail_has_a_row_for_each_recipient_with_its_verdicts(
    built: Callable[[Collection], Warehouse],
) -> None:
    rows = built(OUR_OWN).query(
        "select message_id, recipient_key, sender_domain, spam_verdict, spf_verdict, dkim_verdict, dmarc_verdict,"
        " dmarc_policy from fct_inbound_messages"
    )
    assert_same(
        [
            # who names no sender has none; a receipt that names nobody keeps its row
            ("bounced0x4y5z6", None, None, "GRAY", "PASS", "PASS", "PASS", None),
            ("q7h2k9v4m1t8c3x6b5n0z2l9", md5(HELP), "example.com", "PASS", "GRAY", "FAIL", "FAIL", "quarantine"),
            ("q7h2k9v4m1t8c3x6b5n0z2l9", md5(ORDERS), "example.com", "PASS", "GRAY", "FAIL", "FAIL", "quarantine"),
            ("two0actions0x1y2z3", md5(HELP), "example.net", "PASS", "PASS", "PASS", "PASS", None),
            ("w3e8r1t6y2u9i4o7p5a0s1d8", md5(HELP), "example.com", "PASS", "GRAY", "FAIL", None, None),
            ("worked0x5z6a7", md5(HELP), "example.net", "PASS", "PASS", "PASS", "PASS", None),
        ],
        rows,
    )


def test_every_action_on_a_received_message_is_on_its_row(built: Callable[[Collection], Warehouse]) -> None:
    content = "From: ana@example.com\r\n\r\nWhere is it?\r\n"
    assert built(OUR_OWN).query(
        "select distinct message_id, actions, is_stored, is_published, is_handed_to_lambda, is_handed_to_workmail,"
        " is_bounced, is_stopped, object_key, content_bytes from fct_inbound_messages order by message_id"
    ) == [
        ("bounced0x4y5z6", 1, False, False, False, False, True, False, None, None),
        ("q7h2k9v4m1t8c3x6b5n0z2l9", 1, False, True, False, False, False, False, None, len(content)),
        ("two0actions0x1y2z3", 2, True, False, True, False, False, False, "mail/two0actions0x1y2z3", None),
        ("w3e8r1t6y2u9i4o7p5a0s1d8", 1, False, False, True, False, False, False, None, None),
        ("worked0x5z6a7", 2, False, False, False, True, False, True, None, None),
    ]


def test_a_change_of_the_sending_status_says_who_made_it_and_when(built: Callable[[Collection], Warehouse]) -> None:
    rows = built(OUR_OWN).query(
        f"select event_type, resource_type, resource_name, sending_status, status_origin, {SPELLED}"
        " from fct_account_events where sending_status is not null"
    )
    assert_same(
        [
            ("sending_status_disabled", None, None, "DISABLED", "AWS_MANAGED", "2026-11-10T09:00:06.080Z"),
            ("sending_status_enabled", "tenant", "acme", "REINSTATED", "CUSTOMER_MANAGED", "2026-11-11T10:00:00.000Z"),
        ],
        rows,
    )


def test_a_recommendation_says_of_what_it_is(built: Callable[[Collection], Warehouse]) -> None:
    opened, resolved = "advisor_recommendation_status_open", "advisor_recommendation_status_resolved"
    rows = built(OUR_OWN).query(
        "select event_type, resource_type, resource_name, recommendation, recommendation_impact"
        " from fct_account_events where recommendation is not null"
    )
    assert_same(
        [
            (opened, "identity", "mail.example.com", "DMARC configuration was not found.", None),
            (resolved, "tenant", "acme", "The bounce rate is back below 5%.", "HIGH"),
        ],
        rows,
    )


def test_mail_that_pinpoint_and_ses_tell_of_is_delivered_once(built: Callable[[Collection], Warehouse]) -> None:
    told = "from {} where message_id like '0100019ab0000087-%'"
    assert built(OUR_OWN).query(
        "select source, is_retold " + told.format("fct_recipient_events") + " order by source"
    ) == [("pinpoint", True), ("ses_event", False)]
    assert built(OUR_OWN).query("select events, delivered_recipients " + told.format("fct_messages")) == [(1, 1)]
    assert built(OUR_OWN).query("select delivery_seconds " + told.format("fct_message_recipients")) == [(1.81,)]


def md5(text: str) -> str:
    return hashlib.md5(text.encode()).hexdigest()
