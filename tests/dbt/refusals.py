"""What an engine refuses, or reads otherwise than it looks, found in the text of a statement.

Grammars let all of this pass. Sources: Amazon Redshift Database Developer Guide ("Unsupported PostgreSQL features",
"SQL functions supported on the leader node", "Limitations" of SUPER, "Reserved words", "Window functions"); Amazon
Athena User Guide ("Service quotas", "Functions in Amazon Athena", which names Trino's documentation).
"""

from __future__ import annotations

import re
from collections.abc import Iterator

import sqlglot
from sqlglot import exp
from sqlglot.tokens import TokenType


def _words(text: str) -> set[str]:
    return set(text.split())


# Functions that were looked up in the engine's own guide. A new one is added after the same.
FUNCTIONS = {
    "athena": _words(
        """
        array_agg array_join at_timezone ceil chr coalesce codepoint count date_add date_diff date_trunc element_at exp
        floor from_iso8601_timestamp from_unixtime greatest json_array_length json_extract json_extract_scalar
        json_format json_parse lag least length ln lower max md5 min mod nullif regexp_count regexp_extract
        regexp_extract_all regexp_like regexp_replace replace round row_number rpad split_part strpos substr sum to_hex
        to_unixtime to_utf8 translate trim try upper with_timezone
        """
    ),
    "redshift": _words(
        """
        ascii can_json_parse ceil chr coalesce convert_timezone count date_trunc dateadd datediff exp floor
        get_array_length greatest is_array is_boolean is_object json_parse json_serialize json_size json_typeof lag
        least left length listagg ln lower max md5 min mod nullif octet_length regexp_count regexp_replace regexp_substr
        replace round row_number rpad split_part strpos substr sum translate trim trunc try_cast upper
        """
    ),
}

# What stands before a parenthesis and is no function.
OTHER_WORDS = _words(
    """
    all and array as by cast exists from group in join map not on or over select sortkey then timestamp union unnest
    varchar when where with
    """
)

