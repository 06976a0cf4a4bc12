"""`email-events check`: how `land` would treat files, record by record, without writing."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import asdict, dataclass, field
from itertools import groupby

import click
import orjson

from ingestion.batches import find
from ingestion.commands import reporting
from ingestion.commands.options import verify_signatures
from ingestion.envelopes import unwrap
from ingestion.events.describe import describe
from ingestion.events.identify import identify
from ingestion.events.validate import REASONS
from ingestion.landing.objects import line_start
from ingestion.layers import Record
from ingestion.records import judge
from ingestion.signatures import sns_verifier
from ingestion.sources.documents import Document, Oversized, documents, every_line
from ingestion.sources.ranges import Part, PartReader, ranges


@dataclass(slots=True)
class Checked:
    """One record. `fate` is `landed`, `quarantined` or `control`; what is not known is None.

    `event_type` of a control message is its kind, or its sentence.
    """

    origin: str
    fate: str
    source: str | None = None
    event_type: str | None = None
    message_id: str | None = None
    time: str | None = None
    wrappings: list[str] = field(default_factory=list)
    reason: str | None = None
    path: str | None = None
    deviation: str | None = None


@click.command()
@click.argument("files", nargs=-1, required=True, metavar="FILE...")
@click.option("--json", "as_json", is_flag=True, help="One JSON object for each record; the last is the summary.")
@verify_signatures
@click.option(
    "--failing", is_flag=True, help="Only records that would be quarantined or differ from the documented fields."
)
def check(files: tuple[str, ...], as_json: bool, topics: tuple[str, ...], failing: bool) -> int:
    """Report for each record of files, folders, globs, s3://bucket/prefix and standard input (-) what it is and what is
    wrong with it. Nothing is written.

    Exit status 1 when a record would be quarantined.

    \b
    email-events check inbox/ --failing
    cat inbox/*.json | email-events check -
    """
    found = find(list(files))
    fates: Counter[str] = Counter()
    sources: Counter[str] = Counter()
    reasons: Counter[str] = Counter()
    deviating = 0
    for part_of in ranges(found.inputs):
        for record in (record for part in part_of.parts for record in checked(part, topics)):
            fates[record.fate] += 1
            if record.fate == "landed":
                sources[record.source or ""] += 1
                deviating += record.deviation is not None
            elif record.reason:
                reasons[record.reason] += 1
            if not failing or record.reason or record.deviation:
                for line in [reporting.json_line(asdict(record))] if as_json else _told(record):
                    reporting.say(line)
    if as_json:
        reporting.say(
            reporting.json_line(
                {
                    "read": fates.total(),
                    "landed": fates["landed"],
                    "quarantined": fates["quarantined"],
                    "control": fates["control"],
                    "deviating": deviating,
                    "landed_by_source": dict(sorted(sources.items())),
                    "quarantined_by_reason": dict(sorted(reasons.items())),
                    "ignored": found.ignored,
                }
            )
        )
    else:
        for line in _summary(fates, sources, reasons, deviating, found.ignored):
            reporting.say(line)
    return 1 if fates["quarantined"] else 0


def checked(part: Part, topics: tuple[str, ...] = ()) -> Iterator[Checked]:
    """What `land` would make of each record that the part holds, in their order.

    Raises:
        EventsError: The input can no longer be read.
    """
    verify = sns_verifier(topics)
    reader = PartReader(part)
    for item in documents(reader, part.first_line, every_line):
        if isinstance(item, Document):
            for record in unwrap(item.body, verify):
                reader.records += 1
                yield _judged(f"{part.name}:{item.line}", record)
        elif isinstance(item, Oversized) and item.is_last:
            reader.records += 1
            yield _unreadable(f"{part.name}:{item.line}", "too_large")
    if reader.broken_at is not None:
        yield _unreadable(f"{part.name}:byte {reader.broken_at}", reader.broken_reason)


def _judged(origin: str, record: Record) -> Checked:
    verdict = judge(record, origin, line_start("2026-01-01T00:00:00.000Z", "file"))  # of the length that land's has
    checked = Checked(
        origin,
        "landed" if verdict.line else "quarantined" if verdict.reason else "control",
        wrappings=list(record.wrappings),
        reason=verdict.reason or None,
        path=verdict.path if verdict.reason else record.path,
        deviation=verdict.deviation,
    )
    if record.is_control:
        checked.event_type = _control(record.body)
    source = None if record.event is None else identify(record.event, record.envelope)
    if record.event is not None and source:
        described = describe(source, record.event, record.envelope)
        checked.source = source
        checked.event_type, checked.message_id = described.event_type, described.message_id
        checked.time = described.time
    return checked


def _control(body: bytes) -> str:
    text = body.decode(errors="replace").strip('\ufeff" \r\n').rstrip(".")
    try:
        value = orjson.loads(body)
    except ValueError:
        return text
    return str(value.get("Type") or value.get("notificationType")) if isinstance(value, dict) else text


def _unreadable(origin: str, reason: str) -> Checked:
    return Checked(origin, "quarantined", reason=reason, path="$")


def _told(checked: Checked) -> Iterator[str]:
    """`inbox/a.jsonl:88  lands  ses_event Bounce, message 0100..., 2026-11-10T09:00:00.000Z, in SQS > SNS`"""

    kind = " ".join(filter(None, [checked.source, checked.event_type]))
    known = [
        kind,
        f"message {checked.message_id}" if checked.message_id else "",
        checked.time or "",
        _wrapped(checked.wrappings),
    ]
    told = ", ".join(filter(None, known))
    if checked.reason:
        what = f"{checked.reason} at {checked.path}: {REASONS[checked.reason]}" + (f" ({told})" if told else "")
        yield f"{checked.origin}  QUARANTINE  {what}"
        return
    if checked.fate == "control":
        yield f"{checked.origin}  control  {told}".rstrip()
        return
    yield f"{checked.origin}  lands  {told}"
    if checked.deviation:
        yield f"    differs from the documented fields: {checked.deviation}"


def _wrapped(wrappings: list[str]) -> str:
    """`in SNS > list x 64`"""
    runs = [(name, len(list(run))) for name, run in groupby(wrappings)]
    told = " > ".join(name if count == 1 else f"{name} x {count}" for name, count in runs)
    return f"in {told}" if told else ""


def _summary(
    fates: Counter[str], sources: Counter[str], reasons: Counter[str], deviating: int, ignored: list[str]
) -> Iterator[str]:
    if sources or reasons:
        yield ""
    for source, count in sorted(sources.items()):
        yield reporting.count_line(source, count)
    for reason, count in sorted(reasons.items()):
        yield reporting.count_line(reason, count, REASONS[reason])
    if deviating:
        yield f"  {deviating:,} that would land differ from the documented fields."
    if ignored:
        yield reporting.ignored(ignored)
    yield (
        f"read {fates.total():,} = would land {fates['landed']:,} + would be quarantined {fates['quarantined']:,}"
        f" + control {fates['control']:,}"
    )
