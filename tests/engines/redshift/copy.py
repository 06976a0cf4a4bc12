"""COPY from S3: the statement, the objects that it names, and their records, as a call of redshift.copied().

Source: Amazon Redshift Database Developer Guide, "COPY", "COPY from JSON format",
"Using a manifest to specify data files".
"""

from __future__ import annotations

import gzip
import json
import tempfile
import zlib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from botocore.exceptions import BotoCoreError, ClientError
from sqlglot.dialects.redshift import Redshift
from sqlglot.tokens import Token, TokenType

from .partiql import Refused


@dataclass
class Copy:
    """What a COPY statement says."""

    table: str
    columns: list[str]
    source: str
    has_credentials: bool = False
    json: str | None = None
    options: set[str] = field(default_factory=set)
    delimiter: str = "|"


WIDEST_TEXT = 65_535
MAX_ROW_BYTES = 4 * 1024 * 1024

# Options without a value.
FLAGS = ("GZIP", "MANIFEST", "TRUNCATECOLUMNS", "ACCEPTINVCHARS", "IGNOREBLANKLINES")


def copy_statement(sql: str, s3: Any, folder: Path) -> str:
    """Read the objects by `s3` (boto3's client) and write their records to a file in `folder`; the statement for that.

    Raises:
        Refused: An option that is not known here, or what COPY says when an object is missing or cannot be read.
    """
    copy = _parsed(sql)
    if not copy.has_credentials:
        raise Refused("COPY needs IAM_ROLE")
    objects = _Objects(s3, copy)
    records = [record for url in objects.urls() for record in _records(copy, objects.content(url))]
    with tempfile.NamedTemporaryFile("w", dir=folder, suffix=".json", delete=False, encoding="utf-8") as file:
        # PostgreSQL's text holds no NUL; Redshift's does
        file.write(json.dumps(records, ensure_ascii=False).replace("\\u0000", "?"))
    Path(file.name).chmod(0o644)
    columns = ", ".join(_literal(column) for column in copy.columns)
    truncated = str("TRUNCATECOLUMNS" in copy.options).lower()
    arguments = f"{_literal(copy.table)}::regclass, array[{columns}], {_literal(file.name)}, {truncated}"
    return f"select redshift.copied({arguments})"


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


# ---------------------------------------------------------------- the statement


class _Tokens:
    def __init__(self, sql: str) -> None:
        self.left: list[Token] = list(reversed(Redshift().tokenize(sql)))

    def word(self) -> str:
        return self.left.pop().text

    def next_is(self, *words: str) -> bool:
        """Whether these words come next; they are taken then."""
        if [token.text.upper() for token in reversed(self.left[-len(words) :])] != list(words):
            return False
        del self.left[-len(words) :]
        return True

    def text(self) -> str:
        token = self.left.pop()
        if token.token_type != TokenType.STRING:
            raise Refused(f"COPY: expected text in quotes, found {token.text}")
        return token.text


def _parsed(sql: str) -> Copy:
    tokens = _Tokens(sql)
    tokens.word()  # COPY
    table = tokens.word()
    while tokens.next_is("."):
        table += "." + tokens.word()
    columns: list[str] = []
    if tokens.next_is("("):
        while not tokens.next_is(")"):
            columns.append(tokens.word())
            tokens.next_is(",")
    if not columns:
        raise Refused("COPY: the harness wants the columns named")
    if not tokens.next_is("FROM"):
        raise Refused("COPY: expected FROM")
    copy = Copy(table, columns, tokens.text())
    while tokens.left:
        _take_option(copy, tokens)
    return copy


def _take_option(copy: Copy, tokens: _Tokens) -> None:
    if tokens.next_is("IAM_ROLE"):
        if not tokens.next_is("DEFAULT"):
            tokens.text()
        copy.has_credentials = True
    elif tokens.next_is("FORMAT") or tokens.next_is("JSON"):
        tokens.next_is("AS")
        tokens.next_is("JSON")
        tokens.next_is("AS")
        copy.json = tokens.text()
    elif tokens.next_is("DELIMITER"):
        tokens.next_is("AS")
        copy.delimiter = _delimiter(tokens.text())
    elif tokens.next_is("COMPUPDATE") or tokens.next_is("STATUPDATE"):
        if not tokens.next_is("OFF"):
            raise Refused("COPY: the harness knows COMPUPDATE OFF and STATUPDATE OFF")
    else:
        word = tokens.word().upper()
        if word not in FLAGS:
            raise Refused(f"COPY: the harness does not know {word}")
        copy.options.add(word)


def _delimiter(text: str) -> str:
    """One ASCII character; characters that do not print are written in octal, as '\\001'."""
    character = chr(int(text[1:], 8)) if text.startswith("\\") and text[1:].isdigit() else text
    if len(character) != 1 or ord(character) > 127:
        raise Refused(f"COPY: the delimiter {text!r} is no single ASCII character")
    return character


# ---------------------------------------------------------------- the objects


