"""Coverage-guided fuzzing (libFuzzer by atheris) of what becomes of a document: `unwrap`, `check` and `land`.

    .venv/bin/python tests/fuzz/guided.py -runs=100000            from our own events on, another seed each time
    .venv/bin/python tests/fuzz/guided.py data/fuzz/crash-...     one input again

An argument that is no option is an input, or the folder of inputs to go on from in place of data/fuzz/corpus; what is
found goes there. An input that breaks a promise is kept in data/fuzz. Options are libFuzzer's (`-help=1` lists them).
"""

from __future__ import annotations

import base64
import gzip
import hashlib
import io
import json
import random
import resource
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO, ClassVar

import atheris
import msgspec
import orjson

sys.path.append(str(Path(__file__).parents[1] / "python"))
from mutations import changed, reshaped, seeds
from promised_lines import assert_every_engine_reads, good, kept_body

with atheris.instrument_imports(include=["ingestion"]):
    from ingestion.commands.check import checked
    from ingestion.envelopes import unwrap, unwrap_again
    from ingestion.events import describe  # noqa: F401  what `check` imports when it is called
    from ingestion.events.lines import failing
    from ingestion.landing.manifests import Batch
    from ingestion.landing.objects import line_start
    from ingestion.pipeline import carry
    from ingestion.records import judge
    from ingestion.sources.documents import BYTE_ORDER_MARK, Lines, documents, every_line
    from ingestion.sources.ranges import Part, Range

KEPT = Path(__file__).parents[2] / "data" / "fuzz"
SECONDS = 20  # for one input
MEGABYTES = 2048  # of address space
MAX_BYTES = 8192  # of one input; the largest of our own has 5719

GOOD_LINE, GOOD_ID = good(1), b"good-1-"
ARRIVAL = "2026-01-01T00:00:00.000Z"
_raw_fields = msgspec.json.Decoder(dict[str, msgspec.Raw]).decode
_BETWEEN_DOCUMENTS = b" \t\r\n\v\f,[]\xef\xbb\xbf"  # which is left out where it stands between them


class Memory:
    """An input and a landing zone that take no disk, as an input's location and as a root."""

    transport: ClassVar[str] = "file"
    is_cheap_to_read: ClassVar[bool] = True

    def __init__(self, content: bytes) -> None:
        self.content = content
        self.objects: dict[str, bytes] = {}

    def open(self) -> IO[bytes]:
        return io.BytesIO(self.content)

    def describe(self, key: str = "") -> str:
        return key

    @contextmanager
    def writer(self, key: str) -> Iterator[IO[bytes]]:
        file = io.BytesIO()
        yield file
        self.objects[key] = file.getvalue()

    def lines(self, folder: str) -> list[bytes]:
        bodies = [gzip.decompress(body) for key, body in self.objects.items() if key.startswith(folder + "/")]
        return b"".join(bodies).split(b"\n")[:-1]


