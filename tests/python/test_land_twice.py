"""Landing again, after a run that ended well and after one that was killed."""

from __future__ import annotations

import json
import os
import signal
import time
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path

import pytest
from command_line import Cli, line
from dying import DYING

pytestmark = pytest.mark.slow

# Put under the real command: ranges and batches small enough for a test.
SMALL = """
import sys, time

if "resource_tracker" not in " ".join(sys.orig_argv):
    from ingestion import batches, pipeline
    from ingestion.sources import ranges

    ranges.RANGE_BYTES, batches._BATCH_BYTES = 20_000, 50_000
"""

SLOWLY = """
    read = pipeline._Carrier.read

    def slowly(self, part):
        time.sleep(0.3)
        read(self, part)

    pipeline._Carrier.read = slowly
"""


@pytest.fixture
def small(cli: Cli) -> Cli:
    """Three batches of inputs: small files that share an object, and one that is cut into several."""
    cli.write("site/sitecustomize.py", SMALL + DYING)
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    for number in range(8):
        cli.write(f"inbox/a{number}.json", "".join(line(number * 100 + n) for n in range(10)) + "broken\n")
    cli.write("inbox/b.json", "".join(line(9000 + n, "Open") for n in range(150)))
    cli.write("inbox/c.json", line(9999))
    return cli


def land_until_dead(cli: Cli, place: str, processes: int, **moment: int) -> bool:
    """Run a command that dies at the moment; False when it ended before."""
    environment = dict(cli.environment)
    cli.environment |= {name: str(value) for name, value in moment.items()}
    process = cli.start("land", "inbox", "--to", place, "--processes", str(processes))
    process.communicate()
    cli.environment = environment
    assert process.returncode in (0, -signal.SIGKILL)
    return process.returncode != 0


def resumed(cli: Cli, place: str, processes: int) -> dict[str, bytes]:
    """What the landing zone holds after the command is run again; a mark would be in it."""
    cli.land("inbox", "--processes", str(processes), to=place)
    return cli.zone(place).timeless()


@pytest.fixture
def clean(small: Cli) -> dict[str, bytes]:
    """What one clean run leaves: several batches, one of them of several objects."""
    small.land("inbox", "--processes", "1", to="clean")
    objects = [len(manifest["objects"]) for manifest in small.zone("clean").manifests]
    assert len(objects) >= 2
    assert max(objects) > 2
    assert len(small.zone("clean").events) == 231
    return small.zone("clean").timeless()


def test_killed_before_a_write_and_run_again_equals_one_clean_run(small: Cli, clean: dict[str, bytes]) -> None:
    moment = 1
    while land_until_dead(small, "zone", 1, DIE_AT=moment):
        assert resumed(small, "zone", 1) == clean, f"killed before write {moment}"
        (small.folder / "zone").rename(small.folder / f"done-{moment}")
        moment += 3  # every one: tests/faults, with a smaller inbox
    # three marks, eight objects and three manifests are opened and renamed, the marks removed
    assert moment == 34


def test_killed_while_two_processes_write_and_run_again_equals_one_clean_run(
    small: Cli, clean: dict[str, bytes]
) -> None:
    for moment in (1, 2, 3):
        assert land_until_dead(small, f"zone/{moment}", 2, DIE_AT_WORKERS=moment)
        assert resumed(small, f"zone/{moment}", 2) == clean, f"killed before write {moment} of a worker"


@pytest.mark.parametrize("processes", [1, 2])
def test_killed_at_any_time_and_run_again_equals_one_clean_run(
    small: Cli, clean: dict[str, bytes], processes: int
) -> None:
    started = time.monotonic()
    small.land("inbox", "--processes", str(processes), to="measured")
    whole = time.monotonic() - started
    for share in (0.6, 0.9):
        place = f"zone-{share}"
        process = small.start("land", "inbox", "--to", place, "--processes", str(processes))
        time.sleep(whole * share)
        process.kill()
        process.communicate()
        assert resumed(small, place, processes) == clean


def test_killed_before_writes_to_s3_and_run_again_equals_one_clean_run(
    small: Cli, clean: dict[str, bytes], s3: str
) -> None:
    for moment in (2, 6, 9):
        assert land_until_dead(small, f"{s3}/{moment}", 1, DIE_AT=moment)
        assert resumed(small, f"{s3}/{moment}", 1 + moment % 2) == clean, f"killed before write {moment} to S3"


