"""`dbt run-operation stage_landing` and `email-events copy-to-redshift` on the emulated Redshift, from S3."""

from __future__ import annotations

import gzip
import itertools
import json
import signal
import subprocess
import time
from pathlib import Path
from typing import Any

import pytest
from project import BIN, Project
from redshift.server import Redshift
from s3 import S3

pytestmark = pytest.mark.xdist_group("redshift")

FIRST, SECOND = "dt=2026-11-23/hour=23", "dt=2026-11-24/hour=00"
LINES = (
    b'{"eventType": "Send", "mail": {"messageId": "m-1"}}\n'
    b"\n"
    b'{"eventType": "Bounce", "mail":\n'
    b" \t\n"
    b'{"quotes": "a \'b\' \\"c\\", d|e\\\\f", "umlaut": "\xc3\xbc"}\r\n'
    b"\r\n"
    b"\\N\n"
    b"no utf-8: \xff\xfe\n"
    b'{"twice": 1, "twice": 2}\n'
    b'["no", "object"]'
)

_numbers = itertools.count()


SCHEMA = "copied_staging"


class Zone:
    """A landing zone in a bucket of its own; the landing tables are shared."""

    def __init__(self, project: Project, s3: S3, redshift: Redshift) -> None:
        self.s3, self.redshift, self.project = s3.client(), redshift, project
        self.bucket = f"copied-{next(_numbers)}"
        self.root = f"s3://{self.bucket}/landing"
        self.s3.create_bucket(Bucket=self.bucket)

    def put(self, key: str, content: bytes) -> None:
        self.s3.put_object(Bucket=self.bucket, Key=f"landing/{key}", Body=content)

    def copy(self, status: int = 0) -> str:
        done = self.project.email_events("copy-to-redshift", self.root)
        assert done.returncode == status, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    def events(self, columns: str, condition: str = "true") -> list[tuple[Any, ...]]:
        mine = f"landed_object like '{self.root}/%'"
        return self.redshift.rows(f"select {columns} from {SCHEMA}.events where {mine} and {condition}")

    def lines(self) -> int:
        return int(self.events("count(*)")[0][0])

    def objects(self) -> list[tuple[Any, ...]]:
        return self.redshift.rows(
            f"select landed_object, dt, hour from {SCHEMA}.objects where landed_object like '{self.root}/%' order by 1"
        )

    def manifests(self, column: str) -> list[tuple[Any, ...]]:
        return self.redshift.rows(
            f"select manifest, dt, hour, {column} from {SCHEMA}.manifests as m where manifest like '{self.root}/%'"
        )


@pytest.fixture(scope="module")
def project(s3: S3, redshift: Redshift, tmp_path_factory: pytest.TempPathFactory) -> Project:
    environment = {**s3.environment, **redshift.environment}
    made = Project("redshift", tmp_path_factory.mktemp("dbt"), "s3://none/landing", environment, "copied")
    made.dbt("run-operation", "stage_landing")
    return made


@pytest.fixture
def zone(project: Project, s3: S3, redshift: Redshift) -> Zone:
    return Zone(project, s3, redshift)


@pytest.mark.parametrize(
    "folders",
    ["dt=latest/hour=01", "dt=2026-11-24/hour=99", "dt=2026-11-24/hour='||(select substr(current_user,1,2))||'"],
)
def test_an_object_whose_folders_are_not_a_day_and_an_hour_is_named_and_not_loaded(zone: Zone, folders: str) -> None:
    """Anyone who may write to the bucket chooses its key, and both parts enter SQL."""
    zone.put(f"events/{folders}/odd.json.gz", gzip.compress(b'{"odd": 1}'))
    zone.put(f"events/{SECOND}/good.json.gz", gzip.compress(b'{"good": 1}'))
    told = zone.copy()
    assert f"events/{folders}/odd.json.gz: not loaded" in told
    assert zone.events("line") == [('{"good": 1}',)]
    assert len(zone.objects()) == 1


def test_an_object_that_no_engine_reads_is_named_and_not_loaded(zone: Zone) -> None:
    for name in ("deeper/a.json.gz", "plain", "plain.json"):
        zone.put(f"events/{SECOND}/{name}", gzip.compress(b'{"odd": 1}'))
    zone.put(f"events/{SECOND}/firehose.gz", gzip.compress(b'{"good": 1}'))
    told = zone.copy()
    for name in ("deeper/a.json.gz", "plain", "plain.json"):
        assert f"events/{SECOND}/{name}: not loaded" in told
    assert told.count("not loaded") == 3
    assert zone.events("line") == [('{"good": 1}',)]


