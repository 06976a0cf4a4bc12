"""A proxy before an emulated S3 and SQS that fails at requests, and in ways, of the test's choosing."""

from __future__ import annotations

import os
import signal
import subprocess
import threading
import time
from http.client import HTTPConnection
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Literal, get_args
from urllib.parse import urlsplit

from command_line import COMMAND, Cli

EVERY_MOMENT = os.environ.get("EMAIL_EVENTS_FAULTS") == "all"
SECONDS = 120
# boto3 has no setting in the environment for how long it waits; 1 second is what a long poll of SQS takes by itself
IMPATIENT = "import botocore.endpoint, botocore.config\nbotocore.config.Config.OPTION_DEFAULTS['read_timeout'] = 2\n"

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
FAILURES: tuple[Fault, ...] = tuple(fault for fault in get_args(Fault) if fault not in KILLS)

FOR_GOOD = 1000  # more requests than any command of these tests makes


class FaultyAws:
    """Passes requests on to `endpoint`; `requests` says what was asked since `run` began."""

    def __init__(self, endpoint: str) -> None:
        self.requests: list[str] = []
        self._plan: dict[int, Fault] = {}
        self._victim = 0  # the process that is killed
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

    def run(self, cli: Cli, *arguments: str, plan: dict[int, Fault] | None = None) -> int:
        """Run `email-events`, for which this is AWS; its exit status. The plan is by request, counted from 1."""
        self._plan, self.requests = plan or {}, []
        environment = cli.environment | {"AWS_ENDPOINT_URL": self.endpoint, "PYTHONPATH": str(cli.folder / "site")}
        process = subprocess.Popen(
            [str(COMMAND), *arguments],
            cwd=cli.folder,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            text=True,
        )
        self._victim = process.pid
        _, err = process.communicate(timeout=SECONDS)
        assert "Traceback" not in err, err
        return process.returncode

    def _serve(self, asked: BaseHTTPRequestHandler) -> None:
        operation = asked.headers.get("X-Amz-Target", "").removeprefix("AmazonSQS.")
        if operation == "ChangeMessageVisibilityBatch":  # comes when the clock says so: no moment of its own
            body = asked.rfile.read(int(asked.headers["Content-Length"]))
            return self._answer(asked, *self._pass_on(asked, body))
        with self._lock:
            self.requests.append(operation or f"{asked.command} {asked.path}")
            fault = self._plan.get(len(self.requests))
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
            time.sleep(4)  # twice as long as the client waits
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
        os.kill(self._victim, signal.SIGKILL)
        self._hang_up(asked)
