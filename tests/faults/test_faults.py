"""A command that is killed, or whose storage fails, at any moment; run again it leaves what one clean run does.

`make test` takes each fault at one moment of each kind; `make test-faults` at every moment (EMAIL_EVENTS_FAULTS=all).
Queues promise less, since they redeliver in other groups: test_queue_faults.py.
"""

from __future__ import annotations

import signal
import subprocess
from collections.abc import Callable
from pathlib import Path

import pytest
from balanced import assert_balanced
from command_line import Cli, line
from dying import DYING
from emulated_aws import client
from faulty_aws import EVERY_MOMENT, FAILURES, FOR_GOOD, KILLS, Fault, FaultyAws

Source = Callable[[Cli, str], str]


def from_files(cli: Cli, bucket: str) -> str:
    """Two inputs, of which something is quarantined, in a folder."""
    cli.write("inbox/a.json", "".join(line(number) for number in range(20)) + "broken\n")
    cli.write("inbox/b.json", "".join(line(100 + number, "Open") for number in range(20)))
    return "inbox"


def from_s3(cli: Cli, bucket: str) -> str:
    """The same, under a prefix of a bucket."""
    from_files(cli, bucket)
    s3 = client("s3", cli.environment["AWS_ENDPOINT_URL"])
    for name in ("a.json", "b.json"):
        s3.put_object(Bucket=bucket, Key=f"inbox/{name}", Body=(cli.folder / "inbox" / name).read_bytes())
    return f"s3://{bucket}/inbox/"


SOURCES = [from_files, from_s3]


def land(source: str, place: str) -> list[str]:
    return ["land", source, "--to", place, "--processes", "1"]


def assert_clean_after_another_run(cli: Cli, source: str, place: str, clean: dict[str, bytes], told: str) -> None:
    finished = cli(*land(source, place))
    assert finished.status == 0, finished.err
    assert_balanced(cli.zone(place))
    assert cli.zone(place).timeless() == clean, told


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("fault", [*KILLS, *FAILURES])
def test_after_a_fault_of_s3_another_run_leaves_what_a_clean_one_does(
    cli: Cli, bucket: str, faulty: FaultyAws, fault: Fault, source: Source
) -> None:
    name = source(cli, bucket)
    assert faulty.run(cli, *land(name, f"s3://{bucket}/clean")) == 0
    clean = cli.zone(f"s3://{bucket}/clean").timeless()
    assert_balanced(cli.zone(f"s3://{bucket}/clean"))
    requests = list(faulty.requests)
    writes = [at for at, request in enumerate(requests, 1) if request.startswith(("PUT", "DELETE"))]
    assert len(writes) >= 5  # a mark, two objects, a manifest, the mark's end
    for at in range(1, len(requests) + 1) if EVERY_MOMENT else [writes[len(fault) % len(writes)]]:
        place = f"s3://{bucket}/zone-{at}"
        status = faulty.run(cli, *land(name, place), plan={at: fault})
        told = f"{fault} at {requests[at - 1]}"
        assert status in ((-signal.SIGKILL,) if fault in KILLS else (0, 4)), told
        assert_clean_after_another_run(cli, name, place, clean, told)


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("fault", ["answers 503", "hangs up after it is done"])
def test_when_s3_stays_away_the_status_is_4_and_another_run_leaves_what_a_clean_one_does(
    cli: Cli, bucket: str, faulty: FaultyAws, fault: Fault, source: Source
) -> None:
    name = source(cli, bucket)
    assert faulty.run(cli, *land(name, f"s3://{bucket}/clean")) == 0
    clean = cli.zone(f"s3://{bucket}/clean").timeless()
    count = len(faulty.requests)
    for at in range(1, count + 1) if EVERY_MOMENT else [count - 3]:
        place = f"s3://{bucket}/zone-{at}"
        assert faulty.run(cli, *land(name, place), plan=dict.fromkeys(range(at, FOR_GOOD), fault)) == 4
        assert_clean_after_another_run(cli, name, place, clean, f"{fault} from request {at} on")


@pytest.mark.parametrize("source", SOURCES)
@pytest.mark.parametrize("torn", ["", "1"])
def test_killed_while_it_writes_into_a_folder_another_run_leaves_what_a_clean_one_does(
    cli: Cli, bucket: str, source: Source, torn: str
) -> None:
    name = source(cli, bucket)
    cli(*land(name, "clean"))
    clean = cli.zone("clean").timeless()
    cli.write("site/sitecustomize.py", DYING)
    moment = 0
    while True:
        moment += 1 if EVERY_MOMENT else 4
        environment = dict(cli.environment)
        cli.environment |= {"PYTHONPATH": str(cli.folder / "site"), "DIE_AT": str(moment), "DIE_TORN": torn}
        finished = cli(*land(name, "zone"))
        cli.environment = environment
        if finished.status == 0:
            break
        assert finished.status == -signal.SIGKILL
        assert_clean_after_another_run(cli, name, "zone", clean, f"killed before write {moment}")
        (cli.folder / "zone").rename(cli.folder / f"done-{moment}")
    assert moment > 8  # a mark, two objects and a manifest are opened and renamed, the mark removed


@pytest.mark.parametrize("source", SOURCES)
def test_on_a_full_disk_the_status_is_4_and_another_run_leaves_what_a_clean_one_does(
    cli: Cli, bucket: str, source: Source
) -> None:
    name = source(cli, bucket)
    cli(*land(name, "clean"))
    clean = cli.zone("clean").timeless()
    sizes = sorted(len(data) for data in cli.zone("clean").files().values())
    for size in sizes if EVERY_MOMENT else sizes[-1:]:
        # no file may become as large as one of the zone's: what a disk without room says, at another number; well below
        # it, since what gzip makes of another arrival time may be some bytes shorter
        limit = size * 9 // 10
        limited = f"import resource; resource.setrlimit(resource.RLIMIT_FSIZE, ({limit}, {limit}))\n"
        cli.write("site/sitecustomize.py", limited)
        cli.environment["PYTHONPATH"] = str(cli.folder / "site")
        finished = cli(*land(name, f"zone-{size}"))
        del cli.environment["PYTHONPATH"]
        assert finished.status == 4, finished.out
        assert "run the same command again" in finished.err
        assert_clean_after_another_run(cli, name, f"zone-{size}", clean, f"no file above {limit} bytes")


def test_a_disk_that_fills_up_is_status_4_and_another_run_leaves_what_a_clean_one_does(
    cli: Cli, tmp_path: Path
) -> None:
    name = from_files(cli, "")
    cli(*land(name, "clean"))
    clean = cli.zone("clean").timeless()
    disk = tmp_path / "disk"
    disk.mkdir()
    mounted = subprocess.run(["mount", "-t", "tmpfs", "-o", "size=8k", "tmpfs", str(disk)], capture_output=True)
    if mounted.returncode:
        pytest.skip("no disk of 8 KB can be made here: mounting needs root")
    try:
        finished = cli(*land(name, "disk/zone"))
        assert finished.status == 4, finished.out
        assert "No space left on device" in finished.err
        subprocess.run(["mount", "-o", "remount,size=8m", str(disk)], check=True)
        assert_clean_after_another_run(cli, name, "disk/zone", clean, "the disk was full")
    finally:
        subprocess.run(["umount", str(disk)], check=True)
