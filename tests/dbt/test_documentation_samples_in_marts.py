"""What `dbt build` makes of landed events, against tests/events/*.csv: every event of sent mail, every cell."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable

import pytest
from expectations import COLLECTIONS, EVENT_TYPES, SENT_MAIL, Collection, Expected, assert_same
from warehouse import Warehouse

pytestmark = pytest.mark.xdist_group("documentation_samples")

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
    return row.source in SENT_MAIL and (not row.repeat_of or first.source != row.source)


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_each_event_of_sent_mail_is_staged_once(
    built: Callable[[Collection], Warehouse], collection: Collection
) -> None:
    rows = collection.rows
    staged = built(collection).query(
        " union all ".join(
            f"select '{source}', event_type, message_id, {SPELLED} from {model}"
            for source, model in zip(SENT_MAIL, ("stg_ses__events", "stg_ses__notifications"), strict=True)
        )
    )
    assert_same(
        [(row.source, row.event_type, row.message_id, row.occurred_at) for row in rows if is_staged(row, rows)], staged
    )


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
            (row.event_type, row.message_id, row.occurred_at, recipient, row.recipient_is_certain)
            for row in collection.rows
            if row.source in SENT_MAIL and row.event_type in EVENT_TYPES.values() and not row.repeat_of
            for recipient in row.recipients or (None,)
        ],
        facts,
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_recipients_are_those_that_events_name(
    built: Callable[[Collection], Warehouse], collection: Collection
) -> None:
    named = {address for row in collection.rows if row.source in SENT_MAIL for address in row.recipients}
    assert_same(
        [(address, address.rpartition("@")[2]) for address in named],
        built(collection).query("select recipient_address, recipient_domain from dim_recipients"),
    )


@pytest.mark.parametrize("collection", COLLECTIONS)
def test_the_ledger_counts_every_record(built: Callable[[Collection], Warehouse], collection: Collection) -> None:
    rows = collection.rows
    staged = sum(is_staged(row, rows) for row in rows)
    sent = sum(row.source in SENT_MAIL for row in rows)
    fates = Counter(row.fate for row in rows)
    counts = "read_records, landed, quarantined, control, staged, repeats, rejected, not_modelled"
    sums = ", ".join(f"cast(sum({column}) as bigint)" for column in counts.split(", "))
    assert built(collection).query(f"select {sums} from ingestion_ledger") == [
        (
            len(rows),
            fates["landed"],
            fates["quarantined"],
            fates["control"],
            staged,
            sent - staged,
            0,
            fates["landed"] - sent,
        )
    ]
