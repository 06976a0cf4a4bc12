"""No value that others write into an event makes a data test fail."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable, Iterator
from itertools import product
from pathlib import Path
from typing import Any

import pytest
from dbt_warehouse import Warehouse

pytestmark = pytest.mark.hostile

Event = dict[str, Any]

ADDRESS = "5.1.1 <ada@example.org>"
# NULL beside the empty text, a text that looks like the end of a part of a key, an address, blanks, beyond ASCII
ODD_TEXTS = [
    None,
    "",
    "-",
    "0:",
    "1:a",
    "\x1f",
    "a\x1f",
    "\u200b",
    " ",
    "é",
    ADDRESS,
    "'; drop table x; --",
    "{{ 1 }}",
    "a" * 5000,
]


def mail(number: int, **changes: Any) -> Event:
    written = {
        "messageId": f"m-{number}",
        "timestamp": "2026-11-24T08:00:00.000Z",
        "source": "shop@example.com",
        "destination": ["ada@example.com"],
        "tags": {"campaign": ["spring"]},
        **changes,
    }
    return {key: value for key, value in written.items() if value is not None}


TAGS = ("campaign", "ses:configuration-set", "ses:tenant-name", "ses:from-domain")
OF_THE_MAIL = ("source", "sendingAccountId")
OF_THE_RECIPIENT = ("emailAddress", "status", "action", "diagnosticCode")
OF_THE_BOUNCE = ("bounceType", "bounceSubType", "reportingMTA", "remoteMtaIp", "feedbackId")
TIME = "2026-11-24T08:00:01.000Z"


def odd_events() -> Iterator[Event]:
    """A bounce and a click for each odd text in each field that a stranger or a sender writes."""
    fields = TAGS + OF_THE_MAIL + OF_THE_RECIPIENT + OF_THE_BOUNCE
    for number, (text, field) in enumerate(product(ODD_TEXTS, fields)):
        odd = {field: text}
        tags = {"tags": {field: [] if text is None else [text]}} if field in TAGS else {}
        head = mail(number, **tags, **(odd if field in OF_THE_MAIL else {}))
        recipient = {"emailAddress": "ada@example.com", "status": "5.1.1", "action": "failed", "diagnosticCode": "550"}
        bounce = {"timestamp": TIME, "bounceType": "Permanent", "bounceSubType": "General"}
        bounced = recipient | (odd if field in OF_THE_RECIPIENT else {})
        bounce |= {"bouncedRecipients": [bounced]} | (odd if field in OF_THE_BOUNCE else {})
        yield {"eventType": "Bounce", "mail": head, "bounce": bounce}
        yield {"eventType": "Click", "mail": head, "click": {"timestamp": TIME, "link": text, "userAgent": text}}


def test_a_build_is_green_whatever_strangers_write(tmp_path: Path, warehouse: Callable[[Path], Warehouse]) -> None:
    folder = tmp_path / "landing/events/dt=2026-11-24/hour=09"
    folder.mkdir(parents=True)
    lines = "".join(json.dumps(event) + "\n" for event in odd_events())
    (folder / "firehose.json.gz").write_bytes(gzip.compress(lines.encode()))
    built = warehouse(tmp_path / "landing")
    built.dbt("build")
    statuses = built.query("select distinct recipient_status from fct_recipient_events")
    assert {status for (status,) in statuses} == {None, "5.1.1"}
    built.dbt("build")
