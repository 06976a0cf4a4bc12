"""A proxy before an emulated S3 that fails at one request, in a way of the test's choosing."""

from __future__ import annotations

import os
import signal
import threading
import time
from dataclasses import dataclass
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal
from urllib.parse import urlsplit

Fault = Literal[
    "answers 500",
    "answers 503",
    "does not answer in time",
    "answers slowly",
    "hangs up before it is done",
    "hangs up after it is done",
    "is killed before",
    "is killed during",
    "is killed after",
]
KILLS: tuple[Fault, ...] = ("is killed before", "is killed during", "is killed after")
# of which boto3's own retries make nothing
FAILURES: tuple[Fault, ...] = (
    "answers 500",
    "answers 503",
    "does not answer in time",
    "answers slowly",
    "hangs up before it is done",
    "hangs up after it is done",
)


@dataclass
class Plan:
    """The fault comes at request `at`, counted from 1, and where `stays` is set at all that follow."""

    fault: Fault | None = None
    at: int = 0
    stays: bool = False
    victim: int = 0  # the process that is killed


class FaultyS3:
    """Passes requests on to `endpoint`; `plan` says what goes wrong, `requests` what was asked since it was made."""

    def __init__(self, endpoint: str) -> None:
        self.plan = Plan()
        self.requests: list[str] = []
        self._behind = urlsplit(endpoint).netloc
        self._lock = threading.Lock()
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def handle_one(self) -> None:
                outer._serve(self)

            do_GET = do_PUT = do_POST = do_DELETE = do_HEAD = handle_one

            def log_message(self, format: str, *args: object) -> None:
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self._server.daemon_threads = True
        self.endpoint = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()

    def begin(self, plan: Plan) -> None:
        self.plan, self.requests = plan, []

    def _serve(self, asked: BaseHTTPRequestHandler) -> None:
        with self._lock:
            self.requests.append(f"{asked.command} {asked.path}")
            number = len(self.requests)
        plan = self.plan
        is_due = number == plan.at or (plan.stays and number > plan.at)
        fault = plan.fault if is_due else None
        if fault == "is killed before":
            return self._kill(asked)
        length = int(asked.headers.get("Content-Length", 0))
        if fault == "is killed during":
            asked.rfile.read(length // 2)
            return self._kill(asked)
        body = asked.rfile.read(length)
        if fault == "hangs up before it is done":
            return self._hang_up(asked)
        if fault in ("answers 500", "answers 503"):
            return self._answer(asked, int(fault.split()[1]), {}, b"")
        if fault == "does not answer in time":
            time.sleep(3)  # three times as long as the client waits
            return self._hang_up(asked)
        status, headers, answer = self._pass_on(asked, body)
        if fault == "is killed after":
            return self._kill(asked)
        if fault == "hangs up after it is done":
            return self._hang_up(asked)
        return self._answer(asked, status, headers, answer, slowly=fault == "answers slowly")

    def _pass_on(self, asked: BaseHTTPRequestHandler, body: bytes) -> tuple[int, dict[str, str], bytes]:
        behind = HTTPConnection(self._behind)
        headers = {name: value for name, value in asked.headers.items() if name.lower() not in ("expect", "connection")}
        behind.request(asked.command, asked.path, body=body or None, headers=headers)
        answer = behind.getresponse()
        content = answer.read()
        behind.close()
        return answer.status, dict(answer.getheaders()), content

    def _answer(
        self, asked: BaseHTTPRequestHandler, status: int, headers: dict[str, str], body: bytes, slowly: bool = False
    ) -> None:
        asked.send_response(status)
        skipped = ("connection", "transfer-encoding", "date", "server")
        for name, value in headers.items():
            if name.lower() not in (*skipped, "content-length"):
                asked.send_header(name, value)
        length = headers.get("Content-Length", headers.get("content-length")) if asked.command == "HEAD" else None
        asked.send_header("Content-Length", length or str(len(body)))
        asked.end_headers()
        if asked.command == "HEAD":
            return
        for at in range(0, len(body), 64 if slowly else max(len(body), 1)):
            asked.wfile.write(body[at : at + 64] if slowly else body)
            asked.wfile.flush()
            if slowly:
                time.sleep(0.02)

    def _hang_up(self, asked: BaseHTTPRequestHandler) -> None:
        asked.close_connection = True
        asked.connection.close()

    def _kill(self, asked: BaseHTTPRequestHandler) -> None:
        os.kill(self.plan.victim, signal.SIGKILL)
        self._hang_up(asked)
