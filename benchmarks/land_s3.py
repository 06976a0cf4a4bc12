"""Who waits for whom when `land` reads many small objects of S3: it should be the network.

    python benchmarks/land_s3.py [OBJECTS] [MILLISECONDS]        default 4000 objects, 30 ms

A stand-in for S3 on this machine answers each request after so many milliseconds. Beside `land` with one process stands
a bare loop with boto3 that lists and fetches the same objects by as many threads and does nothing with them. `land` is
the whole command, start included. Processor seconds are printed too: on a machine that does other work only they can be
compared.
"""

from __future__ import annotations

import asyncio
import json
import multiprocessing
import os
import resource
import subprocess
import sys
import tempfile
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

COMMAND = str(Path(sys.executable).with_name("email-events"))
THREADS = 32
EVENT = json.dumps(
    {
        "eventType": "Send",
        "mail": {
            "timestamp": "2026-11-10T09:00:00.000Z",
            "source": "news@shop.example.com",
            "sendingAccountId": "012345678901",
            "messageId": "0100019ab0000001-3f2a5b1c-4d7e-4a60-9c0f-000000000001-000000",
            "destination": ["reader@example.org"],
            "tags": {"ses:configuration-set": ["marketing"]},
        },
        "send": {},
    }
).encode()
BODY = (EVENT + b"\n") * 5


def listed(count: int, after: int) -> bytes:
    last = min(after + 1000, count)
    entries = "".join(
        f"<Contents><Key>in/{n:07d}.json</Key><LastModified>2026-11-10T09:00:00.000Z</LastModified>"
        f"<ETag>&quot;e&quot;</ETag><Size>{len(BODY)}</Size></Contents>"
        for n in range(after, last)
    )
    more = f"<NextContinuationToken>{last}</NextContinuationToken>" if last < count else ""
    return (
        f"<ListBucketResult><IsTruncated>{str(bool(more)).lower()}</IsTruncated>{more}{entries}</ListBucketResult>"
    ).encode()


def serve(count: int, seconds: float, port: Any) -> None:
    async def answer(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while True:
                head = (await reader.readuntil(b"\r\n\r\n")).decode()
                target = head.split(" ", 2)[1]
                await asyncio.sleep(seconds)
                body, status = BODY, "206 Partial Content"
                if "list-type" in target:
                    _, _, token = target.partition("continuation-token=")
                    is_first = "max-keys=1" in target
                    body, status = listed(1 if is_first else count, int(token.partition("&")[0] or 0)), "200 OK"
                writer.write(f"HTTP/1.1 {status}\r\nContent-Length: {len(body)}\r\n\r\n".encode() + body)
        except (asyncio.IncompleteReadError, ConnectionError):
            writer.close()

    async def run() -> None:
        server = await asyncio.start_server(answer, "127.0.0.1", 0)
        port.value = server.sockets[0].getsockname()[1]
        await server.serve_forever()

    asyncio.run(run())


def processor_seconds(whose: int) -> float:
    used = resource.getrusage(whose)
    return used.ru_utime + used.ru_stime


def bare(count: int) -> float:
    """Seconds of a loop that lists, fetches and forgets, start of Python left out."""
    import boto3
    from botocore.config import Config

    client = boto3.client("s3", config=Config(max_pool_connections=THREADS))
    started = time.monotonic()
    pages = client.get_paginator("list_objects_v2").paginate(Bucket="b", Prefix="in/")
    keys = [entry["Key"] for page in pages for entry in page["Contents"]]
    with ThreadPoolExecutor(THREADS) as pool:
        fetched = pool.map(lambda key: client.get_object(Bucket="b", Key=key)["Body"].read(), keys)
        assert sum(map(len, fetched)) == count * len(BODY)
    return time.monotonic() - started


def main() -> None:
    count, milliseconds = int((sys.argv[1:2] or ["4000"])[0]), int((sys.argv[2:3] or ["30"])[0])
    port = multiprocessing.Value("i", 0)
    server = multiprocessing.Process(target=serve, args=(count, milliseconds / 1000, port), daemon=True)
    server.start()
    while not port.value:
        time.sleep(0.01)
    os.environ |= {
        "AWS_ENDPOINT_URL": f"http://127.0.0.1:{port.value}",
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }
    print(f"{count:,} objects of {len(BODY):,} bytes, {milliseconds} ms a request")
    print(f"  one after the other, network alone   {count * milliseconds / 1000:8.1f} s")
    print(f"  {THREADS} at a time, network alone          {count * milliseconds / 1000 / THREADS:8.1f} s")
    for _ in range(3):
        before = processor_seconds(resource.RUSAGE_SELF), processor_seconds(resource.RUSAGE_CHILDREN)
        plain = bare(count)
        with tempfile.TemporaryDirectory() as folder:
            started = time.monotonic()
            subprocess.run(
                [COMMAND, "land", "s3://b/in", "--to", f"{folder}/zone", "--processes", "1"],
                check=True,
                capture_output=True,
            )
            landed = time.monotonic() - started
        mine = processor_seconds(resource.RUSAGE_SELF) - before[0]
        lands = processor_seconds(resource.RUSAGE_CHILDREN) - before[1]
        print(
            f"  bare loop {plain:6.1f} s, land {landed:6.1f} s: ratio {landed / plain:.2f}    "
            f"processor {mine:6.1f} s and {lands:6.1f} s: ratio {lands / mine:.2f}"
        )
    server.kill()


if __name__ == "__main__":
    main()