def test_a_carriage_return_ends_a_line_and_costs_no_other(zone: Zone) -> None:
    long = json.dumps({"to": ["x" * 40_000, "y" * 40_000]})
    lines = ['{"a": 1}\r{"b":', "\r\r2}\r", "\r", f'{{"c": 3}}\r{long}\r', '{"d": 4}']
    zone.put(f"events/{FIRST}/b-0000.gz", gzip.compress("\n".join(lines).encode()))
    zone.copy()
    loaded = zone.events("substring(line, 1, 8), json_typeof(doc)")
    assert sorted(loaded, key=repr) == sorted(
        [
            ('{"a": 1}', "object"),
            ('{"b":', None),
            ("2}", None),
            ('{"c": 3}', "object"),
            ('{"to": [', "object"),
            ('{"d": 4}', "object"),
        ],
        key=repr,
    )


def test_every_line_is_loaded_once_and_what_is_no_json_stays_visible(zone: Zone) -> None:
    zone.put(f"events/{FIRST}/b-0000.json.gz", gzip.compress(LINES))
    zone.put(f"events/{SECOND}/b-0001.json.gz", gzip.compress(b'{"only": 1}'))
    zone.put(f"events/{SECOND}/b-0001.json.gz.part", b"not finished")
    zone.put(f"quarantine/{SECOND}/b-0001.json.gz", gzip.compress(b'{"reason": "not_json"}'))
    zone.put(f"manifests/{FIRST}/b.json", b'{"batch_id": "b", "objects": []}\n')
    told = zone.copy()
    assert "2 new objects and 1 new manifests" in told
    loaded = zone.events("landed_object, dt, hour, line, json_typeof(doc)")
    first = (f"{zone.root}/events/{FIRST}/b-0000.json.gz", "2026-11-23", "23")
    second = (f"{zone.root}/events/{SECOND}/b-0001.json.gz", "2026-11-24", "00")
    assert sorted(loaded, key=repr) == sorted(
        [
            (*first, '{"eventType": "Send", "mail": {"messageId": "m-1"}}', "object"),
            (*first, '{"eventType": "Bounce", "mail":', None),
            (*first, '{"quotes": "a \'b\' \\"c\\", d|e\\\\f", "umlaut": "ü"}', "object"),
            (*first, "\\N", None),
            (*first, "no utf-8: ??", None),
            (*first, '{"twice": 1, "twice": 2}', None),
            (*first, '["no", "object"]', "array"),
            (*second, '{"only": 1}', "object"),
        ],
        key=repr,
    )
    assert zone.objects() == [first, second]
    assert [(*row[:3], json.loads(row[3])) for row in zone.manifests("json_serialize(doc)")] == [
        (f"{zone.root}/manifests/{FIRST}/b.json", "2026-11-23", "23", {"batch_id": "b", "objects": []})
    ]


def test_a_second_run_and_a_second_stage_landing_load_nothing_twice(zone: Zone) -> None:
    zone.put(f"events/{FIRST}/b-0000.json.gz", gzip.compress(LINES))
    zone.put(f"manifests/{FIRST}/b.json", b'{"batch_id": "b"}\n')
    zone.copy()
    before = zone.lines()
    zone.project.dbt("run-operation", "stage_landing")
    assert "0 new objects and 0 new manifests" in zone.copy()
    assert zone.lines() == before == 7
    # an object that comes late, into an hour that is loaded already
    zone.put(f"events/{FIRST}/a-0000.json.gz", gzip.compress(b'{"late": 1}\n'))
    assert "1 new objects and 0 new manifests" in zone.copy()
    assert zone.lines() == before + 1


def test_an_object_of_blank_lines_alone_is_named_and_has_no_line(zone: Zone) -> None:
    zone.put(f"events/{FIRST}/b-0000.json.gz", gzip.compress(b"\n  \n"))
    zone.put(f"events/{FIRST}/b-0001.json.gz", gzip.compress(b""))
    assert "2 new objects" in zone.copy()
    assert "0 new objects" in zone.copy()
    assert zone.lines() == 0


def test_names_with_quotes_and_percent_signs_are_loaded(zone: Zone) -> None:
    zone.put(f"events/{FIRST}/it's 100%.json.gz", gzip.compress(b'{"a": 1}'))
    assert "1 new objects" in zone.copy()
    assert [row[0] for row in zone.objects()] == [f"{zone.root}/events/{FIRST}/it's 100%.json.gz"]
    assert "0 new objects" in zone.copy()


def test_an_object_that_cannot_be_read_does_not_stop_the_others_and_is_told(zone: Zone) -> None:
    zone.put(f"events/{FIRST}/a.json.gz", b"no gzip")
    zone.put(f"events/{FIRST}/b.json.gz", gzip.compress(b'{"a": 1}\n'))
    told = zone.copy(status=4)
    assert "1 objects were not loaded" in told
    assert f"{zone.root}/events/{FIRST}/a.json.gz" in told
    assert zone.lines() == 1
    zone.put(f"events/{FIRST}/a.json.gz", gzip.compress(b'{"mended": 1}\n'))
    assert "1 new objects" in zone.copy()
    assert zone.lines() == 2


