"""How fast `land` is, beside a plain loop with the same checks and, where it is installed, dlt.

    python benchmarks/land.py [EVENTS]        default 500000

Every figure is of one whole command, start included, from a local file to gzip objects in a local folder. Processor
seconds are printed too: on a machine that does other work only they can be compared.
"""

from __future__ import annotations

import gzip
import importlib.util
import json
import random
import resource
import shutil
import string
import subprocess
import sys
import tempfile
import time
from datetime import datetime
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("email-events"))
LETTERS = string.ascii_letters + string.digits
TEXT = "abcdefghijklmnopqrstuvwxyz" * 4


def event(rng: random.Random, is_realistic: bool) -> dict[str, Any]:
    """An event of about 1.3 KB. Realistic: ids, addresses, subjects, agents and answers differ from event to event."""

    def some(length: int, letters: str = LETTERS) -> str:
        return "".join(rng.choices(letters, k=length)) if is_realistic else TEXT[:length]

    hexadecimal = "0123456789abcdef"
    parts = "-".join(some(length, hexadecimal) for length in (8, 4, 4, 4, 12))
    message_id = f"0100{some(12, hexadecimal)}-{parts}-000000"
    hour, minute, ms = rng.randint(0, 23), rng.randint(0, 59), rng.randint(0, 999)
    moment = f"2026-11-{rng.randint(1, 28):02d}T{hour:02d}:{minute:02d}:17.{ms:03d}Z"
    recipient = f"{some(9)}@{some(6).lower()}.example.org"
    subject = " ".join(some(rng.randint(3, 9)) for _ in range(6))
    mail = {
        "timestamp": moment,
        "source": "News <news@shop.example.com>",
        "sourceArn": "arn:aws:ses:eu-west-1:123456789012:identity/shop.example.com",
        "sendingAccountId": "123456789012",
        "messageId": message_id,
        "destination": [recipient],
        "headersTruncated": False,
        "headers": [
            {"name": "From", "value": "News <news@shop.example.com>"},
            {"name": "To", "value": recipient},
            {"name": "Subject", "value": subject},
            {"name": "MIME-Version", "value": "1.0"},
            {"name": "Content-Type", "value": f'multipart/alternative; boundary="----=_Part_{some(20)}"'},
        ],
        "commonHeaders": {
            "from": ["News <news@shop.example.com>"],
            "to": [recipient],
            "messageId": message_id,
            "subject": subject,
        },
        "tags": {
            "ses:operation": ["SendEmail"],
            "ses:configuration-set": ["marketing"],
            "ses:source-ip": [f"198.51.100.{rng.randint(0, 255)}"],
            "ses:from-domain": ["shop.example.com"],
            "ses:caller-identity": ["mailer"],
            "campaign": [some(8)],
        },
    }
    agent = {
        "ipAddress": f"192.0.2.{rng.randint(0, 255)}",
        "timestamp": moment,
        "userAgent": f"Mozilla/5.0 ({some(60)})",
    }
    own: dict[str, dict[str, Any]] = {
        "Send": {"send": {}},
        "Delivery": {
            "delivery": {
                "timestamp": moment,
                "processingTimeMillis": rng.randint(90, 9000),
                "recipients": [recipient],
                "smtpResponse": f"250 2.0.0 OK {some(40)}",
                "reportingMTA": f"a{rng.randint(1, 99)}-{rng.randint(1, 99)}.smtp-out.example.net",
                "remoteMtaIp": f"203.0.113.{rng.randint(0, 255)}",
            }
        },
        "Open": {"open": agent},
        "Click": {"click": {**agent, "link": f"https://shop.example.com/{some(30)}", "linkTags": None}},
        "Bounce": {
            "bounce": {
                "feedbackId": message_id,
                "bounceType": "Permanent",
                "bounceSubType": "General",
                "bouncedRecipients": [
                    {
                        "emailAddress": recipient,
                        "action": "failed",
                        "status": "5.1.1",
                        "diagnosticCode": f"smtp; 550 {some(40)}",
                    }
                ],
                "timestamp": moment,
                "reportingMTA": f"dns; {some(20)}",
            }
        },
    }
    kind = rng.choices(list(own), [35, 33, 20, 8, 4])[0]
    return {"eventType": kind, "mail": mail, **own[kind]}


def make(path: Path, events: int, is_realistic: bool) -> None:
    """Write the input: up to 20,000 different events, shuffled over and over; no compressor looks back as far."""
    rng = random.Random(20261124)
    pool = [json.dumps(event(rng, is_realistic), separators=(",", ":")) + "\n" for _ in range(min(events, 20_000))]
    with path.open("w") as file:
        for _ in range(0, events, len(pool)):
            rng.shuffle(pool)
            file.writelines(pool)


# ---- the baseline: what one writes first ----

TEXTS = {
    "Send": (),
    "Delivery": ("smtpResponse", "reportingMTA"),
    "Open": ("ipAddress", "userAgent"),
    "Click": ("ipAddress", "userAgent", "link"),
    "Bounce": ("bounceType", "bounceSubType", "feedbackId"),
}


