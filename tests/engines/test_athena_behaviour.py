"""What the Athena guide says, held against the Athena harness: each row names the page that says so.

Pages are those of the Amazon Athena User Guide (docs.aws.amazon.com/athena/latest/ug/<page>.html).
"""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import date, datetime
from typing import Any

import pyathena
import pytest
from athena.server import AthenaServer
from behaviour import Behaviour

pytestmark = pytest.mark.xdist_group("athena")


def ctas(table: str, kind: str, select: str, *partitioned_by: str) -> str:
    """CREATE TABLE AS into a location named after the table."""
    properties = {
        "hive": f"table_type = 'hive', is_external = true, external_location = 's3://lake/{table}/'",
        "iceberg": f"table_type = 'iceberg', is_external = false, location = 's3://lake/{table}/'",
    }[kind]
    key = {"hive": "partitioned_by", "iceberg": "partitioning"}[kind]
    partitions = f", {key} = array{list(partitioned_by)}" if partitioned_by else ""
    return f"""create table "awsdatacatalog"."behaviour"."{table}" with ({properties}{partitions}) as {select}"""


def days(count: int) -> str:
    return f"select n, date_add('day', n, date '2026-01-01') as d from unnest(sequence(1, {count})) as numbers (n)"


MERGE = """merge into {table} as target using (values (1, date '2026-01-03')) as src (n, d) on target.n = src.n
    when matched then update set d = src.d when not matched then insert (n, d) values (src.n, src.d)"""

