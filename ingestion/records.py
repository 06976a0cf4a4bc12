"""What becomes of a record: the line by which it lands, or the reason for which it does not."""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

from ingestion.events.identify import Source, identify
from ingestion.events.ses import DECODE_ERRORS, decode_event, decode_notification
from ingestion.events.validate import Lack, least
from ingestion.landing import objects
from ingestion.layers import Record

MAX_LINE_BYTES = 1024 * 1024  # of a landed line; DuckDB is told to expect 2 MiB, AWS delivers no record above 1,000 KiB
_NUL = re.compile(rb"(?<!\\)(?:\\\\)*\\u0000")  # and no text of a backslash and u0000


@dataclass(slots=True)
class Verdict:
    """One of three: `line` lands, `reason` quarantines (`path` says where the fault is), neither is a control message.

    `deviation` says how an event that lands differs from the documented fields.
    """

    source: str = ""
    line: bytes = b""
    reason: str = ""
    path: str = ""
    deviation: str | None = None


def judge(record: Record, origin: str, start: bytes) -> Verdict:
    """What becomes of the record. `start` is what the batch's lines begin with (objects.line_start)."""
    if record.is_control:
        return Verdict()
    if record.event is None:
        return Verdict(reason=record.reason or "", path=record.path)
    source = identify(record.event, record.envelope)
    lack = least(source, record.event, record.envelope) if source else Lack("unknown_shape", "")
    if source and not lack:
        line = objects.wrapped_line(start, origin, source, record.body, record.envelope)
        if len(line) > MAX_LINE_BYTES:
            lack = Lack("too_large", "")
        elif b"\\u0000" in line and _NUL.search(line):
            lack = Lack("null_character", "")
        else:
            return Verdict(source, line, deviation=_deviation(source, record.body))
    assert lack is not None
    return Verdict(source or "", reason=lack.reason, path=record.path + lack.path)


_DECODERS: dict[Source, Any] = {"ses_event": decode_event, "ses_notification": decode_notification}


def _deviation(source: Source, body: bytes) -> str | None:
    """The first field of a documented event that is missing or of another type."""
    decode = _DECODERS.get(source)
    if decode is None:
        return None
    try:
        decode(body)
    except DECODE_ERRORS as error:
        return str(error)
    return None
