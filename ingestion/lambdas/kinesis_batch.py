"""A batch of a Kinesis shard into the landing zone. Turn on `ReportBatchItemFailures` in the event source mapping.

Source: Lambda Developer Guide, "Configuring partial batch response with Kinesis Data Streams and Lambda".
"""

from __future__ import annotations

import json
from typing import Any

from ingestion.lambdas.settings import while_time_is_left
from ingestion.lambdas.sqs_batch import landed
from ingestion.pipeline import Message


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Land `Records`; answers the first that did not land, from which on Lambda hands over again.

    Raises:
        EventsError: The function is not set up well.
    """
    records = event["Records"]
    if not records:
        return {"batchItemFailures": []}
    messages = (
        Message(record["kinesis"]["sequenceNumber"], record["eventID"], json.dumps(record).encode())
        for record in while_time_is_left(records, context)
    )
    is_landed = set(landed(records[0]["eventSourceARN"], "kinesis", messages).landed)
    for record in records:
        if (number := record["kinesis"]["sequenceNumber"]) not in is_landed:
            return {"batchItemFailures": [{"itemIdentifier": number}]}
    return {"batchItemFailures": []}
