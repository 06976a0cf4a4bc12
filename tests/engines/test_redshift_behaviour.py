"""What the Redshift guide says, held against the emulated Redshift: each row names the page that says so.

Pages are those of the Amazon Redshift Database Developer Guide (docs.aws.amazon.com/redshift/latest/dg/<page>.html).
"""

from __future__ import annotations

from datetime import datetime

import pytest
import redshift_connector
from behaviour import Behaviour
from redshift.server import Redshift
from redshift_guide_super import FROM_DOC, SUPER

pytestmark = pytest.mark.xdist_group("redshift")


BEHAVIOURS = [
    *SUPER,
    # ---------------------------------------------------------------- text
    Behaviour(
        "text is varchar(256), and more is an error",
        "r_Character_types",
        ("create temporary table t1 (a text)", "insert into t1 select repeat('x', 257)"),
        "value too long for type character varying(256)",
    ),
    Behaviour(
        "varchar without a width is varchar(256), and more is an error",
        "r_Character_types",
        ("create temporary table t2 (a varchar)", "insert into t2 select repeat('x', 257)"),
        "value too long for type character varying(256)",
    ),
    Behaviour(
        "a width is in bytes, not in characters",
        "r_Character_types",
        ("create temporary table t3 (a varchar(4))", "insert into t3 values ('éé')", "insert into t3 values ('ééé')"),
        "value too long for type character varying(4)",
    ),
    Behaviour(
        "an explicit cast cuts at the last whole character that fits",
        "r_Character_types",
        ("select cast('ééé' as varchar(5)), 'abc'::varchar(2)",),
        [("éé", "ab")],
    ),
    Behaviour(
        "|| and CONCAT with NULL are NULL", "r_concat_op", ("select 'a' || null, concat('a', null)",), [(None, None)]
    ),
    Behaviour(
        "SPLIT_PART gives empty text for a part that is not there",
        "SPLIT_PART",
        ("select split_part('nodomain', '@', 2)",),
        [("",)],
    ),
    Behaviour(
        "LISTAGG joins the texts of a group in the order of several columns",
        "r_LISTAGG",
        (
            "create temporary table t11 (a int, b int, c varchar(4))",
            "insert into t11 values (1, 2, 'c'), (1, 1, 'b'), (0, 9, 'a')",
            "select listagg(c, '-') within group (order by a, b desc) from t11",
        ),
        [("a-c-b",)],
    ),
    Behaviour(
        "ASCII gives the code point of the first character",
        "r_ASCII",
        ("select ascii('üb'), ascii('😀')",),
        [(252, 128512)],
    ),
    Behaviour("LOWER takes letters beyond ASCII", "r_LOWER", ("select lower('MÜLLER Ж Σ')",), [("müller ж σ",)]),
    Behaviour(
        "LEN counts characters, OCTET_LENGTH bytes",
        "r_LEN",
        ("select len('éa'), octet_length('éa')",),
        [(2, 3)],
    ),
    Behaviour(
        "REGEXP_SUBSTR gives empty text where nothing is found, and the group with 'e'",
        "REGEXP_SUBSTR",
        (
            """select regexp_substr('ax12', 'x([0-9]*)', 1, 1, 'e'), regexp_substr('ax12', 'x([0-9]*)'),
                      regexp_substr('a', 'x')""",
        ),
        [("12", "x12", "")],
    ),
    Behaviour(
        "REGEXP_REPLACE replaces every occurrence",
        "REGEXP_REPLACE",
        ("select regexp_replace('a1b2', '[0-9]', '-')",),
        [("a-b-",)],
    ),
    # ---------------------------------------------------------------- time and numbers
    Behaviour(
        "DATEDIFF counts the boundaries between two times",
        "r_DATEDIFF_function",
        (
            """select datediff(day, '2026-01-01 23:59:59'::timestamp, '2026-01-02 00:00:00'::timestamp),
                      datediff(hour, '2026-01-01 00:59:59'::timestamp, '2026-01-01 02:00:00'::timestamp),
                      datediff(year, '2008-12-31'::timestamp, '2009-01-01'::timestamp)""",
        ),
        [(1, 2, 1)],
    ),
    Behaviour(
        "DATEDIFF and DATEADD count quarters",
        "r_Dateparts_for_datetime_functions",
        (
            """select datediff(quarter, '2025-12-31'::date, '2026-04-01'::date),
                      dateadd(quarter, 1, '2025-11-30'::timestamp)""",
        ),
        [(2, datetime(2026, 2, 28))],
    ),
    Behaviour(
        "DATEDIFF by week is refused: on which day a week begins there, no page says",
        "r_DATEDIFF_function",
        ("select datediff(week, '2026-01-01'::date, '2026-02-01'::date)",),
        "the harness does not know the date part week",
    ),
    Behaviour(
        "ms is a millisecond",
        "r_Dateparts_for_datetime_functions",
        ("select dateadd(ms, 5, '2026-01-01'::timestamp)",),
        [(datetime(2026, 1, 1, 0, 0, 0, 5000),)],
    ),
    Behaviour(
        "DATE_TRUNC of a date gives a timestamp",
        "r_DATE_TRUNC",
        ("select date_trunc('quarter', '2024-05-28'::date)",),
        [(datetime(2024, 4, 1),)],
    ),
    Behaviour(
        "DATEADD of a date gives a timestamp",
        "r_DATEADD_function",
        ("select dateadd(day, 1, '2024-02-28'::date)",),
        [(datetime(2024, 2, 29),)],
    ),
    Behaviour(
        "CONVERT_TIMEZONE takes a UTC time to a zone",
        "CONVERT_TIMEZONE",
        ("select convert_timezone('UTC', 'America/New_York', '2026-11-01 04:00:00'::timestamp)",),
        [(datetime(2026, 11, 1),)],
    ),
    Behaviour(
        "a time with an offset becomes UTC by way of timestamptz",
        "r_AT_TIME_ZONE",
        ("select cast('2026-01-01 02:00:00+02' as timestamptz) at time zone 'UTC'",),
        [(datetime(2026, 1, 1),)],
    ),
    Behaviour(
        "GETDATE has whole seconds, and runs on tables",
        "r_GETDATE",
        (
            "create temporary table t0 (a int)",
            "insert into t0 values (1)",
            "select getdate() = date_trunc('second', getdate()) from t0",
        ),
        [(True,)],
    ),
    Behaviour("integers divide to integers", "r_OPERATOR_SYMBOLS", ("select 7 / 2",), [(3,)]),
    Behaviour(
        "NUMERIC without a precision has 18 digits and no decimals",
        "r_Numeric_types201",
        (
            "create temporary table n0 (a decimal)",
            "insert into n0 values (2.5)",
            "select a = 3, cast(1.4 as numeric) = 1, 1.4::decimal(3, 1) = 1.4 from n0",
        ),
        [(True, True, True)],
    ),
    Behaviour(
        "TRY_CAST gives NULL for what a cast refuses",
        "r_TRY_CAST",
        ("select try_cast('2026-13-01' as timestamptz), try_cast('x' as bigint), try_cast('7' as bigint)",),
        [(None, None, 7)],
    ),
    # ---------------------------------------------------------------- statements
    Behaviour(
        "a VALUES list is no table", "c_unsupported-postgresql-features", ("select * from (values (1)) as v",), "VALUES"
    ),
    Behaviour(
        "UNNEST WITH ORDINALITY is refused",
        "c_unsupported-postgresql-features",
        (f"select 1 {FROM_DOC} cross join unnest(t.doc) with ordinality as u(a, b)",),
        "UNNEST",
    ),
    Behaviour(
        "LATERAL is refused",
        "c_unsupported-postgresql-features",
        ("select 1 from (select 1 as a) as t cross join lateral (select t.a) as u",),
        "LATERAL",
    ),
    Behaviour(
        "DISTINCT ON is refused",
        "c_unsupported-postgresql-features",
        ("select distinct on (a) a from (select 1 as a) as t",),
        "DISTINCT ON",
    ),
    Behaviour("arrays are refused", "c_unsupported-postgresql-datatypes", ("select array[1, 2]",), "ARRAY"),
    Behaviour("the type json is refused", "c_unsupported-postgresql-datatypes", ("select cast('{}' as json)",), "JSON"),
    Behaviour(
        "leader-node functions are refused on tables",
        "c_SQL_functions_leader_node_only",
        ("create temporary table t4 (a int)", "select now() from t4"),
        "leader node",
    ),
    Behaviour(
        "CURRENT_TIMESTAMP is refused on tables",
        "c_SQL_functions_leader_node_only",
        ("create temporary table t5 (a int)", "select current_timestamp from t5"),
        "leader node",
    ),
    Behaviour(
        "a function that is not in the guide is refused",
        "c_SQL_functions",
        ("select jsonb_build_object('a', 1)",),
        "not in the Redshift guide",
    ),
    Behaviour(
        "STRING_AGG is refused", "c_unsupported-postgresql-functions", ("select string_agg('a', ',')",), "string_agg"
    ),
    Behaviour(
        "an aggregate as window function with ORDER BY needs a frame",
        "c_Window_functions",
        ("select sum(a) over (order by a) from (select 1 as a) as t",),
        "frame clause",
    ),
    Behaviour(
        "keys are information and not enforced",
        "t_Defining_constraints",
        (
            "create temporary table t6 (a int primary key, b int unique)",
            "insert into t6 values (1, 2), (1, 2)",
            "select count(*) from t6",
        ),
        [(2,)],
    ),
    Behaviour(
        "NOT NULL is enforced",
        "t_Defining_constraints",
        ("create temporary table t7 (a int not null)", "insert into t7 values (null)"),
        "null value",
    ),
    Behaviour(
        "MERGE takes a table as its source, no query",
        "r_MERGE",
        (
            "create temporary table t8 (a int)",
            """merge into t8 using (select 1 as a) as s on t8.a = s.a
               when matched then update set a = 1 when not matched then insert (a) values (s.a)""",
        ),
        "the source must be a table",
    ),
    Behaviour(
        "MERGE refuses a source with two rows for one",
        "r_MERGE",
        (
            "create temporary table t9 (a int, b int)",
            "create temporary table s9 (a int, b int)",
            "insert into t9 values (1, 0)",
            "insert into s9 values (1, 1), (1, 2)",
            """merge into t9 using s9 on t9.a = s9.a
               when matched then update set b = s9.b when not matched then insert (a, b) values (s9.a, s9.b)""",
        ),
        "a second time",
    ),
    Behaviour(
        "a subquery of DELETE may name the table that is deleted from",
        "r_DELETE",
        (
            "create temporary table t10 (a int, b int)",
            "insert into t10 values (1, 1), (1, 2)",
            """delete from t10 where not exists (
                   select 1 from (select a, max(b) as b from t10 group by a) as kept
                   where kept.a = t10.a and kept.b = t10.b
               )""",
            "select a, b from t10",
        ),
        [(1, 2)],
    ),
    Behaviour("names fold to lower case", "r_names", ("select 1 as ABC, 2 as abd",), [(1, 2)]),
]


