"""A batch of an SQS queue into the landing zone. Turn on `ReportBatchItemFailures` in the event source mapping.

Source: Lambda Developer Guide, "Handling errors for an SQS event source in Lambda".
"""

from __future__ import annotations

import json
from typing import Any

from ingestion.commands.reporting import say
from ingestion.errors import ServiceProblem
from ingestion.lambdas.settings import landing_root, sns_topics, while_time_is_left
from ingestion.pipeline import Handed, Message, Report, land_messages


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Land `Records`; answers which of them did not land, durably, so that SQS shows them again.

    Raises:
        EventsError: The function is not set up well.
    """
    records = event["Records"]
    if not records:
        return {"batchItemFailures": []}
    messages = (
        Message(record["messageId"], record["messageId"], json.dumps(record).encode())
        for record in while_time_is_left(records, context)
    )
    handed = landed(records[0]["eventSourceARN"], "sqs", messages)
    is_landed = set(handed.landed)
    failed = [record["messageId"] for record in records if record["messageId"] not in is_landed]
    return {"batchItemFailures": [{"itemIdentifier": message_id} for message_id in failed]}


def landed(source: str, transport: str, messages: Any) -> Handed:
    """What became of the messages; none has landed when the landing zone failed."""
    try:
        handed = land_messages(landing_root(), transport, source, messages, topics=sns_topics())
    except ServiceProblem as error:
        say(f"Not landed: {error}", err=True)
        return Handed(Report())
    for message_id, why in handed.failed.items():
        say(f"Not landed: {message_id}: {why}", err=True)
    report = handed.report
    say(
        f"read {report.read} = landed {report.landed.total()} + quarantined {report.quarantined.total()} "
        f"+ control {report.control}"
    )
    return handed
