"""Records on their way through Firehose become landed lines, which Firehose itself writes into the landing zone.

What is no event, or does not fit, is `ProcessingFailed`: Firehose keeps it, as received, below its error prefix, from
where `email-events land` can take it. Source: Amazon Data Firehose Developer Guide, "Required parameters for data
transformation"; Lambda quotas (a response has at most 6 MB).
"""

from __future__ import annotations

import base64
import json
from datetime import UTC, datetime
from typing import Any

from ingestion.commands.reporting import say
from ingestion.envelopes import unwrap
from ingestion.lambdas.settings import sns_topics
from ingestion.landing.objects import line_start, utc_text
from ingestion.records import judge
from ingestion.signatures import sns_verifier

MAX_RESPONSE_BYTES = 6_000_000
MAX_RECORD_BYTES = 1_024_000  # of one record of Firehose, before base64
_ANSWER_BYTES = 100  # of an answer, beside its id and its data


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Answers each of `records`: `Ok` with its landed lines, `Dropped` (control messages alone) or `ProcessingFailed`.

    Raises:
        EventsError: SNS's certificate cannot be had. Firehose tries again, then keeps the records as failed.
    """
    records = event["records"]
    space = MAX_RESPONSE_BYTES - sum(_ANSWER_BYTES + len(record["recordId"]) for record in records)
    answers = []
    for record in records:
        lines, problem = _transformed(record)
        data = base64.b64encode(lines)
        if len(lines) > MAX_RECORD_BYTES or len(data) > space:
            problem = "too_large: its lines do not fit into a record or into the response of 6 MB"
        answer = {"recordId": record["recordId"]}
        if problem:
            say(f"{record['recordId']}  {problem}", err=True)
            answer["result"] = "ProcessingFailed"
        elif not lines:
            answer["result"] = "Dropped"
        else:
            answer |= {"result": "Ok", "data": data.decode()}
            space -= len(data)
        answers.append(answer)
    return {"records": answers}


def _transformed(record: dict[str, Any]) -> tuple[bytes, str]:
    """The landed lines of all events in the record; or what is wrong with one of them, which keeps back the others."""
    arrived = record.get("approximateArrivalTimestamp")
    moment = datetime.fromtimestamp(arrived / 1000, UTC) if isinstance(arrived, int) else datetime.now(UTC)
    start = line_start(utc_text(moment), "firehose")
    lines = []
    for found in unwrap(json.dumps(record).encode(), sns_verifier(sns_topics())):
        verdict = judge(found, record["recordId"], start)
        if verdict.reason:
            return b"", f"{verdict.reason}  {verdict.path}"
        lines.append(verdict.line)
    return b"".join(lines), ""