BEHAVIOURS = [
    # ---------------------------------------------------------------- CREATE TABLE AS
    Behaviour(
        "a statement opens at most 100 partitions of a Hive table",
        "ctas-insert-into",
        (ctas("hive_101", "hive", days(101), "d"),),
        "HIVE_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions",
    ),
    Behaviour(
        "a statement opens at most 100 partitions of an Iceberg table",
        "ctas-insert-into",
        (ctas("iceberg_101", "iceberg", days(101), "d"),),
        "ICEBERG_TOO_MANY_OPEN_PARTITIONS: Exceeded limit of 100 open writers for partitions",
    ),
    Behaviour(
        "100 partitions are no error, and INSERT INTO adds as many again",
        "ctas-insert-into",
        (
            ctas("hive_200", "hive", days(100), "d"),
            "insert into hive_200 select n, date_add('day', 100 + n, date '2026-01-01')"
            " from unnest(sequence(1, 100)) as numbers (n)",
            "select count(distinct d) from hive_200",
        ),
        [(200,)],
    ),
    Behaviour(
        "the external location must be empty",
        "ctas-considerations-limitations",
        (
            ctas("once", "hive", "select 1 as n"),
            "drop table once",
            ctas("once", "hive", "select 1 as n"),
        ),
        "HIVE_PATH_ALREADY_EXISTS: Target directory for table 'behaviour.once' already exists: s3://lake/once/",
    ),
    Behaviour(
        "partition columns are the last of the select",
        "create-table-as",
        (ctas("not_last", "hive", "select 1 as d, 2 as n", "d"),),
        "HIVE_COLUMN_ORDER_MISMATCH",
    ),
    *(
        Behaviour(
            f"a table of {kind} lies by two columns",
            "create-table-as",
            (
                ctas(f"{kind}_by_two", kind, "select 0 as n, date '2026-01-01' as d, 1 as k", "d", "k"),
                f"select n, d, k from {kind}_by_two",
            ),
            [(0, date(2026, 1, 1), 1)],
        )
        for kind in ("hive", "iceberg")
    ),
    Behaviour(
        "Hive tables hold no JSON",
        "data-types",
        (ctas("hive_json", "hive", "select json '1' as j"),),
        "NOT_SUPPORTED: Unsupported Hive type: json",
    ),
    Behaviour(
        "Hive tables hold no timestamp with time zone",
        "data-types",
        (ctas("hive_zoned", "hive", "select timestamp '2026-01-01 00:00:00 UTC' as t"),),
        "NOT_SUPPORTED: Unsupported Hive type: timestamp(0) with time zone",
    ),
    Behaviour(
        "timestamps of Hive tables are in milliseconds",
        "engine-versions-reference-0003",
        (ctas("hive_micros", "hive", "select timestamp '2026-01-01 00:00:00.000001' as t"),),
        "NOT_SUPPORTED: Incorrect timestamp precision for timestamp(6)",
    ),
    Behaviour(
        "timestamps of Iceberg tables are in microseconds",
        "querying-iceberg",
        (
            ctas("iceberg_micros", "iceberg", "select timestamp '2026-01-01 00:00:00.000001' as t"),
            "select t from iceberg_micros",
        ),
        [(datetime(2026, 1, 1, 0, 0, 0, 1),)],
    ),
    Behaviour(
        "Iceberg tables hold no JSON",
        "querying-iceberg-supported-data-types",
        (ctas("iceberg_json", "iceberg", "select json '1' as j"),),
        "NOT_SUPPORTED: Type not supported for Iceberg: json",
    ),
    Behaviour(
        "an Iceberg table is not external",
        "create-table-as",
        ("create table external_iceberg with (table_type = 'iceberg', location = 's3://lake/x/') as select 1 as n",),
        "NOT_SUPPORTED",
    ),
    # ---------------------------------------------------------------- changes of rows
    Behaviour(
        "MERGE changes Iceberg tables",
        "merge-into-statement",
        (
            ctas(
                "merged", "iceberg", "select 1 as n, date '2026-01-01' as d union all select 2, date '2026-01-02'", "d"
            ),
            MERGE.format(table="merged"),
            "select n, d from merged order by n",
        ),
        [(1, date(2026, 1, 3)), (2, date(2026, 1, 2))],
    ),
    Behaviour(
        "MERGE changes no Hive table",
        "merge-into-statement",
        (ctas("not_merged", "hive", "select 1 as n, date '2026-01-01' as d", "d"), MERGE.format(table="not_merged")),
        "NOT_SUPPORTED: Modifying Hive table rows is only supported for transactional tables",
    ),
    Behaviour(
        "one row of the target takes one row of the source",
        "merge-into-statement",
        (
            ctas("twice", "iceberg", "select 1 as n, 0 as v"),
            """merge into twice as target using (values (1, 1), (1, 2)) as src (n, v) on target.n = src.n
                when matched then update set v = src.v""",
        ),
        "MERGE_TARGET_ROW_MULTIPLE_MATCHES",
    ),
    Behaviour(
        "columns that ALTER TABLE adds to an Iceberg table are NULL in the rows that were there",
        "querying-iceberg-alter-table-add-columns",
        (
            ctas("widened", "iceberg", "select 1 as n"),
            "alter table `behaviour`.`widened` add columns (`t` string, `at` timestamp)",
            "insert into widened values (2, 'x', timestamp '2026-01-01 00:00:00.000001')",
            "select n, t, at from widened order by n",
        ),
        [(1, None, None), (2, "x", datetime(2026, 1, 1, 0, 0, 0, 1))],
    ),
    # ---------------------------------------------------------------- names, text, upkeep
    Behaviour(
        "dropping an external table leaves its objects",
        "drop-table",
        (
            ctas("kept", "hive", "select 7 as n"),
            "drop table kept",
            "create external table `kept` (`n` int) stored as textfile location 's3://lake/kept/'",
            'select count(distinct "$path") > 0 from kept',
        ),
        [(True,)],
    ),
    Behaviour(
        "a view lies over tables of both kinds",
        "create-view",
        (
            ctas("of_hive", "hive", "select 1 as n"),
            ctas("of_iceberg", "iceberg", "select 2 as n"),
            "create or replace view both as select n from of_hive union all select n from of_iceberg",
            "select n from both order by n",
        ),
        [(1,), (2,)],
    ),
    Behaviour(
        "OPTIMIZE and VACUUM leave the rows of an Iceberg table as they are",
        "optimize-statement",
        (
            ctas("small_files", "iceberg", "select 1 as n"),
            "insert into small_files values (2)",
            "optimize behaviour.small_files rewrite data using bin_pack",
            "vacuum behaviour.small_files",
            "select n from small_files order by n",
        ),
        [(1,), (2,)],
    ),
    Behaviour(
        "OPTIMIZE rewrites 100 partitions and is an error where there are more",
        "optimize-statement; the error as in github.com/dbt-labs/dbt-athena/issues/531",
        (
            ctas("many_days", "iceberg", days(100), "d"),
            f"insert into many_days {days(100)}",
            *(["insert into many_days values (1, date '2025-01-01')"] * 2),
            "optimize behaviour.many_days rewrite data using bin_pack",
        ),
        "ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED: Processed 100 partitions in this round of optimization",
    ),
    Behaviour(
        "OPTIMIZE takes the partitions that it is asked for, and $partitions counts their files",
        "optimize-statement, querying-iceberg-table-metadata",
        (
            "optimize behaviour.many_days rewrite data using bin_pack"
            " where d >= date '2026-01-02' and d <= date '2026-01-31'",
            'select max(file_count), count(*) from "behaviour"."many_days$partitions"'
            " where partition.d between date '2026-01-02' and date '2026-01-31'"
            ' union all select min(file_count), count(*) from "behaviour"."many_days$partitions"'
            " where partition.d not between date '2026-01-02' and date '2026-01-31' order by 2",
        ),
        [(1, 30), (2, 71)],
    ),
    Behaviour(
        "OPTIMIZE is for Iceberg tables alone",
        "optimize-statement",
        (ctas("no_iceberg", "hive", "select 1 as n"), "optimize behaviour.no_iceberg rewrite data using bin_pack"),
        "NOT_SUPPORTED",
    ),
    Behaviour(
        "names in SELECT are in double quotes, not in backticks",
        "reserved-words",
        ("select `n` from hive_200",),
        "SYNTAX_ERROR: line 1:8: backquoted identifiers are not supported",
    ),
    Behaviour(
        "there is no QUALIFY",
        "select",
        ("select n, row_number() over (order by n) as r from hive_200 qualify r = 1",),
        "SYNTAX_ERROR: line 1:",
    ),
]


