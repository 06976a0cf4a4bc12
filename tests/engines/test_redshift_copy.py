"""What the Redshift guide says of COPY, held against the emulated Redshift: each row names the page that says so.

Pages are those of the Amazon Redshift Database Developer Guide (docs.aws.amazon.com/redshift/latest/dg/<page>.html).
"""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest
import redshift_connector
from redshift.server import Redshift
from s3 import S3

pytestmark = pytest.mark.xdist_group("redshift")

BUCKET = "copy-behaviour"
LINES = "copied (line)"
BOTH = "copied (line, doc)"
DOCUMENT = "copied (doc)"


@dataclass(frozen=True)
class Copied:
    """COPY of `content` into `into` with `options`; the columns line and doc of the rows, or an error that says so."""

    says: str
    page: str
    content: bytes
    into: str
    options: str
    gives: list[tuple[Any, ...]] | str


COPIES = [
    Copied(
        "text ends at a line feed, and its last line needs none",
        "copy-parameters-data-format",
        b"a\nb",
        LINES,
        "delimiter '\\001'",
        [("a", None), ("b", None)],
    ),
    Copied(
        "a field too many is an error",
        "r_Load_Error_Reference",
        b"a\x01b\n",
        LINES,
        "delimiter '\\001'",
        "Extra column(s) found",
    ),
    Copied(
        "the two characters \\N are NULL",
        "copy-parameters-data-conversion",
        b"\\N\n",
        LINES,
        "delimiter '\\001'",
        [(None, None)],
    ),
    Copied(
        "without ESCAPE a backslash is a character as any other",
        "copy-parameters-data-conversion",
        b"\\a\\\\n\\\n",
        LINES,
        "delimiter '\\001'",
        [("\\a\\\\n\\", None)],
    ),
    Copied(
        "text that is wider than its column is an error",
        "r_Load_Error_Reference",
        b"123456789\n",
        LINES,
        "delimiter '\\001'",
        "String length exceeds DDL length",
    ),
    Copied(
        "TRUNCATECOLUMNS cuts it, at a whole character",
        "copy-parameters-data-conversion",
        "1234567é\n".encode(),
        LINES,
        "delimiter '\\001' truncatecolumns",
        [("1234567", None)],
    ),
    Copied(
        "TRUNCATECOLUMNS is for rows of 4 MB at most",
        "copy-parameters-data-conversion",
        b"x" * (4 * 1024 * 1024 + 1),
        LINES,
        "delimiter '\\001' truncatecolumns",
        "4 MB",
    ),
    Copied(
        "bytes that are no UTF-8 are an error",
        "multi-byte-character-load-errors",
        b"a\xff\n",
        LINES,
        "delimiter '\\001'",
        "invalid or unsupported UTF8",
    ),
    Copied(
        "ACCEPTINVCHARS writes a question mark for each of them",
        "copy-parameters-data-conversion",
        b"a\xff\xfe\n",
        LINES,
        "delimiter '\\001' acceptinvchars",
        [("a??", None)],
    ),
    Copied("GZIP reads gzip", "copy-parameters-file-compression", gzip.compress(b"a\n"), LINES, "gzip", [("a", None)]),
    Copied(
        "JSON 'auto' takes attributes into the columns of their names; a missing one is NULL",
        "copy-parameters-data-format",
        b'{"doc": {"aB": [1]}, "line": "a", "other": 1}\n{"line": "b", "LINE": "c"}',
        BOTH,
        "format json 'auto'",
        [("a", {"aB": [1]}), ("b", None)],
    ),
    Copied(
        "JSON 'noshred' takes the object into one column of SUPER, over its line ends",
        "copy_json",
        b'{"a":\n 1} {"a": 2}',
        DOCUMENT,
        "format json 'noshred'",
        [(None, {"a": 1}), (None, {"a": 2})],
    ),
    Copied(
        "JSON that is not well-formed is an error",
        "copy-parameters-data-format",
        b'{"line": "a"}\n{"line": \n',
        BOTH,
        "format json 'auto'",
        "Invalid",
    ),
    Copied(
        "what lies between objects is an error",
        "copy-parameters-data-format",
        b'{"line": "a"}, {"line": "b"}',
        BOTH,
        "format json 'auto'",
        "Invalid",
    ),
    Copied(
        "an object of JSON has 4 MB at most",
        "copy-parameters-data-format",
        json.dumps({"doc": ["x" * 60_000] * 70}).encode(),
        BOTH,
        "format json 'auto'",
        "4 MB",
    ),
    Copied(
        "a text in SUPER has 65,535 bytes at most, unless the cluster is set to hold longer ones",
        "r_enable_large_strings_opt_in",
        json.dumps({"doc": {"a": "x" * 65_536}}).encode(),
        BOTH,
        "format json 'auto'",
        "65535",
    ),
    Copied(
        "SUPER holds more than that in several",
        "limitations-super",
        json.dumps({"doc": ["x" * 65_535, "y" * 65_535]}).encode(),
        BOTH,
        "format json 'auto'",
        [(None, ["x" * 65_535, "y" * 65_535])],
    ),
]


@pytest.fixture(scope="module")
def copy(redshift: Redshift, s3: S3) -> Callable[[dict[str, bytes], str], list[tuple[Any, ...]]]:
    """Puts objects and runs a COPY statement (without its credentials); the rows that came into `copied`."""
    client = s3.client()
    client.create_bucket(Bucket=BUCKET)

    def run(objects: dict[str, bytes], statement: str) -> list[tuple[Any, ...]]:
        for key, content in objects.items():
            client.put_object(Bucket=BUCKET, Key=key, Body=content)
        with redshift.connect() as connection, connection.cursor() as cursor:
            cursor.execute("create temporary table copied (line varchar(8), doc super)")
            cursor.execute(f"{statement} iam_role default")
            cursor.execute("select line, doc from copied")
            return [(line, json.loads(doc) if doc else None) for line, doc in cursor.fetchall()]

    return run


@pytest.mark.parametrize("copied", COPIES, ids=lambda copied: copied.says)
def test_copy_does_as_the_guide_says(
    copied: Copied, copy: Callable[[dict[str, bytes], str], list[tuple[Any, ...]]]
) -> None:
    key = f"one-{COPIES.index(copied)}"
    statement = f"copy {copied.into} from 's3://{BUCKET}/{key}/object' {copied.options}"
    if isinstance(copied.gives, str):
        with pytest.raises(redshift_connector.ProgrammingError) as caught:
            copy({f"{key}/object": copied.content}, statement)
        assert copied.gives in caught.value.args[0]["M"]
    else:
        assert copy({f"{key}/object": copied.content}, statement) == copied.gives


def test_the_source_is_a_prefix_of_keys_unless_a_manifest_names_them(
    copy: Callable[[dict[str, bytes], str], list[tuple[Any, ...]]],
) -> None:
    # copy-parameters-data-source-s3, loading-data-files-using-manifest
    manifest = {"entries": [{"url": f"s3://{BUCKET}/prefix/a", "mandatory": True}]}
    objects = {"prefix/a": b"a\n", "prefix/ab": b"ab\n", "manifest": json.dumps(manifest).encode()}
    assert copy(objects, f"copy {LINES} from 's3://{BUCKET}/prefix/a'") == [("a", None), ("ab", None)]
    assert copy(objects, f"copy {LINES} from 's3://{BUCKET}/manifest' manifest") == [("a", None)]
