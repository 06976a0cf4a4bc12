"""Objects of S3 as inputs, over HTTP: which are read, in which version, and what a second run finds."""

from __future__ import annotations

import gzip
import json
import signal
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread

import pytest
import zstandard
from command_line import Cli, event, line
from dying import DYING
from emulated_aws import client

pytestmark = pytest.mark.slow

SMALL = (
    "from ingestion import batches\n"
    "from ingestion.sources import ranges, s3\n"
    "ranges.RANGE_BYTES, batches._BATCH_BYTES, batches._HELD = 20_000, 50_000, 25\n"
    "ranges._WINDOW, ranges._OVERLAP, s3._FIRST_READ, s3._LARGEST_READ = 4096, 256, 3000, 7000\n"
)


@pytest.fixture
def put(s3: str, aws_endpoint: str) -> Callable[[str, bytes | str], str]:
    """Puts an object below `in/` of the test's bucket; its address comes back."""
    bucket = s3.split("/")[2]

    def put_object(key: str, content: bytes | str) -> str:
        client("s3", aws_endpoint).put_object(Bucket=bucket, Key=f"in/{key}", Body=content)
        return f"s3://{bucket}/in/{key}"

    return put_object


def inbox(s3: str) -> str:
    return "/".join(s3.split("/")[:3]) + "/in"


def test_objects_land_as_files_do_and_a_second_run_writes_nothing(cli: Cli, s3: str, put: Callable) -> None:
    put("a.json", line(1) + "broken\n")
    put("b/c.ndjson.gz", gzip.compress(line(2).encode()))
    put("b/stream-1-2026-11-10-09-00-00-3f2a5b1c", gzip.compress(line(3).encode()))  # as Firehose writes: no suffix
    put("b/my.stream-1-2026-11-10-09-00-00-3f2a5b1c", line(4))
    put("d.json.zst", zstandard.compress(line(5).encode()))
    put("folder/", "")
    put("empty.json", "")
    put(".hidden.json", line(6))
    ignored = put("notes.txt", "no events")
    finished = cli.land(inbox(s3), to=s3)
    assert finished.ledger == {"read": 6, "landed": 5, "quarantined": 1, "control": 0}
    assert ignored in finished.out
    landed = cli.zone(s3).events
    assert {entry["transport"] for entry in landed} == {"s3"}
    assert f"{inbox(s3)}/b/c.ndjson.gz:1" in {entry["origin"] for entry in landed}
    assert [entry["origin"] for entry in cli.zone(s3).quarantine] == [f"{inbox(s3)}/a.json:2"]
    before = cli.zone(s3).files()
    again = cli.land(inbox(s3) + "/", to=s3)
    assert again.ledger["read"] == 0
    assert "Skipped 6 inputs" in again.out
    assert cli.zone(s3).files() == before


def test_what_ses_leaves_in_a_bucket_when_receiving_is_set_up_is_ignored(cli: Cli, s3: str, put: Callable) -> None:
    address = put("received/AMAZON_SES_SETUP_NOTIFICATION", "Subject: Amazon SES Setup Notification\n\nHello,\n")
    for source in (inbox(s3), address):
        finished = cli.land(source)
        assert finished.ledger["read"] == 0
        assert f"contain no events by their name or kind: {address}" in finished.out


def test_another_version_of_an_object_is_a_new_input(cli: Cli, s3: str, put: Callable) -> None:
    address = put("a.json", line(1))
    cli.land(address)
    put("a.json", line(1) + line(2))
    assert cli.land(address).ledger["landed"] == 2


def test_a_prefix_is_a_folder_and_no_beginning_of_a_name(cli: Cli, s3: str, put: Callable) -> None:
    put("mail/a.json", line(1))
    put("mail-of-others/b.json", line(2))
    assert cli.land(f"{inbox(s3)}/mail").ledger["landed"] == 1


def test_addresses_that_overlap_land_each_object_once(cli: Cli, s3: str, put: Callable) -> None:
    put("a.json", line(1))
    named = put("b/c.json", line(2))
    other = put("b/lines.txt", line(3))  # read where it is named, and only there
    whole, part = inbox(s3), f"{inbox(s3)}/b/"
    for number, addresses in enumerate([(whole, part, other, named), (named, other, part, whole, whole)]):
        finished = cli("land", *addresses, "--to", f"zone/{number}")
        assert finished.ledger == {"read": 3, "landed": 3, "quarantined": 0, "control": 0}


