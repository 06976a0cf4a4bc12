"""`poll` killed, or AWS or its disk failing, at any moment; run again, nothing that was sent is missing or made up.

A queue redelivers in other groups, so a landing zone is not that of a clean run byte by byte. It tells the same once
repeats are taken out, as staging does; tests/dbt/test_queue.py holds that the marts are the same. `make test` takes a
few moments, `make test-faults` each fault at every moment (EMAIL_EVENTS_FAULTS=all).
"""

from __future__ import annotations

import json
import signal

import pytest
from balanced import assert_balanced
from command_line import Cli, Zone, event, lines_of
from dying import DYING
from emulated_aws import SqsQueue
from faulty_aws import EVERY_MOMENT, FAILURES, FOR_GOOD, KILLS, Fault, FaultyAws

# Two batches: SQS gives ten messages at once.
EVENTS = [event(number) for number in range(12)]
POISON = "poison {"
SENT = [
    *map(json.dumps, EVENTS[:9]),
    POISON,
    *map(json.dumps, EVENTS[9:11]),
    json.dumps({"Type": "Notification", "MessageId": "n", "TopicArn": "t", "Message": json.dumps(EVENTS[11])}),
    json.dumps({"Type": "SubscriptionConfirmation", "Message": "You have chosen to subscribe"}),
]
# of what `make test` takes, where it happens in the requests of a poll into S3
MOMENTS: dict[Fault, tuple[int, str]] = {
    "is killed before": (9, "DeleteMessageBatch"),
    "is killed during": (7, "PUT manifests"),
    "is killed after": (4, "PUT"),
    "does not answer in time": (8, "DELETE begun"),
    "hangs up after it is done": (2, "ReceiveMessage"),
}


def poll(queue: SqsQueue, place: str) -> list[str]:
    return ["poll", "--queue", queue.url, "--to", place, "--until-empty", "--every", "0", "--visibility-timeout", "2"]


def told(zone: Zone) -> tuple[set[str], set[str], bool]:
    """What batches with a manifest hold, repeats taken out: events, quarantined bodies, whether there was control."""
    files = zone.files()
    objects = [entry for manifest in zone.manifests for entry in manifest["objects"]]
    landed = [line for entry in objects if entry["landed"] for line in lines_of(files[entry["key"]])]
    kept = [line for entry in objects if entry["quarantined"] for line in lines_of(files[entry["quarantine_key"]])]
    return (
        {json.dumps(line["payload"]) for line in landed},
        {line["body"] for line in kept},
        any(entry["control"] for entry in objects),
    )


EVERYTHING = (set(map(json.dumps, EVENTS)), {POISON}, True)


def assert_nothing_is_lost(cli: Cli, queue: SqsQueue, place: str, moment: str) -> None:
    """Now, what the queue has no more has landed; after another run, everything."""
    landed, quarantined, has_control = told(cli.zone(place))
    assert sum(queue.counts) >= len(SENT) - len(landed) - len(quarantined) - has_control, moment
    queue.wait_until_shown()
    finished = cli(*poll(queue, place))
    assert finished.status == 0, finished.err
    assert told(cli.zone(place)) == EVERYTHING, moment
    assert_balanced(cli.zone(place))
    assert queue.counts == (0, 0), moment


@pytest.mark.parametrize("place", ["s3", "folder"] if EVERY_MOMENT else ["s3"])
@pytest.mark.parametrize("fault", [*KILLS, *FAILURES] if EVERY_MOMENT else MOMENTS)
def test_after_a_fault_of_aws_another_poll_has_landed_everything(
    cli: Cli, s3: str, queue: SqsQueue, faulty: FaultyAws, fault: Fault, place: str
) -> None:
    at, request = (1, "") if EVERY_MOMENT else MOMENTS[fault]
    while True:
        zone = f"{s3}/{at}" if place == "s3" else f"zone/{at}"
        queue.send(*SENT)
        status = faulty.run(cli, *poll(queue, zone), plan={at: fault})
        if len(faulty.requests) < at:
            break
        moment = f"{fault} at request {at}: {faulty.requests[at - 1]}"
        assert status in ((-signal.SIGKILL,) if fault in KILLS else (0, 4)), moment
        assert_nothing_is_lost(cli, queue, zone, moment)
        if not EVERY_MOMENT:
            assert all(word in faulty.requests[at - 1] for word in request.split()), moment
            break
        at += 1


