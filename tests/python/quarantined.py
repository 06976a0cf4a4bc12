"""Landing zones whose quarantine an older version wrote, which knew less."""

from __future__ import annotations

import base64
import gzip
import json
from collections import Counter
from typing import Any

from command_line import Cli, event, line

ARRIVED = "2026-11-20T07:05:00.000Z"
LACKING = '{"eventType":"Send","mail":{"timestamp":"2026-11-10T09:00:00.000Z"}}'
NOTICE = {"MessageId": "s-1", "TopicArn": "arn:aws:sns:eu-west-1:012345678901:mail"}


def kept(number: int, reason: str, path: str, body: str | bytes, **more: Any) -> dict[str, Any]:
    """A line of quarantine, from line `number` of inbox/old.json."""
    told = (
        {"encoding": "base64", "body": base64.b64encode(body).decode()} if isinstance(body, bytes) else {"body": body}
    )
    start = {"landed_at": ARRIVED, "transport": "file", "origin": f"inbox/old.json:{number}"}
    return {**start, **more, "reason": reason, "path": path, **told}


# What passes now: 1, 3 (two records of which one lands) and 4. What does not: 2, 5, 6.
LINES = [
    kept(1, "unknown_shape", "$", line(1).strip()),
    kept(2, "missing_field", "$.mail.messageId", LACKING),
    kept(3, "not_json", "$.Message", line(3) + LACKING, envelope=NOTICE),
    kept(4, "not_base64", "$.data", base64.b64encode(line(4).encode()), transport="kinesis", origin="shard-0:49"),
    kept(5, "not_base64", "$.data", line(5).strip()),  # an event, but not in base64
    kept(6, "bad_signature", "$", json.dumps(event(6))),
]


def older_zone(cli: Cli, place: str = "zone", lines: list[dict[str, Any]] | None = None) -> None:
    """A batch that quarantined everything, with its manifest."""
    lines = LINES if lines is None else lines
    partition = f"dt={ARRIVED[:10]}/hour={ARRIVED[11:13]}"
    key = f"quarantine/{partition}/0123456789abcdef-0000.json.gz"
    text = "".join(json.dumps(entry, separators=(",", ":")) + "\n" for entry in lines)
    counts = {"read": len(lines), "quarantined": len(lines)}
    entry = {
        "key": key.replace("quarantine/", "events/"), **counts, "landed": 0, "landed_by_source": {}, "control": 0,
        "quarantined_by_reason": dict(Counter(entry["reason"] for entry in lines)), "quarantine_key": key,
    }  # fmt: skip
    manifest = {
        "batch_id": "0123456789abcdef", "arrived_at": ARRIVED, "transport": "file",
        "inputs": [{"id": "i1", "name": "inbox/old.json", "size": 9, **counts}], "objects": [entry],
    }  # fmt: skip
    cli.write(f"{place}/{key}", gzip.compress(text.encode()))
    cli.write(f"{place}/manifests/{partition}/0123456789abcdef.json", json.dumps(manifest) + "\n")
