"""Events that share ids, days, accounts and regions: every build is green, and increments equal a full build.

`make test` takes a few hundred; EMAIL_EVENTS_FUZZ takes more, from another seed each time.
"""

from __future__ import annotations

import gzip
import json
import random
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt_warehouse import WITHOUT_TESTS, Warehouse
from mutations import RECORDS, SEED, reshaped, seeds
from same_marts import MARTS, OF_ARRIVAL, mart_rows

INCREMENTS = 3
EVENTS = RECORDS // 5
IDS = [f"message-{number}" for number in range(12)]
DAYS = ["1900-01-01", "1965-03-01", "1970-01-01", "1970-01-02", "2016-02-29", "2026-11-09", "2026-11-10", "2026-11-11"]
DAYS += ["2026-11-30", "2099-12-31"]
ACCOUNTS = [None, "", "012345678901", "210987654321", 12345678]
REGIONS = ["eu-west-1", "us-east-1"]
TIME_KEYS = {"timestamp", "arrivalDate"}
MS_KEYS = {
    "event_timestamp",
    "arrival_timestamp",
    "eventTimestamp",
    "messageRequestTimestamp",
    "message_send_timestamp",
}
ID_KEYS = {"messageId", "message_id", "feedbackId"}


def collided(rng: random.Random, value: Any, key: str = "") -> Any:
    """The event with ids, times and accounts of a few, so that most of them meet."""
    if isinstance(value, dict):
        return {name: collided(rng, inner, name) for name, inner in value.items()}
    if isinstance(value, list):
        return [collided(rng, inner) for inner in value]
    if key in ID_KEYS and rng.random() < 0.9:
        return rng.choice(IDS)
    if key in TIME_KEYS and rng.random() < 0.7:
        return rng.choice(
            [*(f"{day}T{rng.choice(('00:00:00', '12:00:00', '23:59:59'))}.000Z" for day in DAYS), None, "x"]
        )
    if key in MS_KEYS and rng.random() < 0.7:
        return rng.choice([-2_208_988_800_000, -1, 0, 1_793_491_200_000, 1_796_083_200_000, 4_102_444_799_999])
    if key in ("sendingAccountId", "awsAccountId") and rng.random() < 0.7:
        return rng.choice(ACCOUNTS)
    if isinstance(value, str) and "arn:aws:" in value and rng.random() < 0.5:
        return value.replace("eu-west-1", rng.choice(REGIONS))
    return value


def lines(rng: random.Random) -> list[bytes]:
    """Legal events on lines, some of them changed in values and keys on top, some told again."""
    ours = [one for one in seeds() if one.startswith(b"{")]
    found: list[bytes] = []
    while len(found) < EVENTS:
        try:
            text = json.dumps(collided(rng, json.loads(rng.choice(ours))), ensure_ascii=False).encode()
        except ValueError:
            continue
        if rng.random() < 0.3:
            text = reshaped(rng, text, ours)
        if b"\n" not in text and len(text) < 60_000 and _is_utf8(text):
            found += [text] * rng.choice((1, 1, 1, 2))
    rng.shuffle(found)
    return found


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True


def test_events_that_collide_leave_every_build_green_and_increments_equal_to_a_full_build(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    rng = random.Random(SEED)
    arriving = lines(rng)
    zone, intact = tmp_path / "zone", tmp_path / "intact"
    incremental = warehouse(zone)
    for number in range(INCREMENTS):
        target = zone / "events" / "dt=2026-12-01" / f"hour={number:02d}" / "firehose.json.gz"
        target.parent.mkdir(parents=True)
        target.write_bytes(gzip.compress(b"\n".join(arriving[number::INCREMENTS])))
        print(f"seed {SEED}, increment {number + 1}")
        incremental.dbt("build")
    shutil.copytree(zone, intact)
    full = warehouse(intact)
    full.dbt("build", *WITHOUT_TESTS)
    for mart in sorted(set(MARTS) - set(OF_ARRIVAL)):
        ours, theirs = mart_rows(incremental, mart), mart_rows(full, mart)
        assert ours == theirs, f"seed {SEED}, {mart}: {list(ours - theirs)[:2]} for {list(theirs - ours)[:2]}"
