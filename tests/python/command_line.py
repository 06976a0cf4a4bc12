"""`email-events` as a user runs it, and the landing zones that it writes."""

from __future__ import annotations

import gzip
import json
import os
import re
import subprocess
import sys
from contextlib import chdir
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from unittest.mock import patch

from click.testing import CliRunner
from emulated_aws import client

from ingestion.cli import main

COMMAND = Path(sys.executable).with_name("email-events")

# Nothing of the machine's own AWS settings may reach a test.
_CLEAN = {key: value for key, value in os.environ.items() if not key.startswith("AWS_")}
_CLEAN |= {
    "AWS_EC2_METADATA_DISABLED": "true",
    "AWS_CONFIG_FILE": os.devnull,
    "AWS_SHARED_CREDENTIALS_FILE": os.devnull,
}


@dataclass
class Finished:
    status: int
    out: str
    err: str

    @property
    def ledger(self) -> dict[str, int]:
        """The last line of the output, as numbers: read, landed, quarantined, control."""
        pairs = re.findall(r"(read|landed|quarantined|control) ([0-9,]+)", self.out.strip().splitlines()[-1])
        return {name: int(count.replace(",", "")) for name, count in pairs}


@dataclass
class Zone:
    """A landing zone, read without any code of the product."""

    place: str
    environment: dict[str, str]

    def files(self) -> dict[str, bytes]:
        """Everything under the root, by key."""
        if not self.place.startswith("s3://"):
            root = Path(self.place)
            return {file.relative_to(root).as_posix(): file.read_bytes() for file in root.rglob("*") if file.is_file()}
        bucket, _, prefix = self.place.removeprefix("s3://").partition("/")
        s3 = client("s3", self.environment["AWS_ENDPOINT_URL"])
        keys = [
            entry["Key"]
            for page in s3.get_paginator("list_objects_v2").paginate(Bucket=bucket, Prefix=prefix + "/")
            for entry in page.get("Contents", ())
        ]
        return {key[len(prefix) + 1 :]: s3.get_object(Bucket=bucket, Key=key)["Body"].read() for key in keys}

    def lines(self, folder: str) -> list[dict[str, Any]]:
        """The lines under `events` or `quarantine`, in the order of the objects."""
        objects = (data for key, data in sorted(self.files().items()) if key.startswith(folder + "/"))
        return [line for data in objects for line in lines_of(data)]

    @property
    def events(self) -> list[dict[str, Any]]:
        return self.lines("events")

    @property
    def quarantine(self) -> list[dict[str, Any]]:
        return self.lines("quarantine")

    @property
    def manifests(self) -> list[dict[str, Any]]:
        found = sorted(self.files().items())
        # a dot begins what a killed writer left half done, which nobody reads
        return [json.loads(data) for key, data in found if key.startswith("manifests/") and "/." not in key]

    def timeless(self) -> dict[str, bytes]:
        """Every file, with the arrival times set aside: in the names, and in what objects and manifests say."""
        files = self.files()
        arrivals = {json.loads(data)["arrived_at"] for key, data in files.items() if key.startswith("manifests/")}
        found = {}
        for key, data in files.items():
            text = gzip.decompress(data) if key.endswith(".gz") else data
            for moment in arrivals:
                partition = f"dt={moment[:10]}/hour={moment[11:13]}"
                text = text.replace(moment.encode(), b"<arrival>").replace(partition.encode(), b"<partition>")
                key = key.replace(partition, "<partition>")
            found[key] = text
        return found


def lines_of(data: bytes) -> list[dict[str, Any]]:
    """The lines of an object."""
    return [json.loads(line) for line in gzip.decompress(data).decode().split("\n")[:-1]]


class Cli:
    """Runs `email-events` in a folder of the test's own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.environment = dict(_CLEAN)

    def start(self, *arguments: str, stdin: int = subprocess.DEVNULL) -> subprocess.Popen[str]:
        return subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            stdin=stdin,
            text=True,
            errors="surrogateescape",
        )

    def __call__(self, *arguments: str) -> Finished:
        finished = self._in_a_process(arguments) if self.environment != _CLEAN else self._here(arguments)
        assert "Traceback" not in finished.err, finished.err
        return finished

    def piped(self, text: str, *arguments: str) -> Finished:
        """Run the command with that text as its standard input."""
        process = self.start(*arguments, stdin=subprocess.PIPE)
        out, err = process.communicate(text)
        return Finished(process.returncode, out, err)

    def _in_a_process(self, arguments: tuple[str, ...]) -> Finished:
        process = self.start(*arguments)
        out, err = process.communicate()
        return Finished(process.returncode, out, err)

    def _here(self, arguments: tuple[str, ...]) -> Finished:
        """In this process, since most commands take less time than Python's start."""
        status = 0
        with (
            chdir(self.folder),
            patch.dict(os.environ, self.environment, clear=True),
            patch.object(sys, "argv", ["email-events", *arguments]),
            CliRunner().isolation() as (out, err, _),
        ):
            try:
                main()
            except SystemExit as ended:
                status = int(ended.code or 0)
            written = [stream.getvalue().decode(errors="surrogateescape") for stream in (out, err)]
        return Finished(status, *written)

    def land(self, *arguments: str, to: str = "zone") -> Finished:
        """`email-events land` that must end well, even if nothing but quarantine came of it."""
        finished = self("land", *arguments, "--to", to)
        assert finished.status == 0 or "Error: every record (" in finished.err, finished.err
        return finished

    def zone(self, place: str = "zone") -> Zone:
        return Zone(place if "://" in place else str(self.folder / place), self.environment)

    def write(self, name: str, content: bytes | str) -> Path:
        path = self.folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content.encode() if isinstance(content, str) else content)
        return path


def event(number: int = 1, event_type: str = "Send", **changes: Any) -> dict[str, Any]:
    """A whole event of a documented shape."""
    mail = {
        "timestamp": "2026-11-10T09:00:00.000Z",
        "source": "Shop <news@shop.example.com>",
        "sendingAccountId": "012345678901",
        "messageId": f"0100019ab{number:07x}-3f2a5b1c-4d7e-4a60-9c0f-{number:012x}-000000",
        "destination": [f"reader{number}@example.org"],
        "tags": {"ses:configuration-set": ["marketing"]},
    }
    own: dict[str, dict[str, Any]] = {
        "Send": {"send": {}},
        "Open": {
            "open": {"ipAddress": "192.0.2.7", "timestamp": "2026-11-10T10:00:00.000Z", "userAgent": "Mozilla/5.0"}
        },
    }
    return {"eventType": event_type, "mail": mail, **own[event_type], **changes}


def line(number: int = 1, event_type: str = "Send", **changes: Any) -> str:
    """The event on one line, as SES writes it, with the line end."""
    return json.dumps(event(number, event_type, **changes), separators=(",", ":")) + "\n"