@pytest.fixture(scope="module")
def cursor(athena: AthenaServer) -> Iterator[Any]:
    with athena.connect("behaviour") as connection:
        cursor = connection.cursor()
        cursor.execute("create schema if not exists `behaviour`")
        yield cursor


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.says)
def test_as_the_guide_says(behaviour: Behaviour, cursor: Any) -> None:
    *before, last = behaviour.statements
    for statement in before:
        cursor.execute(statement)
    if isinstance(behaviour.gives, str):
        with pytest.raises(pyathena.OperationalError) as refused:
            cursor.execute(last)
        assert str(refused.value).startswith(behaviour.gives)
    else:
        assert cursor.execute(last).fetchall() == behaviour.gives


def test_a_statement_has_at_most_262144_bytes(cursor: Any) -> None:
    """Page service-limits, "Query string length"."""
    longest = 262_144
    text = "select 1 as n -- "
    text += "x" * (longest - len(text))
    assert cursor.execute(text).fetchall() == [(1,)]
    with pytest.raises(pyathena.DatabaseError, match="262144"):
        cursor.execute(text + "x")


def test_a_result_is_read_in_pages_of_1000_rows(athena: AthenaServer, cursor: Any) -> None:
    """API reference, GetQueryResults: at most 1000 rows a page; the first row of the first page names the columns."""
    cursor.execute("select n from unnest(sequence(1, 1500)) as numbers (n) order by n")
    page = athena.client("athena").get_query_results(QueryExecutionId=cursor.query_id)
    assert len(page["ResultSet"]["Rows"]) == 1000
    assert page["ResultSet"]["Rows"][0]["Data"] == [{"VarCharValue": "n"}]
    assert cursor.fetchall() == [(n,) for n in range(1, 1501)]


def test_glue_keeps_the_columns_of_a_view(athena: AthenaServer, cursor: Any) -> None:
    """Page create-view. Clients, dbt among them, read them there."""
    cursor.execute(
        "create view columns_of as select 1 as n, cast('x' as varchar) as t, timestamp '2026-01-01 00:00:00' as at"
    )
    view = athena.client("glue").get_table(DatabaseName="behaviour", Name="columns_of")["Table"]
    assert view["TableType"] == "VIRTUAL_VIEW"
    types = {column["Name"]: column["Type"] for column in view["StorageDescriptor"]["Columns"]}
    assert types == {"n": "int", "t": "string", "at": "timestamp"}


def test_what_is_added_to_an_iceberg_table_at_once_is_all_there(athena: AthenaServer, cursor: Any) -> None:
    """Page querying-iceberg: Athena supports the optimistic locking of AWS Glue."""
    cursor.execute(ctas("iceberg_at_once", "iceberg", "select 0 as n"))

    def add(number: int) -> None:
        with athena.connect("behaviour") as connection:
            connection.cursor().execute(f"insert into iceberg_at_once values ({number})")

    with ThreadPoolExecutor(4) as threads:
        list(threads.map(add, range(1, 9)))
    assert cursor.execute("select n from iceberg_at_once order by n").fetchall() == [(n,) for n in range(9)]
