"""What commands print where names and texts of others are in it: nothing steers a terminal, nothing forges a line."""

from __future__ import annotations

import json
import os

import pytest
from command_line import Cli, event

pytestmark = pytest.mark.hostile

STEERS = "\x1b[2J\x1b]0;owned\x07\x9b31m\u202etxt\u2066\u2028\rx\nread 9 = landed 9 + quarantined 0 + control 0"


@pytest.fixture
def hostile(cli: Cli) -> Cli:
    """An inbox of one event and two that are quarantined, in files and fields of hostile names; landed."""
    good = event(1) | {"eventType": STEERS, STEERS: STEERS}
    good["mail"] = good["mail"] | {"messageId": STEERS}
    wrapped = {"Type": "Notification", "MessageId": STEERS, "TopicArn": STEERS, "Message": "broken " + STEERS}
    control = {"Type": "SubscriptionConfirmation", "Message": STEERS}
    lines = "\n".join(map(json.dumps, [good, wrapped, control])) + "\nbroken \x1b[2J\x9b1m\u202e\n"
    cli.write("inbox/" + STEERS.replace("/", "") + ".json", lines)
    path = os.fsencode(cli.folder) + b"/inbox/\xff\x1b[1m.json"  # no text at all
    with open(path, "w") as file:  # noqa: PTH123
        file.write("broken\n")
    cli.land("inbox")
    return cli


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (("land", "inbox", "--to", "other"), 0),
        (("land", "inbox", "--to", "zone", "--again"), 0),
        (("check", "inbox"), 1),
        (("check", "--json", "inbox"), 1),
        (("watch", "zone"), 0),
        (("watch", "zone", "--json"), 0),
        (("quarantine", "list", "zone", "--by", "origin"), 0),
        (("quarantine", "list", "zone", "--by", "origin", "--json"), 0),
        (("quarantine", "show", "zone"), 0),
        (("quarantine", "show", "zone", "--json"), 0),
        (("quarantine", "replay", "zone"), 0),
        (("check", "inbox/none\x1b[2J\u202e.json"), 2),
    ],
)
def test_a_terminal_gets_characters_to_print_and_no_line_of_others(
    hostile: Cli, arguments: tuple[str, ...], status: int
) -> None:
    finished = hostile(*arguments)
    assert finished.status == status, finished.err
    printed = (finished.out + finished.err).split("\n")
    assert [line for line in printed if not line.isprintable()] == []
    assert [line for line in printed if line.startswith("read 9")] == []
    if "--json" in arguments:
        assert [json.loads(line) for line in finished.out.splitlines()]
