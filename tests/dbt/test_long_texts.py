"""Texts longer than their columns: docs/engines.md, "Widths". tests/engines/test_parity.py has them on every engine."""

from __future__ import annotations

import json

import arrivals
import pytest
from command_line import Cli
from dbt_warehouse import WITHOUT_TESTS, Warehouse
from long_texts import LONG, LONGEST, Event, long_texts

pytestmark = pytest.mark.xdist_group("long_texts")

NAME, LINE, SENTENCES = 320, 1_024, 4_096  # characters


@pytest.fixture(scope="module")
def events(tmp_path_factory: pytest.TempPathFactory) -> list[Event]:
    return long_texts(arrivals.simulated(tmp_path_factory.mktemp("stream"), messages_per_day=20))


@pytest.fixture(scope="module")
def built(events: list[Event], tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    """The events landed by the command line as they are, and every model."""
    cli = Cli(tmp_path_factory.mktemp("long"))
    cli.write("inbox/events.ndjson", "".join(json.dumps(event, ensure_ascii=False) + "\n" for event in events))
    cli.land("inbox", to="zone")
    warehouse = Warehouse(cli.folder, cli.folder / "zone")
    warehouse.dbt("build", *WITHOUT_TESTS)
    return warehouse


def test_no_event_is_lost_and_two_that_differ_behind_the_cut_are_two(events: list[Event], built: Warehouse) -> None:
    staged = "select sum(staged), sum(repeats), sum(rejected) from ingestion_ledger"
    assert built.query(staged) == [(len(events), 0, 0)]
    clicks = "select count(*), count(distinct event_id), count(distinct link) from stg_ses__mail_events"
    assert built.query(f"{clicks} where event_type = 'click'") == [(2, 2, 1)]


@pytest.mark.parametrize(
    ("column", "table", "expected"),
    [
        ("feedback_id", "fct_recipient_events where event_type = 'bounce'", LONG[:NAME]),
        ("smtp_response", "fct_recipient_events where event_type = 'delivery'", LONG[:SENTENCES]),
        ("diagnostic_code", "fct_message_recipients where diagnostic_code is not null", LONG[:SENTENCES]),
        ("link", "fct_link_clicks", LONG[:SENTENCES]),
        ("user_agent", "fct_link_clicks", LONG[:LINE]),
        ("subject", "fct_messages where subject is not null", LONG[:LINE]),
        ("configuration_set", "fct_sending_daily where configuration_set is not null", LONG[:NAME]),
        ("recipient_address", "dim_recipients", LONG[:NAME]),
        ("recipient_domain", "dim_recipients", "é" * NAME),
        ("header_from", "stg_ses__mail_events where header_from is not null", LONGEST[:LINE]),
        ("status_description", "fct_sms_messages where status_description is not null", LONG[:SENTENCES]),
        ("object_key", "fct_inbound_messages where object_key is not null", LONG[:LINE]),
        ("recommendation", "fct_account_events where recommendation is not null", LONG[:SENTENCES]),
        ("path", "schema_drift where drift = 'unknown_field' and length(path) > 100", LONG[:LINE]),
    ],
)
def test_a_column_holds_the_first_characters_of_a_longer_text(
    column: str, table: str, expected: str, built: Warehouse
) -> None:
    assert built.query(f"select distinct {column} from {table}") == [(expected,)]


def test_a_message_is_known_by_the_first_characters_of_its_id(built: Warehouse) -> None:
    [(messages, names, characters)] = built.query(
        "select count(*), count(distinct left(message_id, 12)), max(length(message_id)) from fct_messages"
    )
    assert messages == names >= 10
    assert characters == LINE


def test_no_table_holds_a_text_that_is_not_cut(built: Warehouse) -> None:
    tables = built.query("""
        select table_name, list(column_name) from information_schema.columns
        where data_type = 'VARCHAR' and table_name not in ('landing_records', 'landing_rejects') group by all
    """)
    assert len(tables) > 30
    for table, columns in tables:
        [longest] = built.query(f"select {', '.join(f'max(length({column}))' for column in columns)} from {table}")
        too_long = [column for column, length in zip(columns, longest, strict=True) if (length or 0) > SENTENCES]
        assert too_long == [], table


def test_what_is_cut_stays_whole_in_the_payload(built: Warehouse) -> None:
    payload = "payload->>'$.bounce.bouncedRecipients[0].diagnosticCode'"
    assert built.query(f"select {payload} from landing_records where event_type = 'bounce'") == [(LONG,)]
