"""From a statement as Athena takes it to what Trino and Glue carry out, with the refusals that are Athena's own.

Most of a statement is Trino's SQL already and passes unchanged. What differs: Hive DDL (hive_ddl.py), the properties
of CREATE TABLE AS, what Glue keeps of a view, OPTIMIZE and VACUUM.
"""

from __future__ import annotations

import base64
import json
import re
from dataclasses import dataclass
from urllib.parse import urlsplit

from botocore.client import BaseClient
from sqlglot import Dialect
from sqlglot.tokens import Token, TokenType

from .hive_ddl import HiveDdl, is_iceberg, table_input
from .trino_client import Answer, QueryFailed, TrinoClient

# Properties of Athena's CREATE TABLE AS that Trino does not have, and that change no result.
ONLY_ATHENA = re.compile(r"table_type|is_external|write_compression|(optimize|vacuum)_\w+")
HIVE_TYPES = {"varchar": "string", "integer": "int", "real": "float", "varbinary": "binary"}


@dataclass(frozen=True)
class Result:
    """`kind` is Athena's StatementType: DML has columns and rows, or a count of rows changed; DDL has neither."""

    kind: str
    answer: Answer


class Statements:
    def __init__(self, trino: TrinoClient, glue: BaseClient, s3: BaseClient) -> None:
        self._trino = trino
        self._glue = glue
        self._s3 = s3
        self._hive_ddl = HiveDdl(glue, trino)

    def run(self, sql: str, database: str) -> Result:
        """Carry out one statement.

        Raises:
            QueryFailed: It was refused, with Athena's code.
        """
        tokens = [token for token in _tokens(sql) if token.token_type != TokenType.SEMICOLON]
        if not tokens:
            raise QueryFailed("SYNTAX_ERROR", "line 1:1: The statement is empty")
        sql, offset = sql[tokens[0].start : tokens[-1].end + 1], tokens[0].start
        match [token.text.upper() for token in tokens[:4]]:
            case ["CREATE", "TABLE", *_] if _word(tokens, "AS"):
                return Result("DML", self._create_table_as(sql, offset, tokens, database))
            case ["CREATE", "VIEW", *_] | ["CREATE", "OR", "REPLACE", "VIEW"]:
                self._create_view(sql, tokens, database)
                return Result("DDL", Answer())
            case ["CREATE" | "ALTER" | "DROP", *_]:
                self._hive_ddl.run(sql, database)
                return Result("DDL", Answer())
            case ["OPTIMIZE" | "VACUUM", *_]:
                return Result("DML", self._maintain(sql, database))
            case ["SHOW" | "DESCRIBE", *_]:
                return Result("DDL", self._trino.run(sql, database))
            case _:
                return Result("DML", self._trino.run(sql, database))

    # ---- create table ... with (...) as select ...

    def _create_table_as(self, sql: str, offset: int, tokens: list[Token], database: str) -> Answer:
        end = _word(tokens, "AS")
        begin = _word(tokens[:end], "WITH")
        head, body = sql[: tokens[begin or end].start - offset], sql[tokens[end].end + 1 - offset :]
        properties = _properties(sql, offset, tokens[begin + 2 : end - 1]) if begin else {}
        schema, table = _name(tokens, 2, database)
        iceberg = properties.get("table_type", "").strip("'").lower() == "iceberg"
        if iceberg and properties.get("is_external", "true").lower() != "false":
            raise QueryFailed("NOT_SUPPORTED", "An Iceberg table needs is_external = false")
        location = properties.get("external_location", "").strip("'")
        if location and self._has_objects(location):
            raise QueryFailed(
                "HIVE_PATH_ALREADY_EXISTS",
                f"Target directory for table '{schema}.{table}' already exists: {location}. You may need to manually"
                " clean the data at this location before retrying. Athena will not delete data in your account.",
            )
        if "format" in properties:
            properties["format"] = properties["format"].upper()
        kept = [f"{name} = {value}" for name, value in properties.items() if not ONLY_ATHENA.fullmatch(name)]
        if iceberg:
            head = f'create table iceberg."{schema}"."{table}"'
        with_properties = f"with ({', '.join(kept)})" if kept else ""
        answer = self._trino.run(f"{head} {with_properties} as {body}", database)
        return Answer(update_count=answer.rows[0][0] if answer.rows else 0, stats=answer.stats)

    def _has_objects(self, location: str) -> bool:
        place = urlsplit(location)
        prefix = place.path.strip("/") + "/"
        return self._s3.list_objects_v2(Bucket=place.netloc, Prefix=prefix, MaxKeys=1)["KeyCount"] > 0

    # ---- views

    def _create_view(self, sql: str, tokens: list[Token], database: str) -> None:
        schema, view = _name(tokens, _word(tokens, "VIEW") + 1, database)
        self._trino.run(sql, database)
        # Athena keeps a view's columns in Glue, where clients read them; Trino keeps one that it calls `dummy`
        made = table_input(self._glue.get_table(DatabaseName=schema, Name=view)["Table"])
        definition = base64.b64decode(made["ViewOriginalText"].removeprefix("/* Presto View: ").removesuffix(" */"))
        made["StorageDescriptor"]["Columns"] = [
            {"Name": column["name"], "Type": _hive_type(column["type"])} for column in json.loads(definition)["columns"]
        ]
        self._glue.update_table(DatabaseName=schema, TableInput=made)

    # ---- optimize, vacuum

    def _maintain(self, sql: str, database: str) -> Answer:
        found = re.fullmatch(
            r"(?i)(?:optimize\s+(\S+)\s+rewrite\s+data\s+using\s+bin_pack(\s+where\s.*)?|vacuum\s+(\S+))",
            sql,
            re.DOTALL,
        )
        if not found:
            raise QueryFailed(
                "SYNTAX_ERROR", f"line 1:1: neither OPTIMIZE t REWRITE DATA USING BIN_PACK nor VACUUM t: {sql[:200]}"
            )
        *schema, table = (found[1] or found[3]).split(".")
        schema = schema[-1] if schema else database
        if not is_iceberg(self._glue.get_table(DatabaseName=schema, Name=table)["Table"]):
            raise QueryFailed("NOT_SUPPORTED", f"{schema}.{table} is no Iceberg table")
        alter = f'alter table iceberg."{schema}"."{table}" execute '
        if found[1]:
            return self._optimize(alter + "optimize" + (found[2] or ""), database)
        # what `vacuum_max_snapshot_age_seconds` is unless a table says otherwise
        return self._trino.run(alter + "expire_snapshots(retention_threshold => '5d')", database)

    def _optimize(self, sql: str, database: str) -> Answer:
        try:
            return self._trino.run(sql, database)
        except QueryFailed as error:
            if "TOO_MANY_OPEN_PARTITIONS" not in str(error):
                raise
            # Athena keeps the first 100; here nothing is kept
            raise QueryFailed(
                "ICEBERG_OPTIMIZE_MORE_RUNS_NEEDED",
                "Processed 100 partitions in this round of optimization, but there are more partitions remaining.",
            ) from error