def test_an_address_without_an_object_is_wrong_usage(cli: Cli, s3: str) -> None:
    finished = cli("land", f"{inbox(s3)}/nothing", "--to", "zone")
    assert finished.status == 2
    assert f"{inbox(s3)}/nothing" in finished.err


def test_of_the_landing_zone_itself_nothing_is_read(cli: Cli, s3: str, put: Callable) -> None:
    put("a.json", line(1))
    whole = "/".join(s3.split("/")[:3])
    cli.land(whole, to=s3)
    finished = cli.land(whole, to=s3)
    assert finished.ledger["read"] == 0
    assert "Left out 2 inputs" in finished.out


def test_an_address_in_the_landing_zone_is_refused_with_what_to_do(cli: Cli, s3: str, put: Callable) -> None:
    put("a.json", line(1))
    cli.land(inbox(s3), to=s3)
    [key] = [key for key in cli.zone(s3).files() if key.startswith("events/")]
    for address in (s3, f"{s3}/", f"{s3}/events", f"{s3}/{key}"):
        finished = cli("land", address, "--to", s3)
        assert finished.status == 2
        assert f"{address} lies in the landing zone itself" in finished.err


def test_a_bucket_that_is_not_there_and_missing_credentials_are_status_3(cli: Cli, s3: str) -> None:
    finished = cli("land", "s3://no-such-bucket/in", "--to", "zone")
    assert finished.status == 3
    assert "no-such-bucket" in finished.err
    del cli.environment["AWS_ACCESS_KEY_ID"]
    finished = cli("land", inbox(s3), "--to", "zone")
    assert finished.status == 3
    assert "redentials" in finished.err


def test_since_and_until_go_by_the_date_in_the_key_and_read_the_hours_they_touch(
    cli: Cli, s3: str, put: Callable
) -> None:
    for number, folder in enumerate(
        ["2026/11/09/23", "2026/11/10/00", "2026/11/10/13", "2026/11/11/00", "dt=2026-11-10/hour=05"]
    ):
        put(f"{folder}/part", line(number))
    put("undated.json", line(9))  # written now, long after

    def landed(*bounds: str, source: str = inbox(s3)) -> set[str]:
        place = "zone" + "".join(bounds).replace(":", "") + source[-4:].replace("/", "")
        cli.land(source, *bounds, to=place)
        return {entry["origin"].removeprefix(inbox(s3) + "/").rpartition("/")[0] for entry in cli.zone(place).events}

    of_the_day = {"2026/11/10/00", "2026/11/10/13", "dt=2026-11-10/hour=05"}
    assert landed("--since", "2026-11-10", "--until", "2026-11-11") == of_the_day
    assert landed("--since", "2026-11-10T14:30:00+01:00", "--until", "2026-11-10T23") == {"2026/11/10/13"}
    assert landed("--until", "2026-11-10") == {"2026/11/09/23"}
    # nothing but folders by date here, so those outside of the period are not even listed
    assert landed("--since", "2026-11-10", "--until", "2026-11-11", source=f"{inbox(s3)}/2026") == {
        "2026/11/10/00",
        "2026/11/10/13",
    }
    later = "2026-11-11T00:30"
    assert landed("--since", later) == {"2026/11/11/00", ""}
    finished = cli("land", inbox(s3), "--since", "yesterday", "--to", "zone")
    assert finished.status == 2
    assert "yesterday is not a time" in finished.err


def test_a_large_object_is_cut_where_documents_end_and_says_from_which_byte_it_counts(
    cli: Cli, s3: str, put: Callable
) -> None:
    cli.write("site/sitecustomize.py", SMALL)
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    content = "".join(line(n) if n % 3 else json.dumps(event(n), indent=1) + "\n" for n in range(150))
    put("a.json", content)
    put("b.json", gzip.compress(content.encode(), 0))  # too large for a range, and compressed: not cut
    cli.land(inbox(s3), "--processes", "1")
    for name in ("a.json", "b.json"):
        landed = [entry for entry in cli.zone().events if entry["origin"].startswith(f"{inbox(s3)}/{name}")]
        payloads = sorted((entry["payload"] for entry in landed), key=lambda payload: payload["mail"]["messageId"])
        assert payloads == [event(n) for n in range(150)]
        cuts = {entry["origin"].rpartition(":")[0] for entry in landed}
        assert (len(cuts) == 3) == (name == "a.json")
    for entry in cli.zone().events:
        place, _, number = entry["origin"].rpartition(":")
        if place.startswith(f"{inbox(s3)}/a.json"):
            start = int(place.partition("@")[2] or 0)
            begins = content[start:].split("\n")[int(number) - 1]
            assert begins == "{" or entry["payload"]["mail"]["messageId"] in begins