def hold(body: bytes) -> None:
    """Every promise, of whatever bytes."""
    unwrapped(body)
    content = body + b"\n" + GOOD_LINE
    cut(content, len(body) // 2)
    landed(content)


def unwrapped(body: bytes) -> None:
    """A document is records that account for it, and one beside it in a batch is not harmed."""
    data = [base64.b64encode(text).decode() for text in (body, GOOD_LINE)]
    batch = {"records": [{"recordId": "r-1", "data": data[0]}, {"recordId": "r-2", "data": data[1]}]}
    *records, last = unwrap(json.dumps(batch).encode())
    assert (last.path, last.body) == ("$.records[1].data", GOOD_LINE.strip())
    assert judge(last, "origin", b"").source == "ses_event"
    text = body.strip().removeprefix(BYTE_ORDER_MARK)
    assert records or holds_nothing(text)
    for record in records:
        assert record.event is None or not record.reason
        assert record.event is None or orjson.loads(record.body) == record.event
        if record.path == "$.records[0].data":  # neither a wrapping nor several documents
            assert len(records) == 1
            # byte for byte, but for the blanks around JSON
            assert record.body == body or record.body.removeprefix(BYTE_ORDER_MARK).strip() == text.strip()


def holds_nothing(text: bytes) -> bool:
    """Whether it may be wrappings with nothing in them, or several of those."""
    if is_json(text) or not text.strip():
        return True
    parts = [part.body.removeprefix(BYTE_ORDER_MARK) for part in documents([text], 1, every_line)]
    return parts != [text] and all(map(holds_nothing, parts))


def is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def cut(content: bytes, at: int) -> None:
    """Of a file every sign comes out in a document, once, wherever the file was cut for reading."""
    found: Counter[int] = Counter()
    for item in documents([content[:at], content[at:]], 1, failing):
        found += signs(b"".join(item.lines) if isinstance(item, Lines) else item.body)
    assert found == signs(content)


def signs(text: bytes) -> Counter[int]:
    return Counter(text.translate(None, _BETWEEN_DOCUMENTS))


def landed(content: bytes) -> None:
    """What `check` says is what `land` does; nothing is lost; every engine reads what lands."""
    memory = Memory(content)
    part = Part("input", "in.json", memory, 0, len(content), 1)
    said = list(checked(part))
    entry = carry(memory, False, (Batch("batch", ARRIVAL, "file", []), Range(0, [part]))).object
    lines, kept = memory.lines("events"), [orjson.loads(line) for line in memory.lines("quarantine")]
    assert (entry.read, entry.landed, entry.quarantined) == (len(said), len(lines), len(kept))

    told = [orjson.loads(line) for line in lines]
    assert Counter((record["origin"], record["source"]) for record in told) == Counter(
        (record.origin, record.source) for record in said if record.fate == "landed"
    )
    assert Counter((record["origin"], record["reason"], record["path"]) for record in kept) == Counter(
        (record.origin, record.reason, record.path) for record in said if record.fate == "quarantined"
    )

    assert GOOD_ID in b"".join([*lines, *map(kept_body, kept)])

    start = line_start(ARRIVAL, "file")
    for line, record in zip(lines, told, strict=True):
        assert_every_engine_reads(line)
        [again] = unwrap_again(bytes(_raw_fields(line)["payload"]), record.get("envelope", {}), "$", False)
        assert judge(again, record["origin"], start).line == line + b"\n"


def fuzz(promise: Callable[[bytes], None], arguments: list[str]) -> None:
    """Does not return: libFuzzer ends the process, with a status other than 0 when the promise was broken."""
    options = [argument for argument in arguments if argument.startswith("-")]
    places = [argument for argument in arguments if not argument.startswith("-")]
    given = dict(option.split("=", 1) for option in options if "=" in option)
    prefix = given.get("-artifact_prefix", f"{KEPT}/")
    Path(prefix).mkdir(parents=True, exist_ok=True)

    def one_input(body: bytes) -> None:
        try:
            promise(body)
        except Exception:
            kept = Path(f"{prefix}crash-{hashlib.sha1(body).hexdigest()}")
            kept.write_bytes(body)  # as libFuzzer does, unless its clock ends it first
            print(f"\nRun it again with: {sys.executable} {sys.argv[0]} {kept}", file=sys.stderr, flush=True)
            raise

    own = seeds()

    def mutator(body: bytes, most: int, seed: int) -> bytes:
        """By turns libFuzzer's own mutations, what engines stumble over, and JSON: few of its own are JSON still."""
        rng = random.Random(seed)
        match rng.randrange(4):
            case 0:
                return atheris.Mutate(body, most)
            case 1:
                return changed(rng, body, own)[:most]
        return reshaped(rng, body, own)[:most]

    if not any(Path(place).is_file() for place in places):
        places = places or [str(KEPT / "corpus")]
        Path(places[0]).mkdir(parents=True, exist_ok=True)
        for number, seed in enumerate(own):
            Path(places[0], f"own-{number:03d}").write_bytes(seed)
    # one mutation at a time: each makes several changes
    # its own limit of memory counts the process that started this one
    limits = ["-mutate_depth=1", f"-max_len={MAX_BYTES}", f"-timeout={SECONDS}", "-rss_limit_mb=0"]
    resource.setrlimit(resource.RLIMIT_AS, (MEGABYTES << 20, MEGABYTES << 20))
    started = [sys.argv[0], *limits, f"-artifact_prefix={prefix}", *options, *places]
    atheris.Setup(started, one_input, custom_mutator=mutator)
    atheris.Fuzz()


if __name__ == "__main__":
    fuzz(hold, sys.argv[1:])