TYPES = {
    "athena": {"VARCHAR", "BIGINT", "INT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "DATE", "JSON", "ARRAY", "MAP"},
    "redshift": {"VARCHAR", "BIGINT", "INT", "DOUBLE", "BOOLEAN", "TIMESTAMP", "TIMESTAMPTZ", "DATE", "SUPER"},
}

# Known to the leader node alone: refused beside a user's table. They are written without parentheses.
LEADER_NODE_ONLY = {"current_schema", "current_time", "current_timestamp", "localtime", "localtimestamp"}

REDSHIFT_RESERVED = _words(
    """
    aes128 aes256 all allowoverwrite analyse analyze and any array as asc authorization az64 backup between binary
    blanksasnull both bytedict bzip2 case cast check collate column constraint create credentials cross current_date
    current_time current_timestamp current_user current_user_id default deferrable deflate defrag delta delta32k desc
    disable distinct do else emptyasnull enable encode encrypt encryption end except explicit false for foreign freeze
    from full globaldict256 globaldict64k grant group gzip having identity ignore ilike in initially inner intersect
    interval into is isnull join leading left like limit localtime localtimestamp lun luns lzo lzop minus mostly16
    mostly32 mostly8 natural new not notnull null nulls off offline offset oid old on only open or order outer overlaps
    parallel partition percent permissions pivot placing primary raw readratio recover references rejectlog resort
    respect restore right select session_user similar snapshot some sysdate system table tag tdes text255 text32k then
    timestamp to top trailing true truncatecolumns union unique unnest unpivot user using verbose wallet when where
    with without
    """
)

# Athena takes external tables as Hive does and tidies Iceberg tables by commands of its own; Redshift by PostgreSQL's.
OUTSIDE = {"athena": ("create external table ", "optimize ", "vacuum "), "redshift": ("vacuum ", "analyze ")}

ATHENA_STATEMENT_BYTES = 262_144


def refusals(engine: str, sql: str) -> list[str]:
    """Why `engine` ("athena" or "redshift") would not take the statement as it is meant; empty when it would.

    Raises:
        sqlglot.errors.SqlglotError: The text is no SQL of that engine.
    """
    if outside_the_grammar(engine, sql):
        return []
    found = [*_in_the_tokens(engine, sql)]
    for statement in sqlglot.parse(sql, dialect=engine):
        for node in statement.walk() if statement else []:
            found.extend(_on_any_engine(engine, node))
            if engine == "redshift":
                found.extend(_on_redshift(node))
    if engine == "athena" and len(sql.encode()) > ATHENA_STATEMENT_BYTES:
        found.append(f"longer than {ATHENA_STATEMENT_BYTES} bytes")
    return sorted(set(found))


def outside_the_grammar(engine: str, sql: str) -> bool:
    """Whether it is one of the few statements that no parser here knows: by their first words, read by eye alone."""
    return sql.lower().startswith(OUTSIDE[engine])


def _in_the_tokens(engine: str, sql: str) -> Iterator[str]:
    tokens = sqlglot.tokenize(sql, dialect=engine)
    texts = ["" if token.token_type == TokenType.IDENTIFIER else token.text.lower() for token in tokens]
    for token, before, word, after in zip(tokens, ["", *texts], texts, [*texts[1:], ""], strict=False):
        if token.token_type == TokenType.STRING:
            written = sql[token.start : token.end + 1]
            if engine == "redshift" and "\\" in written:
                yield f"a backslash in a text is an escape: {written}"
        elif after == "(" and before not in (".", "as") and word not in FUNCTIONS[engine] and word not in OTHER_WORDS:
            if re.fullmatch(r"[a-z_]\w*", word):
                yield f"the function {word}: look it up in the engine's guide, and add it to FUNCTIONS"
        elif engine == "redshift" and word == "double" and after != "precision":
            yield "double without precision is no type"
        elif engine == "redshift" and word in LEADER_NODE_ONLY:
            yield f"{word} is known to the leader node alone"


def _on_any_engine(engine: str, node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Command):
        yield f"a statement that nothing here can read: {node.sql()[:80]}"
    elif isinstance(node, exp.DataType) and node.this.name not in TYPES[engine]:
        yield f"the type {node.sql()}"
    elif isinstance(node, exp.Div) and not node.left.is_type("double"):
        yield f"a division of integers drops the fraction: {node.sql()}"
    elif isinstance(node, exp.Window) and node.this.find(exp.Distinct):
        yield f"distinct in a window: {node.sql()[:80]}"


def _on_redshift(node: exp.Expression) -> Iterator[str]:
    if isinstance(node, exp.Values):
        yield "values as a table"
    elif isinstance(node, exp.Unnest | exp.Lateral):
        yield f"{node.key} in from: {node.sql()[:80]}"
    elif isinstance(node, exp.Table) and isinstance(node.this, exp.Func):
        yield f"a function as a table: {node.sql()[:80]}"
    elif isinstance(node, exp.Join) and node.side in ("RIGHT", "FULL"):
        yield f"a {node.side.lower()} join, which SUPER may not stand in"
    elif isinstance(node, exp.Filter):
        yield f"filter: {node.sql()[:80]}"
    elif isinstance(node, exp.DataType) and node.this.name == "VARCHAR" and not node.expressions:
        yield "varchar without a width is 256 bytes"
    elif (
        isinstance(node, exp.Window)
        and isinstance(node.this, exp.AggFunc)
        and not isinstance(node.this, exp.Lag)
        and node.args.get("order")
        and not node.args.get("spec")
    ):
        yield f"an aggregate over an order without a frame: {node.sql()[:80]}"
    elif isinstance(node, exp.Identifier) and not node.quoted and node.name.lower() in REDSHIFT_RESERVED:
        yield f"the name {node.name} is a reserved word"
