"""JSON as rows and columns: json_texts.sql, json_fields.sql and the rows of json.sql, in macros/engine/."""

from __future__ import annotations

from promises import Promise, inputs, values

_LONG = "aé中😀" * 4_500

_LISTS: list[str | None] = [
    '{"list": ["x", "y"]}',
    '{"list": []}',
    "{}",
    '{"list": "x"}',
    '{"list": {"k": "x"}}',
    '{"list": null}',
    '{"list": [null, "z"]}',
    '{"list": [{"k": "v"}, ["w"]]}',
    None,
]
_OBJECTS: list[str | None] = [
    '{"map": {"ses:operation": ["SendEmail"], "Team": "Blue", "team": "red", "a.b": ["c"]}}',
    '{"map": {}}',
    '{"map": {"empty": null}}',
    '{"map": ["x"]}',
    '{"map": "x"}',
    '{"map": null}',
    "{}",
    '{"map": {"same": "1", "other": "2", "same": "1"}}',
    None,
]
_DOCUMENTS: list[str | None] = [
    '{"a": 1, "ses:b": "x"}',
    '{"a": -2.5, "ses:b": "y"}',
    '{"a": null, "c": {"d": [1]}}',
    '{"empty": {}, "f": true, "g": [], "h": [1, "x"]}',
    '"text"',
    '["list", {"a": 1}]',
    "no JSON",
    None,
]


def _part(texts: list[str | None], key: str) -> str:
    return (
        inputs(texts).rstrip()
        + f",\n\nparts as (select n, {{{{ json_doc('doc', ['{key}']) }}}} as part from input),\n\n"
    )


