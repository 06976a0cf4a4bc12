"""What the Redshift guide says of SUPER, for test_redshift_behaviour.py."""

from __future__ import annotations

from behaviour import Behaviour

DOC = """json_parse('{"aB": {"c": ["x", {"d": 1}]}, "n": 12.5, "t": true, "z": null, "list": [], "ses:tag": "v"}')"""
FROM_DOC = f"from (select {DOC} as doc) as t"

SUPER = [
    Behaviour(
        "navigation takes attributes and positions from 0",
        "query-super",
        (
            f"""select cast(t.doc."aB"."c"[0] as varchar(9)), cast(t.doc."aB"."c"[1]."d" as bigint),
                    cast(doc."ses:tag" as varchar(9)) {FROM_DOC}""",
        ),
        [("x", 1, "v")],
    ),
    Behaviour(
        "navigation is lax: what is missing or of another shape is NULL",
        "query-super",
        (
            f"""select t.doc."none"."deeper" is null, t.doc."n"."a" is null, t.doc."aB"[0] is null,
                    t.doc."aB"."c"[7] is null, t.doc."ses:tag"[0] is null {FROM_DOC}""",
        ),
        [(True, True, True, True, True)],
    ),
    Behaviour(
        "casts out of SUPER are lax: another type is NULL, no error",
        "query-super",
        (
            f"""select cast(t.doc."aB" as varchar(9)), cast(t.doc."ses:tag" as bigint),
                    cast(t.doc."ses:tag" as timestamptz) {FROM_DOC}""",
        ),
        [(None, None, None)],
    ),
    Behaviour(
        "FROM iterates an array; AT gives the position, from 0",
        "query-super",
        (f'select i, cast(x as varchar(9)), cast(x."d" as bigint) {FROM_DOC}, t.doc."aB"."c" as x at i order by i',),
        [(0, "x", None), (1, None, 1)],
    ),
    Behaviour(
        "FROM over an empty or missing array gives no row",
        "query-super",
        (f'select 1 {FROM_DOC}, t.doc."list" as x union all select 2 {FROM_DOC}, t.doc."none" as x',),
        [],
    ),
    Behaviour(
        "LEFT JOIN of an empty array keeps the row",
        "limitations-super (inferred: it excludes right and full joins alone, and no page shows this one)",
        (
            f"""select cast(t.doc."ses:tag" as varchar(9)), x is null, i
                {FROM_DOC} left join t.doc."list" as x at i on true""",
        ),
        [("v", True, None)],
    ),
    Behaviour(
        "RIGHT JOIN of a SUPER value is refused",
        "limitations-super",
        (f'select 1 {FROM_DOC} right join t.doc."list" as x on true',),
        "RIGHT JOIN",
    ),
    Behaviour(
        "FULL JOIN of a SUPER value is refused",
        "limitations-super",
        (f'select 1 {FROM_DOC} full join t.doc."list" as x on true',),
        "FULL JOIN",
    ),
    Behaviour(
        "a SUPER column is no sort key",
        "limitations-super",
        ("create table super_sorted (a int, doc super) sortkey (a, doc)",),
        "SUPER cannot be",
    ),
    Behaviour(
        "a SUPER column is no distribution key",
        "limitations-super",
        ("create table super_distributed (a int, doc super) diststyle key distkey (doc)",),
        "SUPER cannot be",
    ),
    Behaviour(
        "a position in a path of the FROM clause is refused by sqlglot, not by Redshift",
        "query-super",
        (f'select k, cast(v as bigint) {FROM_DOC}, unpivot t.doc."aB"."c"[1] as v at k',),
        "syntax",  # so the project does without
    ),
    Behaviour(
        "UNPIVOT iterates an object's attributes as they are written",
        "query-super",
        (
            """select k, cast(v as bigint)
               from (select json_parse('{"aB": 1, "ses:x": 2}') as doc) as t, unpivot t.doc as v at k order by 2""",
        ),
        [("aB", 1), ("ses:x", 2)],
    ),
    Behaviour(
        "without enable_case_sensitive_identifier a quoted attribute is folded, so it is silently NULL",
        "super-configurations",
        (
            "set enable_case_sensitive_identifier to false",
            f'select t.doc."aB" is null, t.doc."ses:tag" is null {FROM_DOC}',
        ),
        [(True, False)],
    ),
    Behaviour(
        "JSON_PARSE refuses an object that says an attribute twice",
        "super-configurations",
        ("""select json_parse('{"a": 1, "a": 2}')""",),
        "JSON_PARSE",
    ),
    Behaviour(
        "CAN_JSON_PARSE tells it beforehand",
        "r_can_json_parse",
        (
            """select can_json_parse('{"a": 1}'), can_json_parse('{"a": 1'), can_json_parse('[] x'),
                      can_json_parse('{"a": 1, "a": 2}'), can_json_parse(null)""",
        ),
        [(True, False, False, False, None)],
    ),
    Behaviour(
        "JSON_TYPEOF names six kinds",
        "r_json_typeof",
        (
            f"""select json_typeof(t.doc), json_typeof(t.doc."list"), json_typeof(t.doc."ses:tag"),
                    json_typeof(t.doc."n"), json_typeof(t.doc."t"), json_typeof(t.doc."z"),
                    json_typeof(t.doc."none") {FROM_DOC}""",
        ),
        [("object", "array", "string", "number", "boolean", "null", None)],
    ),
    Behaviour(
        "JSON_SERIALIZE writes no blanks, and null for NULL; JSON_SIZE is its bytes",
        "r_json_size",
        ("""select json_serialize(json_parse('["é", 1]')), json_serialize(null), json_size(json_parse('["é"]'))""",),
        [('["é",1]', "null", 6)],
    ),
    Behaviour(
        "JSON_SERIALIZE writes no more than a varchar holds",
        "JSON_SERIALIZE",
        ("select json_serialize(json_parse('[' || repeat('1,', 40000) || '1]'))",),
        "longer than a varchar",
    ),
]