@pytest.mark.parametrize("behaviour", BEHAVIOURS, ids=lambda behaviour: behaviour.says)
def test_the_emulated_redshift_does_as_the_guide_says(behaviour: Behaviour, redshift: Redshift) -> None:
    with redshift.connect() as connection, connection.cursor() as cursor:
        for statement in behaviour.statements[:-1]:
            cursor.execute(statement)
        if isinstance(behaviour.gives, str):
            with pytest.raises(redshift_connector.ProgrammingError) as caught:
                cursor.execute(behaviour.statements[-1])
            assert behaviour.gives in caught.value.args[0]["M"]
        else:
            cursor.execute(behaviour.statements[-1])
            assert [tuple(row) for row in cursor.fetchall()] == behaviour.gives


def test_alter_user_makes_later_connections_case_sensitive(redshift: Redshift) -> None:
    sees = 'select t.doc."aB" is not null from (select json_parse(\'{"aB": 1}\') as doc) as t'
    with redshift.connect("administrator") as connection, connection.cursor() as cursor:
        cursor.execute(sees)
        assert cursor.fetchone()[0] is False
        cursor.execute("alter user administrator set enable_case_sensitive_identifier to true")
    with redshift.connect("administrator") as connection, connection.cursor() as cursor:
        cursor.execute(sees)
        assert cursor.fetchone()[0] is True
        cursor.execute("alter user administrator set enable_case_sensitive_identifier to false")