JSON_ROWS = [
    Promise(
        "json_each gives a row per element with its position, and one empty row for what is no list",
        _part(_LISTS, "list")
        + "elements as ({{ json_each('parts', ['n'], 'part', 'element') }})\n"
        + "select n, element_position, {{ json_text('element', []) }} as element_text,"
        + " {{ json_text('element', ['k']) }} as element_k, {{ json_text('element', [0]) }} as element_0 from elements",
        [
            (0, 0, "x", None, None),
            (0, 1, "y", None, None),
            (1, None, None, None, None),
            (2, None, None, None, None),
            (3, None, None, None, None),
            (4, None, None, None, None),
            (5, None, None, None, None),
            (6, 0, None, None, None),
            (6, 1, "z", None, None),
            (7, 0, None, "v", None),
            (7, 1, None, None, "w"),
            (8, None, None, None, None),
        ],
    ),
    Promise(
        "json_keys_each gives a row per key as it is written, and none for what is no object",
        _part(_OBJECTS, "map")
        + "entries as ({{ json_keys_each('parts', ['n'], 'part', 'key_name', 'key_value') }})\n"
        + "select n, key_name, {{ json_kind('key_value') }} as kind, {{ json_text('key_value', []) }} as plain,"
        + " {{ json_text('key_value', [0]) }} as first from entries where n <> 7",
        [
            (0, "ses:operation", "array", None, "SendEmail"),
            (0, "Team", "string", "Blue", None),
            (0, "team", "string", "red", None),
            (0, "a.b", "array", None, "c"),
            (2, "empty", "null", None, None),
        ],
    ),
    Promise(
        "an object that says a key twice disturbs no other",
        _part(_OBJECTS, "map")
        + "entries as ({{ json_keys_each('parts', ['n'], 'part', 'key_name', 'key_value') }})\n"
        + "select count(distinct n) as objects from entries where n in (0, 2)",
        [(2,)],
    ),
    Promise(
        "json_texts adds a column for each path, as json_text gives it",
        inputs(
            [
                '{"a": "x", "b": [{"c:d": true}]}',
                '{"a": {"b": 1}, "b": [7]}',
                '{"a": null}',
                "no JSON",
                None,
                '{"a": "' + _LONG + '"}',
            ]
        ).rstrip()
        + ",\n\nread as (\n"
        + "{{ json_texts('input', 'doc', {'a_text': ['a'], 'b_0_cd': ['b', 0, 'c:d'], 'b_0': ['b', 0]}) }}\n)\n"
        + "select n, a_text, b_0_cd, b_0, {{ json_kind('doc') }} as kind from read where coalesce(b_0, '7') = '7'",
        [
            (0, "x", "true", None, "object"),
            (1, None, None, "7", "object"),
            (2, None, None, None, "object"),
            (3, None, None, None, None),
            (4, None, None, None, None),
            (5, _LONG[:16_383], None, None, "object"),
        ],
    ),
    Promise(
        "json_texts reads what begins like an object, and what ends in blanks, as json_text does",
        inputs(['{"a": "{not json"}', '{"a": "[x] "}', '{"a": ["x"]}', '{"a": " "}', '{"a": ""}']).rstrip()
        + ",\n\nread as (\n{{ json_texts('input', 'doc', {'a_text': ['a']}) }}\n)\nselect n, a_text from read",
        [(0, "{not json"), (1, "[x]"), (2, None), (3, ""), (4, "")],
    ),
    Promise(
        "json_strings adds a column for each path: the string there, no number and no boolean; scalars as json_text",
        inputs(
            [
                '{"a": "7", "b": {"c": 7}}',
                '{"a": 7, "b": {"c": true}}',
                '{"a": "-1.5e3", "b": {"c": "x"}}',
                '{"a": -1.5e3, "b": {"c": null}}',
                '{"a": true, "b": {"c": []}}',
                '{"a": "false", "b": {}}',
                '{"a": "5.1.1"}',
                '{"a": {"d": 1}}',
                '{"a": "{not json"}',
                '{"a": "[x] "}',
                '{"a": ["x"]}',
                '{"a": ""}',
                '{"a": null}',
                "{}",
                "no JSON",
                None,
                '{"a": "' + _LONG + '"}',
            ]
        ).rstrip()
        + ",\n\nread as (\n{{ json_strings('input', 'doc', {'a_text': ['a']}, scalars={'c_text': ['b', 'c']}) }}\n)\n"
        + "select n, a_text, c_text from read",
        [
            (0, "7", "7"),
            (1, None, "true"),
            (2, "-1.5e3", "x"),
            (3, None, None),
            (4, None, None),
            (5, "false", None),
            (6, "5.1.1", None),
            (7, None, None),
            (8, "{not json", None),
            (9, "[x]", None),
            (10, None, None),
            (11, "", None),
            *((n, None, None) for n in range(12, 16)),
            (16, _LONG[:16_383], None),
        ],
    ),
    values(
        "json_string is the string at the path, and NULL for anything else",
        "json_string('doc', ['a'])",
        [
            ('{"a": "7"}', "7"),
            ('{"a": "true"}', "true"),
            ('{"a": ""}', ""),
            ('{"a": 7}', None),
            ('{"a": true}', None),
            ('{"a": null}', None),
            ('{"a": ["x"]}', None),
            ("{}", None),
            (None, None),
        ],
    ),
    values(
        "json_beyond_ascii is true for every document that may have characters beyond ASCII",
        "json_beyond_ascii(json_stored('doc'))",
        [
            ('["a@example.com"]', False),
            ('["a@müller.example"]', True),
            (r'["a@m\u00fcller.example"]', True),
            (r'["two\nlines \"quoted\""]', False),
            ("[]", False),
            (None, False),
        ],
    ),
    Promise(
        "json_docs adds a column for each path, as json_doc gives it",
        inputs(['{"a": {"b": [1, "x"]}, "c": "y"}', '{"a": null}', "{}", "no JSON", None]).rstrip()
        + ",\n\nread as (\n{{ json_docs('input', 'doc', {'a_doc': ['a'], 'b_doc': ['a', 'b']}) }}\n)\n"
        + "select n, {{ json_kind('a_doc') }} as a_kind, {{ json_kind('b_doc') }} as b_kind,"
        + " {{ json_text('b_doc', [1]) }} as b_1 from read",
        [(0, "object", "array", "x"), (1, "null", None, None), *((n, None, None, None) for n in (2, 3, 4))],
    ),
    Promise(
        "json_fields counts the keys of the objects in each column, by the kind of their value",
        inputs(_DOCUMENTS).rstrip()
        + ",\n\nkept as (select 'k' as kept, doc, {{ json_doc('doc', ['c']) }} as inner_doc from input),\n\n"
        + "fields as (\n{{ json_fields('kept', ['kept'], {'outer': 'doc', 'outer.c': 'inner_doc'}) }}\n)\n\n"
        + "select kept, parent, field, kind, events from fields",
        [
            ("k", "outer", "a", "number", 2),
            ("k", "outer", "a", "null", 1),
            ("k", "outer", "ses:b", "string", 2),
            ("k", "outer", "c", "object", 1),
            ("k", "outer.c", "d", "array", 1),
            ("k", "outer", "empty", "object", 1),
            ("k", "outer", "f", "boolean", 1),
            ("k", "outer", "g", "array", 1),
            ("k", "outer", "h", "array", 1),
        ],
    ),
]