def test_one_and_two_processes_write_the_same_bytes(small: Cli, clean: dict[str, bytes]) -> None:
    small.land("inbox", "--processes", "2", to="zone")
    assert small.zone().timeless() == clean


def test_an_object_is_not_there_before_it_is_whole(cli: Cli) -> None:
    cli.write(
        "site/sitecustomize.py",
        "import os, signal\n"
        "from ingestion.landing import objects\n"
        "def die(self):\n"
        "    self._file.write(b'half'); self._file.flush(); os.kill(os.getpid(), signal.SIGKILL)\n"
        "objects.ObjectWriter.finish = die\n",
    )
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    cli.write("inbox/a.json", line(1))
    assert cli("land", "inbox", "--to", "zone").status == -signal.SIGKILL
    assert [path.name[0] for path in (cli.folder / "zone" / "events").rglob("*.*") if path.is_file()] == ["."]
    del cli.environment["PYTHONPATH"]
    cli.land("inbox")
    assert {key.partition("/")[0] for key in cli.zone().files()} == {"events", "manifests"}
    assert len(cli.zone().events) == 1


def test_no_process_outlives_a_killed_command(small: Cli) -> None:
    small.environment["DIE_AT_WORKERS"] = "2"
    process = small.start("land", "inbox", "--to", "zone", "--processes", "2")
    process.communicate()  # ends when the last process that holds the pipes does
    assert process.returncode == -signal.SIGKILL


def test_a_second_run_writes_nothing_and_says_what_it_skipped(cli: Cli) -> None:
    cli.write("inbox/a.json", line(1))
    cli.write("inbox/b.json", line(2))
    cli.land("inbox")
    before = cli.zone().files()
    finished = cli.land("inbox")
    assert cli.zone().files() == before
    assert "Skipped 2 inputs" in finished.out


def test_the_same_file_by_another_way_of_writing_its_name_is_no_new_input(cli: Cli) -> None:
    cli.write("inbox/a.json", line(1))
    cli.land("inbox/a.json")
    assert cli.land(str(cli.folder / "inbox" / ".." / "inbox")).ledger["read"] == 0


def test_again_lands_anew_beside_what_was_landed(cli: Cli) -> None:
    cli.write("a.json", line(1))
    cli.land("a.json")
    assert cli.land("a.json", "--again").ledger["landed"] == 1
    assert len(cli.zone().manifests) == 2
    assert len(cli.zone().events) == 2


def test_each_batch_arrives_when_it_is_begun(small: Cli) -> None:
    # each range takes a while, so that the run's later batches begin well after it
    small.write("site/sitecustomize.py", SMALL + SLOWLY)
    small.land("inbox", "--processes", "1")
    arrivals = sorted(datetime.fromisoformat(manifest["arrived_at"]) for manifest in small.zone().manifests)
    assert len(arrivals) > 1
    assert all(later - earlier > timedelta(seconds=0.25) for earlier, later in pairwise(arrivals))
    small.land("inbox", "--processes", "1", "--again")
    assert len(small.zone().manifests) == 2 * len(arrivals)


def test_an_input_that_changed_is_a_new_input(cli: Cli) -> None:
    cli.write("a.json", line(1))
    cli.land("a.json")
    cli.write("a.json", line(1) + line(2))
    assert cli.land("a.json").ledger["landed"] == 2


def test_an_input_with_a_time_in_the_future_lands_once(cli: Cli) -> None:
    path = cli.write("a.json", line(1))
    os.utime(path, (4e9, 4e9))
    cli.land("a.json")
    assert cli.land("a.json").ledger["read"] == 0


def test_a_thousand_small_files_make_few_objects(cli: Cli) -> None:
    for number in range(1000):
        cli.write(f"inbox/{number:04d}.json", line(number))
    assert cli.land("inbox").ledger["landed"] == 1000
    assert len([key for key in cli.zone().files() if key.startswith("events/")]) == 1
    [manifest] = cli.zone().manifests
    assert [entry["landed"] for entry in manifest["inputs"]] == [1] * 1000


