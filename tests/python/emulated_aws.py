"""AWS on this machine: S3 and SQS of moto, over HTTP."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

import boto3
from moto.server import ThreadedMotoServer

KEYS = {"AWS_ACCESS_KEY_ID": "test", "AWS_SECRET_ACCESS_KEY": "test", "AWS_DEFAULT_REGION": "eu-west-1"}


@contextmanager
def served() -> Iterator[str]:
    """Runs as long as the block; the endpoint."""
    server = ThreadedMotoServer(ip_address="127.0.0.1", port=0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    yield f"http://{host}:{port}"
    server.stop()


@cache  # making one takes a third of a second
def client(service: str, endpoint: str) -> Any:
    return boto3.client(
        service,
        endpoint_url=endpoint,
        region_name=KEYS["AWS_DEFAULT_REGION"],
        aws_access_key_id=KEYS["AWS_ACCESS_KEY_ID"],
        aws_secret_access_key=KEYS["AWS_SECRET_ACCESS_KEY"],
    )


def make_bucket(endpoint: str, name: str) -> None:
    where = {"LocationConstraint": KEYS["AWS_DEFAULT_REGION"]}
    client("s3", endpoint).create_bucket(Bucket=name, CreateBucketConfiguration=where)


class SqsQueue:
    """A new queue of that name."""

    def __init__(self, endpoint: str, name: str) -> None:
        self.client = client("sqs", endpoint)
        self.url: str = self.client.create_queue(QueueName=name)["QueueUrl"]

    def send(self, *bodies: str) -> None:
        for start in range(0, len(bodies), 10):
            entries = [{"Id": str(n), "MessageBody": body} for n, body in enumerate(bodies[start : start + 10])]
            assert not self.client.send_message_batch(QueueUrl=self.url, Entries=entries).get("Failed")

    @property
    def counts(self) -> tuple[int, int]:
        """Messages that can be received, and messages that somebody holds."""
        names = ["ApproximateNumberOfMessages", "ApproximateNumberOfMessagesNotVisible"]
        told = self.client.get_queue_attributes(QueueUrl=self.url, AttributeNames=names)["Attributes"]
        return int(told[names[0]]), int(told[names[1]])

    def wait_until_shown(self) -> None:
        """Until messages can be received again that a reader held and let go of, or died with."""
        while self.counts[1]:
            time.sleep(0.1)