@pytest.mark.parametrize("fault", ["answers 503", "hangs up after it is done"] if EVERY_MOMENT else ["answers 503"])
def test_when_aws_stays_away_the_status_is_4_and_another_poll_has_landed_everything(
    cli: Cli, s3: str, queue: SqsQueue, faulty: FaultyAws, fault: Fault
) -> None:
    at = 1 if EVERY_MOMENT else 7
    while True:
        queue.send(*SENT)
        status = faulty.run(cli, *poll(queue, f"{s3}/{at}"), plan=dict.fromkeys(range(at, FOR_GOOD), fault))
        if len(faulty.requests) < at:
            break
        moment = f"{fault} from request {at} on"
        assert status == 4, moment
        assert_nothing_is_lost(cli, queue, f"{s3}/{at}", moment)
        if not EVERY_MOMENT:
            break
        at += 1


def test_killed_while_it_gives_up_a_batch_that_it_could_not_finish_another_poll_has_landed_everything(
    cli: Cli, s3: str, queue: SqsQueue, faulty: FaultyAws
) -> None:
    unfinished = dict.fromkeys(range(8, 13), "answers 503")  # the mark's end, as often as it is tried
    at = 13 if EVERY_MOMENT else 15
    while True:
        queue.send(*SENT)
        status = faulty.run(cli, *poll(queue, f"{s3}/{at}"), plan={**unfinished, at: "is killed before"})
        assert {"begun" in request for request in faulty.requests[7:12]} == {True}
        if len(faulty.requests) < at:
            break
        assert status == -signal.SIGKILL
        assert_nothing_is_lost(cli, queue, f"{s3}/{at}", f"killed before {faulty.requests[at - 1]}")
        if not EVERY_MOMENT:
            break
        at += 1


@pytest.mark.parametrize("torn", ["", "1"] if EVERY_MOMENT else ["1"])
def test_killed_while_it_writes_into_a_folder_another_poll_has_landed_everything(
    cli: Cli, queue: SqsQueue, torn: str
) -> None:
    cli.write("site/sitecustomize.py", DYING)
    # of the first batch: its manifest is renamed, its mark removed, its messages deleted
    moments = iter(range(1, 100) if EVERY_MOMENT else (8, 9, 10))
    died = 0
    for moment in moments:
        queue.send(*SENT)
        environment = dict(cli.environment)
        cli.environment |= {"PYTHONPATH": str(cli.folder / "site"), "DIE_AT": str(moment), "DIE_TORN": torn}
        finished = cli(*poll(queue, f"zone/{moment}"))
        cli.environment = environment
        if finished.status == 0:
            break
        assert finished.status == -signal.SIGKILL, finished.err
        assert_nothing_is_lost(cli, queue, f"zone/{moment}", f"killed before write {moment}")
        died += 1
    # a mark, an object or two and a manifest are opened and renamed, the mark removed, the messages deleted
    assert died == (18 if EVERY_MOMENT else 3)


def test_on_a_full_disk_the_status_is_4_and_another_poll_has_landed_everything(cli: Cli, queue: SqsQueue) -> None:
    queue.send(*SENT)
    # the mark fits, no object does
    cli.write("site/sitecustomize.py", "import resource; resource.setrlimit(resource.RLIMIT_FSIZE, (250, 250))\n")
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    finished = cli(*poll(queue, "zone"))
    del cli.environment["PYTHONPATH"]
    assert finished.status == 4, finished.out
    assert "run the same command again" in finished.err
    assert [key for key in cli.zone().files() if key.startswith("events/")] == []
    assert_nothing_is_lost(cli, queue, "zone", "the disk was full")