def begun(cli: Cli, ago: timedelta) -> tuple[str, Path]:
    """What a run leaves that was killed that long ago: a mark and an object; the object's key, and the mark."""
    cli.write("a.json", line(1))
    cli.land("a.json")
    [manifest] = cli.zone().manifests
    [key] = [key for key in cli.zone().files() if key.startswith("events/")]
    for name in cli.zone().files():
        (cli.folder / "zone" / name).unlink()
    arrived = (datetime.now(UTC) - ago).strftime("%Y-%m-%dT%H:%M:%S.000Z")
    old = f"events/dt={arrived[:10]}/hour={arrived[11:13]}/{Path(key).name}"
    cli.write(f"zone/{old}", b"whatever the killed run wrote")
    mark = {name: manifest[name] for name in ("batch_id", "transport", "inputs")} | {"arrived_at": arrived}
    for entry in mark["inputs"]:
        for name in ("read", "landed"):
            del entry[name]
    return old, cli.write(f"zone/begun/{manifest['batch_id']}.json", json.dumps(mark))


def test_a_mark_is_gone_on_with_under_its_own_arrival_time(cli: Cli) -> None:
    key, mark = begun(cli, timedelta(hours=5))
    cli.land("a.json")
    assert [name for name in cli.zone().files() if name.startswith("events/")] == [key]
    assert len(cli.zone().events) == 1
    assert not mark.exists()


def test_a_mark_older_than_six_hours_is_cleared_away_and_its_inputs_begin_anew(cli: Cli) -> None:
    key, mark = begun(cli, timedelta(hours=7))
    finished = cli.land("a.json")
    assert finished.ledger["landed"] == 1
    assert " of 1 input (a.json): its output was deleted" in finished.out
    assert key not in cli.zone().files()
    assert len(cli.zone().events) == 1
    assert not mark.exists()


def test_a_mark_of_other_inputs_is_left_alone(cli: Cli) -> None:
    key, mark = begun(cli, timedelta(minutes=5))
    cli.write("b.json", line(2))
    finished = cli.land("b.json")
    assert " of 1 input (a.json). Not all of its inputs are among the sources" in finished.out
    assert mark.exists()
    assert key in cli.zone().files()


def test_a_mark_that_becomes_too_old_while_other_inputs_land_is_cleared_away(cli: Cli) -> None:
    key, mark = begun(cli, timedelta(hours=6) - timedelta(seconds=5))
    cli.write("site/sitecustomize.py", SMALL + "    batches._HELD = 1\n" + SLOWLY.replace("0.3", "4"))
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    for name in ("0.json", "1.json"):
        cli.write(name, line(2))
    finished = cli.land("0.json", "1.json", "a.json", "--processes", "1")
    assert finished.ledger["landed"] == 3
    assert "Discarded an unfinished batch from " in finished.out
    assert key not in cli.zone().files()
    assert len(cli.zone().events) == 3
    assert not mark.exists()


def test_a_batch_that_another_run_took_for_dead_leaves_nothing_and_is_status_4(cli: Cli) -> None:
    cli.write("site/sitecustomize.py", SMALL + SLOWLY.replace("0.3", "2"))
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    cli.write("a.json", line(1))
    process = cli.start("land", "a.json", "--to", "zone", "--processes", "1")
    while not (marks := list((cli.folder / "zone").glob("begun/*.json"))):
        time.sleep(0.02)
    marks[0].unlink()
    _, err = process.communicate()
    assert process.returncode == 4
    assert "Run the same command again" in err
    assert cli.zone().files() == {}


@pytest.mark.parametrize("processes", [1, 2])
def test_interrupted_ends_with_130_and_can_be_gone_on_with(small: Cli, clean: dict[str, bytes], processes: int) -> None:
    # each range takes a while, so that the interrupt meets work under way
    small.write("site/sitecustomize.py", SMALL + SLOWLY)
    process = small.start("land", "inbox", "--to", "zone", "--processes", str(processes))
    while not (small.folder / "zone" / "begun").exists():
        assert process.poll() is None
        time.sleep(0.02)
    time.sleep(0.3)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "Interrupted" in err
    assert "Traceback" not in err
    small.write("site/sitecustomize.py", SMALL)
    assert resumed(small, "zone", processes) == clean
