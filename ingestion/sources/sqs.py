"""A queue of SQS: messages are held from when they are received until they are deleted, and others cannot see them."""

from __future__ import annotations

import base64
import json
import re
import time
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import islice
from threading import Event, Lock, Thread
from types import TracebackType
from typing import Any

from ingestion import aws
from ingestion.errors import UsageProblem

_AT_ONCE = 10  # messages of one request: SQS takes no more
_MOST_RECEIVERS = 8
_REGION = re.compile(r"https?://(?:sqs\.)?([a-z]{2,4}(?:-[a-z]{2,16}){1,3}-[0-9]{1,2})\.(?:queue\.)?amazonaws\.com")


class Queue:
    """Use it as a context manager: as long as the block lasts, what is held stays hidden from other readers.

    `wait_seconds` is how long one long poll waits; every call raises ConfigurationProblem or ServiceProblem.
    """

    def __init__(self, url: str, *, hidden_seconds: int, wait_seconds: int) -> None:
        if not url.startswith(("https://", "http://")):
            raise UsageProblem(f"{url} is not the URL of a queue, like https://sqs.eu-west-1.amazonaws.com/...")
        self.url = url
        region = _REGION.match(url)
        self._region = region[1] if region else None
        self._hidden_seconds = hidden_seconds
        self._wait_seconds = wait_seconds
        self._held: dict[str, float] = {}  # by receipt, until when it is hidden
        self._lock = Lock()
        self._is_closed = Event()
        self._keeper = Thread(target=self._keep_hidden, daemon=True)
        self._pool = ThreadPoolExecutor(_MOST_RECEIVERS)
        self._receivers = 1
        self.is_empty = False  # as far as the last request tells

    def __enter__(self) -> Queue:
        self._client = aws.client("sqs", self._region)
        self._keeper.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._is_closed.set()
        self._pool.shutdown(cancel_futures=True)
        self._keeper.join()

    def receive(self) -> list[dict[str, Any]]:
        """What the queue has now, or comes within some seconds; nothing when it is empty.

        As long as the queue gives as much as it is asked for, twice as much is asked for the next time.
        """
        requests = [self._pool.submit(self._receive) for _ in range(self._receivers)]
        answers = [request.result() for request in requests]
        is_all = all(len(answer) == _AT_ONCE for answer in answers)
        self._receivers = min(2 * self._receivers, _MOST_RECEIVERS) if is_all else 1
        self.is_empty = not any(answers)
        return [message for answer in answers for message in answer]

    def _receive(self) -> list[dict[str, Any]]:
        until = time.monotonic() + self._hidden_seconds
        with self._telling():
            answer = self._client.receive_message(
                QueueUrl=self.url,
                MaxNumberOfMessages=_AT_ONCE,
                WaitTimeSeconds=self._wait_seconds,
                VisibilityTimeout=self._hidden_seconds,
                MessageSystemAttributeNames=["SentTimestamp", "ApproximateReceiveCount"],
                MessageAttributeNames=["All"],
            )
        messages: list[dict[str, Any]] = answer.get("Messages", [])
        with self._lock:
            self._held.update((message["ReceiptHandle"], until) for message in messages)
        return messages

    def delete(self, receipts: list[str]) -> int:
        """Delete messages; how many SQS would not: they will come again."""
        return sum(self._pool.map(self._delete, _chunks(receipts)))

    def _delete(self, receipts: list[str]) -> int:
        with self._telling():
            answer = self._client.delete_message_batch(QueueUrl=self.url, Entries=_entries(receipts))
        self.release(receipts)
        return len(answer.get("Failed", ()))

    def release(self, receipts: Iterable[str]) -> None:
        """Hold these no longer; the queue shows them again when their time is over."""
        with self._lock:
            for receipt in receipts:
                self._held.pop(receipt, None)

    def _keep_hidden(self) -> None:
        while not self._is_closed.wait(min(self._hidden_seconds / 4, 30)):
            soon = time.monotonic() + self._hidden_seconds / 2
            with self._lock:
                ending = [receipt for receipt, until in self._held.items() if until < soon]
            for receipts in _chunks(ending):
                until = time.monotonic() + self._hidden_seconds
                try:
                    self._client.change_message_visibility_batch(
                        QueueUrl=self.url, Entries=_entries(receipts, VisibilityTimeout=self._hidden_seconds)
                    )
                except Exception:  # then they are shown again, which costs repeats and loses nothing
                    continue
                with self._lock:
                    self._held.update((receipt, until) for receipt in receipts if receipt in self._held)

    def _telling(self) -> Any:
        return aws.telling(self.url, "SQS", "there is no such queue. Correct --queue.")


def _entries(receipts: list[str], **more: Any) -> list[dict[str, Any]]:
    return [{"Id": str(number), "ReceiptHandle": receipt, **more} for number, receipt in enumerate(receipts)]


def _chunks(receipts: list[str]) -> Iterator[list[str]]:
    remaining = iter(receipts)
    while chunk := list(islice(remaining, _AT_ONCE)):
        yield chunk


def document(message: dict[str, Any]) -> bytes:
    """The message as JSON, which says what SQS knows of it beside its body."""
    kept = {name: message[name] for name in ("MessageId", "Attributes", "MessageAttributes", "Body") if name in message}
    return json.dumps(kept, default=_base64).encode()


def _base64(value: bytes) -> str:
    return base64.b64encode(value).decode()


def until_full(
    queue: Queue, *, seconds: float, is_stopped: Callable[[], bool], until_empty: bool
) -> Iterator[dict[str, Any]]:
    """Messages as they come; ends when there are enough for a batch, at the latest `seconds` after the first."""
    count = size = 0
    due: float | None = None
    while not is_stopped():
        messages = queue.receive()
        if messages and due is None:
            due = time.monotonic() + seconds
        for message in messages:
            count += 1
            size += len(message["Body"])
            yield message
        if count >= MAX_MESSAGES or size >= MAX_BYTES or (due is not None and time.monotonic() >= due):
            return
        if until_empty and queue.is_empty:
            return


MAX_MESSAGES = 20_000  # SQS lets 120,000 of a queue be held at once, 20,000 of one in order
MAX_BYTES = 64 * 1024 * 1024
