"""A landing zone in S3, over HTTP, and what is said when S3 will not do."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
from command_line import Cli, line

pytestmark = pytest.mark.slow


def test_a_zone_in_s3_holds_what_one_in_a_folder_holds(cli: Cli, s3: str) -> None:
    cli.write("inbox/a.json", line(1) + "broken\n")
    cli.write("inbox/b.json", line(2))
    cli.land("inbox", to="zone")
    finished = cli.land("inbox", to=s3)
    assert finished.ledger == {"read": 3, "landed": 2, "quarantined": 1, "control": 0}
    assert f"{s3}/events/dt=" in finished.out
    assert cli.zone(s3).timeless() == cli.zone().timeless()
    assert cli.land("inbox", to=s3).ledger["read"] == 0


def test_without_credentials_the_status_is_3(cli: Cli, s3: str) -> None:
    cli.write("a.json", line())
    del cli.environment["AWS_ACCESS_KEY_ID"]
    finished = cli("land", "a.json", "--to", s3)
    assert finished.status == 3
    assert "redentials" in finished.err


def test_a_bucket_that_is_not_there_is_configuration(cli: Cli, s3: str) -> None:
    cli.write("a.json", line())
    finished = cli("land", "a.json", "--to", "s3://no-such-bucket/landing")
    assert finished.status == 3
    assert "no-such-bucket" in finished.err


@pytest.fixture
def failing_s3(cli: Cli) -> Iterator[str]:
    """A service that answers 503 to everything."""

    class Unavailable(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.rfile.read(int(self.headers.get("Content-Length", 0)))
            self.send_response(503)
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_PUT = do_POST = do_DELETE = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Unavailable)
    Thread(target=server.serve_forever, daemon=True).start()
    yield f"http://127.0.0.1:{server.server_port}"
    server.shutdown()
    server.server_close()


def test_a_service_that_fails_is_status_4_and_nothing_is_lost(cli: Cli, s3: str, failing_s3: str) -> None:
    cli.write("a.json", line())
    working = cli.environment["AWS_ENDPOINT_URL"]
    cli.environment |= {"AWS_ENDPOINT_URL": failing_s3}
    finished = cli("land", "a.json", "--to", s3)
    assert finished.status == 4
    assert "run the same command again" in finished.err
    cli.environment["AWS_ENDPOINT_URL"] = working
    assert cli.land("a.json", to=s3).ledger["landed"] == 1


def test_a_service_that_does_not_answer_is_status_4(cli: Cli, s3: str) -> None:
    cli.write("a.json", line())
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        cli.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{unused.getsockname()[1]}"
        finished = cli("land", "a.json", "--to", s3)
    assert finished.status == 4
    assert s3.split("/")[2] in finished.err


def test_a_full_temporary_disk_is_status_4_and_nothing_is_lost(cli: Cli, s3: str) -> None:
    cli.write("site/sitecustomize.py", "import tempfile\ntempfile.TemporaryFile = lambda: open('/dev/full', 'w+b')\n")
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    cli.write("a.json", line())
    finished = cli("land", "a.json", "--to", s3)
    assert finished.status == 4
    assert "No space left on device" in finished.err
    assert "TMPDIR" in finished.err
    del cli.environment["PYTHONPATH"]
    assert cli.land("a.json", to=s3).ledger["landed"] == 1