class _Objects:
    """What a COPY statement reads."""

    def __init__(self, s3: Any, copy: Copy) -> None:
        self.s3 = s3
        self.copy = copy

    def urls(self) -> list[str]:
        """Without MANIFEST, the source is a prefix of keys, not a key."""
        if "MANIFEST" in self.copy.options:
            return [entry["url"] for entry in json.loads(self._get(self.copy.source))["entries"]]
        bucket, _, prefix = self.copy.source.removeprefix("s3://").partition("/")
        pages = self.s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix)
        found = [f"s3://{bucket}/{entry['Key']}" for page in pages for entry in page.get("Contents", [])]
        if not found:
            raise Refused(f"The specified S3 prefix '{prefix}' does not exist")
        return found

    def content(self, url: str) -> bytes:
        content = self._get(url)
        if "GZIP" not in self.copy.options:
            return content
        try:
            return gzip.decompress(content)
        except (OSError, EOFError, zlib.error) as error:
            raise _load_error(self.copy, f"{url}: {error}") from error

    def _get(self, url: str) -> bytes:
        bucket, _, key = url.removeprefix("s3://").partition("/")
        try:
            body: bytes = self.s3.get_object(Bucket=bucket, Key=key)["Body"].read()
        except (BotoCoreError, ClientError) as error:
            raise Refused(f"S3ServiceException: {error} ({url})") from error
        return body


def _load_error(copy: Copy, reason: str) -> Refused:
    return Refused(
        f"Load into table '{copy.table}' failed.  Check 'stl_load_errors' system table for details. ({reason})"
    )


# ---------------------------------------------------------------- the records


def _records(copy: Copy, content: bytes) -> list[list[Any]]:
    text = _text(copy, content)
    if copy.json is None:
        return _delimited(copy, text)
    documents = _documents(copy, text)
    if copy.json == "noshred" and len(copy.columns) == 1:
        return [[document] for document in documents]
    if copy.json == "auto":
        return [_shredded(copy, document) for document in documents]
    raise Refused("COPY: the harness knows FORMAT JSON 'auto', and 'noshred' into one column of SUPER")


def _shredded(copy: Copy, document: Any) -> list[Any]:
    """The values of the attributes named as the columns are; a missing one is NULL."""
    if not isinstance(document, dict):
        raise _load_error(copy, "an array needs a JSONPaths file")
    if None in document.values():
        raise Refused("COPY: the guide does not say what null becomes in a SUPER column")
    return [document.get(column) for column in copy.columns]


def _text(copy: Copy, content: bytes) -> str:
    """The content as text. ACCEPTINVCHARS puts a question mark in the place of each invalid byte."""
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError as error:
        if "ACCEPTINVCHARS" not in copy.options:
            raise _load_error(copy, "String contains invalid or unsupported UTF8 codepoints") from error
        marked = content.decode("utf-8", errors="surrogateescape")
        return "".join("?" if "\udc80" <= character <= "\udcff" else character for character in marked)


def _delimited(copy: Copy, text: str) -> list[list[Any]]:
    lines = text.split("\n")
    if lines[-1] == "":
        lines.pop()
    records = []
    for line in lines:
        if line == "" and "IGNOREBLANKLINES" in copy.options:
            continue
        if len(line.encode()) > MAX_ROW_BYTES:
            raise _load_error(copy, "the row is larger than 4 MB")
        values = line.split(copy.delimiter)
        if len(values) != len(copy.columns):
            raise _load_error(
                copy, "Extra column(s) found" if len(values) > len(copy.columns) else "Delimiter not found"
            )
        records.append([None if value == "\\N" else value for value in values])
    return records


def _documents(copy: Copy, text: str) -> list[Any]:
    """Objects and arrays, with white space alone around them."""
    decoder, found, at = json.JSONDecoder(object_pairs_hook=_distinct), [], 0
    while text[at:].strip():
        while text[at].isspace():
            at += 1
        try:
            if text[at] not in "{[":
                raise _load_error(copy, f"Invalid JSON: neither an object nor an array: {text[at : at + 40]}")
            document, end = decoder.raw_decode(text, at)
        except json.JSONDecodeError as error:
            raise _load_error(copy, f"Invalid value: {error}") from error
        if len(text[at:end].encode()) > MAX_ROW_BYTES:
            raise _load_error(copy, "the object is larger than 4 MB")
        if _longest_text(document) > WIDEST_TEXT:
            raise _load_error(copy, f"a text is longer than {WIDEST_TEXT} bytes")
        found.append(document)
        at = end
    return found


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    if len(dict(pairs)) < len(pairs):
        raise Refused("COPY: the guide does not say what becomes of an attribute that is said twice")
    return dict(pairs)


def _longest_text(value: Any) -> int:
    if isinstance(value, dict):
        return max(map(_longest_text, value.values()), default=0)
    if isinstance(value, list):
        return max(map(_longest_text, value), default=0)
    return len(value.encode()) if isinstance(value, str) else 0