def check(event: dict[str, Any]) -> None:
    """The checks that the typed decoder makes of these five types, by hand. Raises where one fails."""

    def is_texts(values: Any) -> bool:
        return type(values) is list and all(type(value) is str for value in values)

    def must(is_good: bool) -> None:
        if not is_good:
            raise ValueError

    mail, kind = event["mail"], event["eventType"]
    datetime.fromisoformat(mail["timestamp"])
    must(
        all(type(mail[key]) is str for key in ("messageId", "source", "sendingAccountId"))
        and is_texts(mail["destination"])
    )
    must(type(mail.get("sourceArn", "")) is str and type(mail.get("headersTruncated", False)) is bool)
    must(all(type(header["name"]) is str and type(header["value"]) is str for header in mail.get("headers", ())))
    for key, value in mail.get("commonHeaders", {}).items():
        must(is_texts(value) if key in ("from", "to", "cc", "bcc", "replyTo") else type(value) is str)
    must(all(is_texts(values) for values in mail.get("tags", {}).values()))
    own = event[kind.lower()]
    must(all(type(own[key]) is str for key in TEXTS[kind]))
    if kind != "Send":
        datetime.fromisoformat(own["timestamp"])
    if kind == "Delivery":
        must(type(own["processingTimeMillis"]) is int and is_texts(own["recipients"]))
        must(type(own.get("remoteMtaIp", "")) is str)
    elif kind == "Click":
        must(own["linkTags"] is None or all(is_texts(values) for values in own["linkTags"].values()))
    elif kind == "Bounce":
        for recipient in own["bouncedRecipients"]:
            must(
                all(
                    type(recipient.get(key, "")) is str
                    for key in ("emailAddress", "action", "status", "diagnosticCode")
                )
            )


def once(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """An object that names no key twice. Raises where one does: engines read such objects differently."""
    found = dict(pairs)
    if len(found) != len(pairs):
        raise ValueError
    return found


def plain_loop(source: str, target: str) -> None:
    """json, checks by hand, gzip level 6, one object per 64 MiB; counts the finished object's lines, as `land` does."""
    started = "2026-11-24T13:05:00.000Z"
    landed = lines = written = number = 0
    out = None
    with Path(source).open("rb") as file:
        for origin, line in enumerate(file, 1):
            line = line.rstrip(b"\n")
            check(json.loads(line, object_pairs_hook=once))
            if out is None:
                out = gzip.open(f"{target}/{number:04d}.json.gz", "wb", compresslevel=6)  # noqa: SIM115
            text = b'{"landed_at":"%b","transport":"file","origin":"%b:%d","source":"ses_event","payload":%b}\n' % (
                started.encode(),
                source.encode(),
                origin,
                line,
            )
            out.write(text)
            landed += 1
            written += len(text)
            if written > 64 * 1024 * 1024:
                out.close()
                out, written, number = None, 0, number + 1
    if out:
        out.close()
    for path in Path(target).iterdir():
        with gzip.open(path, "rb") as file:
            while piece := file.read(1024 * 1024):
                lines += piece.count(b"\n")
    assert lines == landed


def dlt_pipeline(source: str, target: str) -> None:
    """dlt's shortest way from the same file to gzip NDJSON in a folder."""
    import dlt

    def events() -> Any:
        with Path(source).open("rb") as file:
            for line in file:
                event = json.loads(line)
                check(event)
                yield {"payload": event}

    resource = dlt.resource(events, name="events", max_table_nesting=0, columns={"payload": {"data_type": "json"}})
    dlt.pipeline("land", destination=dlt.destinations.filesystem(target), dataset_name="events").run(
        resource, loader_file_format="jsonl"
    )


def measure(name: str, command: list[str], events: int, size: int) -> float:
    """Run it; print and return seconds of wall clock."""
    before = resource.getrusage(resource.RUSAGE_CHILDREN)
    started = time.monotonic()
    # a shell of Python between, so that the peak of memory is this command's own
    wrap = "import resource,subprocess,sys; subprocess.run(sys.argv[1:],check=True,stdout=subprocess.DEVNULL);"
    wrap += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss)"
    done = subprocess.run([sys.executable, "-c", wrap, *command], check=True, stdout=subprocess.PIPE, text=True)
    wall = time.monotonic() - started
    after = resource.getrusage(resource.RUSAGE_CHILDREN)
    processor = after.ru_utime + after.ru_stime - before.ru_utime - before.ru_stime
    print(
        f"  {name:<20}{events / wall:>10,.0f} events/s {size / wall / 1e6:>8.1f} MB/s"
        f" {wall:>8.1f} s {processor:>8.1f} s processor {int(done.stdout.split()[-1]) / 1024:>6.0f} MB"
    )
    return wall


def main() -> None:
    events = int(sys.argv[1]) if len(sys.argv) > 1 else 500_000
    with tempfile.TemporaryDirectory(prefix="email-events-benchmark-") as name:
        folder = Path(name)
        for kind, is_realistic in (("compressible", False), ("realistic entropy", True)):
            source = folder / "events.ndjson"
            make(source, events, is_realistic)
            size = source.stat().st_size
            lines = sum(1 for _ in source.open("rb"))
            print(f"{kind}: {lines:,} events, {size / lines:,.0f} bytes each")
            runs = {"plain loop": [sys.executable, __file__, "--plain", str(source)]}
            if importlib.util.find_spec("dlt"):
                runs["dlt"] = [sys.executable, __file__, "--dlt", str(source)]
            for processes in (1, 2):
                runs[f"land, {processes} process{'es' * (processes - 1)}"] = [
                    *(COMMAND, "land", str(source), "--processes", str(processes), "--to")
                ]
            walls = {}
            for run, command in runs.items():
                target = folder / "target"
                target.mkdir()
                walls[run] = measure(run, [*command, str(target)], lines, size)
                shutil.rmtree(target)
            for run, wall in list(walls.items())[1:]:
                print(f"  {run}: {walls['plain loop'] / wall:.1f} times the plain loop")


if __name__ == "__main__":
    if sys.argv[1:2] == ["--plain"]:
        plain_loop(sys.argv[2], sys.argv[3])
    elif sys.argv[1:2] == ["--dlt"]:
        dlt_pipeline(sys.argv[2], sys.argv[3])
    else:
        main()