def test_a_line_longer_than_a_column_is_a_whole_document(zone: Zone) -> None:
    addresses = [f"reader-{n}@example.com" for n in range(5000)]
    long = f'{{"size": 1.10, "umlaut": "\u00fc", "to": {json.dumps(addresses)}}}'
    just_whole = json.dumps({"to": ["x" * 40_000, "y" * (65_533 - 40_000 - len('{"to": ["", ""]}'))]})
    assert len(just_whole) == 65_533
    zone.put(f"events/{FIRST}/a.json.gz", gzip.compress(f'{{"short": 1}}\n{long}\r\n{just_whole}'.encode()))
    assert "Redshift's text" not in zone.copy()
    assert sorted(zone.events('octet_length(line), get_array_length(doc."to")'), key=repr) == [
        (12, None),
        (65_533, 2),
        (65_535, 5000),
    ]
    [(loaded, line)] = zone.events("doc, line", "octet_length(line) = 65535")
    assert json.loads(loaded) == {"size": 1.1, "umlaut": "ü", "to": addresses}
    assert line == long.encode()[:65_535].decode()


def test_a_long_line_that_is_no_json_is_cut_and_told_and_so_is_a_long_text(zone: Zone) -> None:
    lines = {
        "cut off": '{"eventType": "Bounce", "to": "' + "é" * 40_000,
        "says a key twice": json.dumps({"a": "b" * 70_000})[:-1] + ', "a": 1}',
        "json as far as text goes": "[1]" + " " * 70_000 + "x",
        "blank": " " * 70_000,
        "null and blanks": "null" + " " * 70_000,
        "no json, and not cut": "x" * 65_534,
        "one long text": json.dumps({"content": "\\n" * 40_000 + "é", "subject": "x"}, ensure_ascii=False),
    }
    zone.put(f"events/{FIRST}/a.json.gz", gzip.compress("\n".join(lines.values()).encode()))
    told = zone.copy()
    assert "4 lines are longer than Redshift's text (65,535 bytes) and are no JSON" in told
    assert "1 lines hold a text of more than 65,535 bytes" in told
    loaded = zone.events('octet_length(line), json_typeof(doc), octet_length(cast(doc."content" as varchar(65535)))')
    # a cut is made at a whole character: after 31 of one byte, 32,752 of two bytes have room
    whole_text, no_json, not_cut = (65_535, "object", 65_535), (65_535, None, None), (65_534, None, None)
    assert sorted(loaded, key=repr) == [not_cut, whole_text, no_json, no_json, no_json, no_json]


def test_a_manifest_may_be_longer_than_a_column(zone: Zone) -> None:
    manifest = {"batch_id": "b", "inputs": [{"name": f"inbox/{n}.jsonl"} for n in range(5000)]}
    zone.put(f"manifests/{FIRST}/b.json", json.dumps(manifest).encode() + b"\n")
    zone.copy()
    assert [row[3] for row in zone.manifests('get_array_length(m.doc."inputs")')] == [5000]


@pytest.mark.parametrize("statements", [3, 6, 8, 10, 11, 12])
def test_a_run_that_is_killed_leaves_nothing_half(statements: int, zone: Zone, redshift: Redshift) -> None:
    long = json.dumps({"to": ["x" * 40_000, "y" * 40_000]}).encode()
    for number in range(2):
        zone.put(f"events/{FIRST}/b-{number}.json.gz", gzip.compress(b'{"a": 1}\n' * 9 + long))
    before = len(redshift.statements)
    process = subprocess.Popen([str(BIN / "email-events"), "copy-to-redshift", zone.root], env=zone.project.settings)
    while len(redshift.statements) < before + statements and process.poll() is None:
        time.sleep(0.001)
    process.send_signal(signal.SIGKILL)
    process.wait()
    assert zone.lines() == 10 * len(zone.objects())
    zone.copy()
    assert zone.lines() == 20


def test_what_cannot_work_says_what_to_do(zone: Zone, tmp_path: Path) -> None:
    def told(arguments: tuple[str, ...], status: int, **settings: str) -> str:
        project = Project("redshift", tmp_path / "other", zone.root, {**zone.project.environment, **settings}, "copied")
        done = project.email_events("copy-to-redshift", *arguments)
        assert done.returncode == status, done.stdout
        assert "Traceback" not in done.stdout
        return done.stdout

    assert "s3://bucket/prefix" in told(("data/landing",), 2)
    assert "not the name of a schema" in told((zone.root, "--schema", "a; drop"), 2)
    assert "REDSHIFT_HOST is not set" in told((zone.root,), 3, REDSHIFT_HOST="")
    assert "refused the user dbt" in told((zone.root,), 3, REDSHIFT_PASSWORD="wrong")
    assert "stage_landing" in told((zone.root, "--schema", "nowhere"), 3)
    assert "no bucket" in told(("s3://no-such-bucket/landing",), 3)
    assert "cannot be reached" in told((zone.root,), 4, REDSHIFT_PORT="9")
