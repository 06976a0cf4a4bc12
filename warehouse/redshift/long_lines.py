"""Lines that are longer than Redshift's text, or hold carriage returns, in a form in which COPY takes them as they are.

    {"line": "<what fits of the line>", "doc": <the line itself>}      a line that is short, or no JSON, has no `doc`

COPY of text cuts such a line. COPY FORMAT JSON 'auto' puts `line` and `doc` into the columns of these names, and a
SUPER column holds 16 MB. The landed objects themselves cannot be copied as JSON: COPY then knows objects and no lines,
and what comes of those beside a malformed line is not defined.

COPY ends a line at a line feed. DuckDB and Athena end one at a carriage return, too, so such a line is cut there.

Source: Amazon Redshift Database Developer Guide, "Data format parameters" (an object has 4 MB at most),
"enable_large_strings_opt_in" (a text in SUPER has 65,535 bytes at most unless the cluster is set to allow longer ones;
it is cut on all).
"""

from __future__ import annotations

import gzip
import io
import json
import re
import zlib
from dataclasses import dataclass
from typing import Any

WIDEST = 65_535
# Text is cut at a whole character, so what was cut has more than this.
LONGEST_WHOLE = WIDEST - 4
MAX_OBJECT_BYTES = 4 * 1024 * 1024

_TEXT_IN_JSON = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)

# What reading a damaged object raises.
NOT_GZIP = (gzip.BadGzipFile, EOFError, zlib.error)


@dataclass
class LongLines:
    """`content` is for COPY, one object a line; `cut` and `shortened` count the lines that are not whole.

    cut         no JSON, or more than COPY takes: only what fits of the line is there
    shortened   JSON with a text that is longer than Redshift's: that text is cut in the document
    """

    content: bytes
    cut: int
    shortened: int


def long_lines(landed: bytes) -> LongLines:
    """The lines of a landed object (gzip) that have more than LONGEST_WHOLE bytes, or a carriage return inside.

    Raises:
        NOT_GZIP: The object is damaged.
    """
    entries, cut, shortened = [], 0, 0
    with gzip.open(io.BytesIO(landed)) as lines:
        for raw in (piece for line in lines for piece in _pieces(line.removesuffix(b"\n"))):
            text = _as_copied(raw)
            entry = f'{{"line": {json.dumps(_cut(text), ensure_ascii=False)}'
            document = _TEXT_IN_JSON.sub(_fitting, text) if len(raw) > LONGEST_WHOLE and _is_json(text) else None
            if document is not None and len(f"{entry}{document}".encode()) < MAX_OBJECT_BYTES - 100:
                shortened += document != text
                entry += f', "doc": {document}'
            else:
                cut += len(raw) > WIDEST and bool(text.strip(" \t\r"))
            entries.append(entry + "}\n")
    return LongLines("".join(entries).encode(), cut, shortened)


def _pieces(line: bytes) -> list[bytes]:
    pieces = line.rstrip(b"\r").split(b"\r")
    return pieces if len(pieces) > 1 or len(line) > LONGEST_WHOLE else []


def _as_copied(raw: bytes) -> str:
    """As ACCEPTINVCHARS has it: a question mark for each byte that is no UTF-8."""
    return re.sub("[\udc80-\udcff]", "?", raw.decode("utf-8", errors="surrogateescape"))


def _cut(text: str) -> str:
    return text.encode("utf-8", errors="replace")[:WIDEST].decode("utf-8", errors="ignore")


def _fitting(found: re.Match[str]) -> str:
    if len(found[0].encode()) <= WIDEST:
        return found[0]
    text: str = json.loads(found[0])
    fits = _cut(text)
    return found[0] if fits == text else json.dumps(fits, ensure_ascii=False)


def _is_json(text: str) -> bool:
    """By can_json_parse's rules an object with a repeated key is not JSON. How COPY loads `null` is not documented."""
    try:
        return json.loads(text, object_pairs_hook=_distinct, parse_constant=_refused) is not None
    except (ValueError, RecursionError):
        return False


def _distinct(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    document = dict(pairs)
    if len(document) < len(pairs):
        raise ValueError("a key is repeated")
    return document


def _refused(constant: str) -> None:
    raise ValueError(f"{constant} is no JSON")