def _tokens(sql: str) -> list[Token]:
    return Dialect.get_or_raise("trino").tokenize(sql)


def _word(tokens: list[Token], word: str) -> int:
    """The place of the first such word outside of parentheses and brackets; 0 when there is none."""
    depth = 0
    for number, token in enumerate(tokens):
        depth += (token.text in ("(", "[")) - (token.text in (")", "]"))
        if depth == 0 and token.text.upper() == word:
            return number
    return 0


def _name(tokens: list[Token], at: int, database: str) -> tuple[str, str]:
    """Schema and table of the name that begins at this token, after IF NOT EXISTS."""
    if tokens[at].text.upper() == "IF":
        at += 3
    parts = [tokens[at].text]
    while tokens[at + 1].text == ".":
        at += 2
        parts.append(tokens[at].text)
    return (parts[-2] if len(parts) > 1 else database), parts[-1]


def _properties(sql: str, offset: int, tokens: list[Token]) -> dict[str, str]:
    """`name = value, ...`, the values as they are written."""
    found: dict[str, str] = {}
    while tokens:
        end = _word(tokens, ",") or len(tokens)
        found[tokens[0].text.lower()] = sql[tokens[2].start - offset : tokens[end - 1].end + 1 - offset]
        tokens = tokens[end + 1 :]
    return found


def _hive_type(trino_type: str) -> str:
    plain = re.sub(r"^(varchar|timestamp)\(\d+\)$", r"\1", trino_type)
    return HIVE_TYPES.get(plain, plain)
