"""What each record of a folder of events must become (README.md), and what `email-events land` makes of it."""

from __future__ import annotations

import csv
import gzip
import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

HERE = Path(__file__).parent

# The types of sent mail as SES writes them, and as we do: event reference, table 1.2.
EVENT_TYPES = {
    "Send": "send",
    "Delivery": "delivery",
    "DeliveryDelay": "delivery_delay",
    "Bounce": "bounce",
    "Complaint": "complaint",
    "Reject": "reject",
    "Rendering Failure": "rendering_failure",
    "Open": "open",
    "Click": "click",
    "Subscription": "subscription",
}
SENT_MAIL = ("ses_event", "ses_notification")
# The staging model of each source.
STAGED = {
    "ses_event": "stg_ses__mail_events",
    "ses_notification": "stg_ses__mail_events",
    "ses_inbound": "stg_ses__inbound",
    "ses_account": "stg_ses__account_events",
    "pinpoint": "stg_pinpoint__events",
    "eum": "stg_eum__events",
}
# The types of Pinpoint's mail, in the same words.
PINPOINT_MAIL_TYPES = {
    "_email.send": "send",
    "_email.delivered": "delivery",
    "_email.rejected": "reject",
    "_email.hardbounce": "bounce",
    "_email.softbounce": "bounce",
    "_email.complaint": "complaint",
    "_email.open": "open",
    "_email.click": "click",
    "_email.unsubscribe": "subscription",
    "_email.rendering_failure": "rendering_failure",
}


@dataclass(frozen=True)
class Expected:
    """One row of a table: one record."""

    file: str
    record: int
    source: str
    fate: str
    reason: str
    event_type: str
    message_id: str | None
    occurred_at: str | None
    recipients: tuple[str, ...]
    recipient_is_certain: bool
    repeat_of: str

    @property
    def mail_type(self) -> str | None:
        """Of sent mail, our name for the type; None for a type that is not known, and for what is no sent mail."""
        if self.source in SENT_MAIL:
            return self.event_type if self.event_type in EVENT_TYPES.values() else None
        return PINPOINT_MAIL_TYPES.get(self.event_type) if self.source == "pinpoint" else None

    @property
    def staged_type(self) -> str:
        """The type as the staging models have it."""
        return self.event_type.lower().replace(" ", "_")

    @classmethod
    def read(cls, row: dict[str, str]) -> Expected:
        return cls(
            file=row["file"],
            record=int(row["record"]),
            source=row["source"],
            fate=row["fate"],
            reason=row["reason"],
            event_type=row["event_type"],
            message_id=row["message_id"] or None,
            occurred_at=row["occurred_at"] or None,
            recipients=tuple(filter(None, row["recipients"].split(";"))),
            recipient_is_certain=row["recipient_is_certain"] == "true",
            repeat_of=row["repeat_of"],
        )


@dataclass(frozen=True)
class Landing:
    """A landing zone, read back: lines by the input file they came from."""

    root: Path

    def lines(self, kind: str, file: str) -> list[dict[str, Any]]:
        """The lines under `events` or `quarantine` that came from `file`, in its order."""
        found = [
            line
            for path in sorted((self.root / kind).glob("dt=*/hour=*/*.json.gz"))
            for line in map(json.loads, gzip.decompress(path.read_bytes()).splitlines())
            if _file_of(line["origin"]) == file
        ]
        return sorted(found, key=lambda line: int(line["origin"].rpartition(":")[2]))

    def control(self, file: str) -> int:
        """How many control messages the manifest counts for `file`."""
        return sum(
            entry.get("control", 0)
            for path in (self.root / "manifests").glob("dt=*/hour=*/*.json")
            for entry in json.loads(path.read_text())["inputs"]
            if Path(entry["name"]).name == file
        )


@dataclass(frozen=True)
class Collection:
    """A folder of events and the table that says what must become of them."""

    name: str
    folder: Path
    table: Path

    @property
    def rows(self) -> list[Expected]:
        with self.table.open(newline="", encoding="utf-8") as lines:
            return [Expected.read(row) for row in csv.DictReader(lines)]

    def of_file(self, file: str) -> list[Expected]:
        return [row for row in self.rows if row.file == file]

    def lines(self, file: str) -> list[str]:
        """What a file holds, a document or a record a line, as Firehose would write it."""
        lines = (self.folder / file).read_text(encoding="utf-8").splitlines()
        return lines if file.endswith(".ndjson") else ["".join(lines)]

    def land(self, root: Path) -> Landing:
        """Run `email-events land` over the folder, as a user does."""
        if not self.folder.exists():
            pytest.skip(f"{self.name} are not here: {self.folder.name} is kept outside this repository")
        command = Path(sys.executable).with_name("email-events")
        done = subprocess.run(
            [command, "land", str(self.folder), "--to", str(root)], capture_output=True, text=True, timeout=120
        )
        assert done.returncode == 0, done.stdout + done.stderr
        return Landing(root)


OUR_OWN = Collection("our own events", HERE, HERE / "expected.csv")
DOCUMENTATION = Collection(
    "the samples of the AWS documentation",
    HERE.parents[2] / "shared" / "events" / "samples",
    HERE / "documentation_samples.csv",
)
COLLECTIONS = [
    pytest.param(OUR_OWN, id="our_own_events"),
    pytest.param(DOCUMENTATION, id="documentation_samples", marks=pytest.mark.shared),
]


def assert_same(expected: Iterable[tuple[object, ...]], actual: Iterable[tuple[object, ...]]) -> None:
    """The same rows, each as often; tells every one that is not."""
    wanted, found = Counter(expected), Counter(actual)
    missing, extra = wanted - found, found - wanted
    differences = [f"missing: {row}" for row in missing.elements()]
    differences += [f"not expected: {row}" for row in extra.elements()]
    assert not differences, "\n".join(differences)


def _file_of(text: str) -> str:
    found = re.search(r"([^/\"]+\.(?:nd)?json)\b", text)
    assert found, f"no input file is named in {text}"
    return found[1]
