"""The refusals that the compiled statements are held to do find what they look for."""

from __future__ import annotations

import pytest
from refusals import refusals

REFUSED = [
    ("redshift", "select n from (values (1), (2)) as numbers (n)", "values"),
    ("redshift", "select u.x from t, unnest(t.list) with ordinality as u (x, n)", "unnest"),
    ("redshift", "select x from t cross join lateral (select t.n as x) as u", "lateral"),
    ("redshift", "select x from generate_series(1, 3) as x", "a function as a table"),
    ("redshift", "select x from t left join get_list(t.doc) as x on true", "a function as a table"),
    ("redshift", "select t.n from t right join s on t.n = s.n", "right join"),
    ("redshift", "select t.n from t full join s on t.n = s.n", "full join"),
    ("redshift", "select count(*) filter (where n > 1) as many from t", "filter"),
    ("redshift", "select cast(n as varchar) as n from t", "without a width"),
    ("redshift", "select n::text as n from t", "TEXT"),
    ("redshift", "create table t (n string)", "TEXT"),
    ("redshift", "select cast(n as double) as n from t", "double without precision"),
    ("redshift", "select n, now() as at from t", "now"),
    ("redshift", "select n, current_timestamp as at from t", "leader node"),
    ("redshift", "select n, json_extract_path_text(n, 'a') as a from t", "json_extract_path_text"),
    ("redshift", "select n as tag from t", "reserved"),
    ("redshift", "select open from t", "reserved"),
    ("redshift", "select sum(n) over (partition by m order by n) as total from t", "without a frame"),
    ("redshift", r"select n from t where n ~ '\d'", "backslash"),
    ("redshift", "select count(distinct n) over (partition by m) as many from t", "distinct in a window"),
    ("redshift", "select n / m as part from t", "division of integers"),
    ("redshift", "unload ('select 1') to 's3://example-bucket/'", "nothing here can read"),
    ("athena", "select n / m as part from t", "division of integers"),
    ("athena", "select cast(n as string) as n from t", "TEXT"),
    ("athena", "select uuid() as n from t", "uuid"),
    ("athena", "select json_value(doc, '$.a') as a from t", "json_value"),
    ("athena", f"select '{'x' * 262_144}' as n", "bytes"),
]


@pytest.mark.parametrize(
    ("engine", "sql", "reason"), REFUSED, ids=[f"{engine} {sql[:60]}" for engine, sql, _ in REFUSED]
)
def test_what_an_engine_does_not_take_is_found(engine: str, sql: str, reason: str) -> None:
    assert any(reason in found for found in refusals(engine, sql)), refusals(engine, sql)


TAKEN = [
    ("redshift", 'select s.n, cast(x."aB" as varchar(64)) as b from t as s left join s.list as x at x_at on true'),
    ("redshift", "select key_name, v from (select doc from t) as s, unpivot s.doc as v at key_name"),
    ("redshift", "select cast(n as double precision) / nullif(m, 0) as part from t where n ~ '^[0-9]+$'"),
    (
        "redshift",
        "select min(n) over (partition by m) as least, row_number() over (order by n desc nulls last) as n from t",
    ),
    ("redshift", "create table if not exists s.t (n varchar(64), doc super)"),
    ("redshift", "create schema if not exists s"),
    ("athena", "create external table s.t (line string) row format serde 'x' location 's3://example-bucket/t/'"),
    ("athena", "select try(cast(json_extract(doc, '$[\"a:b\"]') as array(json))) as list from t"),
    ("athena", "select x from t left join unnest(list) with ordinality as u (x, n) on true"),
]


@pytest.mark.parametrize(("engine", "sql"), TAKEN)
def test_what_an_engine_takes_is_let_pass(engine: str, sql: str) -> None:
    assert refusals(engine, sql) == []