def test_killed_and_run_again_equals_one_clean_run(cli: Cli, s3: str, put: Callable) -> None:
    for number in range(60):
        put(f"{number:02d}.json", "".join(line(number * 100 + n) for n in range(4)) + "broken\n")
    cli.write("site/sitecustomize.py", SMALL + DYING)
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    cli.land(inbox(s3), "--processes", "1", to="clean")
    assert len(cli.zone("clean").manifests) == 3
    for moment in (3, 10, 18):  # its first object, the second batch, the third
        cli.environment["DIE_AT"] = str(moment)
        assert cli("land", inbox(s3), "--processes", "1", "--to", f"zone/{moment}").status == -signal.SIGKILL
        del cli.environment["DIE_AT"]
        cli.land(inbox(s3), "--processes", "2", to=f"zone/{moment}")
        assert cli.zone(f"zone/{moment}").timeless() == cli.zone("clean").timeless()


@pytest.fixture
def on_the_way(cli: Cli, s3: str) -> Iterator[list[Callable[[bytes], bytes]]]:
    """What happens to the content of objects, one after the other, between S3 and the command."""
    endpoint = cli.environment["AWS_ENDPOINT_URL"]
    happening: list[Callable[[bytes], bytes]] = []

    class Proxy(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            headers = {name: value for name, value in self.headers.items() if name.lower() != "host"}
            happens = happening.pop(0) if happening and "list-type" not in self.path else None
            if happens:
                happens(b"")
            try:
                answer = urllib.request.urlopen(urllib.request.Request(endpoint + self.path, headers=headers))
            except urllib.error.HTTPError as error:
                answer = error
            body = answer.read()
            self.send_response(answer.status)
            for name, value in answer.headers.items():
                if name.lower() not in ("connection", "transfer-encoding"):
                    self.send_header(name, value)
            self.end_headers()
            self.wfile.write(happens(body) if happens else body)

        def log_message(self, format: str, *args: object) -> None:
            pass

    server = ThreadingHTTPServer(("127.0.0.1", 0), Proxy)
    Thread(target=server.serve_forever, daemon=True).start()
    cli.environment["AWS_ENDPOINT_URL"] = f"http://127.0.0.1:{server.server_port}"
    yield happening
    server.shutdown()
    server.server_close()


def test_a_connection_that_breaks_within_an_object_is_taken_up_again(
    cli: Cli, s3: str, put: Callable, on_the_way: list[Callable[[bytes], bytes]]
) -> None:
    put("a.json", line(1) + line(2))
    on_the_way += [lambda body: body[: len(body) // 2]] * 2
    assert cli.land(inbox(s3)).ledger == {"read": 2, "landed": 2, "quarantined": 0, "control": 0}
    assert on_the_way == []


def test_a_connection_that_keeps_breaking_is_status_4_and_nothing_is_lost(
    cli: Cli, s3: str, put: Callable, on_the_way: list[Callable[[bytes], bytes]]
) -> None:
    address = put("a.json", line(1) + line(2))
    on_the_way += [lambda body: body[: len(body) // 2]] * 20
    finished = cli("land", inbox(s3), "--to", "zone")
    assert finished.status == 4
    assert address in finished.err
    on_the_way.clear()
    assert cli.land(inbox(s3)).ledger["landed"] == 2


def test_an_object_that_changes_before_it_is_read_is_read_in_no_version_but_the_one_found(
    cli: Cli, s3: str, put: Callable, on_the_way: list[Callable[[bytes], bytes]]
) -> None:
    put("a.json", line(1))

    def changed(body: bytes) -> bytes:
        if not body:  # before S3 is asked
            put("a.json", line(2))
        return body

    on_the_way.append(changed)
    finished = cli("land", inbox(s3), "--to", "zone")
    assert finished.status == 4
    assert "was changed or removed since it was found" in finished.err
    assert cli.land(inbox(s3)).ledger["landed"] == 1
    [landed] = cli.zone().events
    assert landed["payload"] == event(2)
