"""Whatever way events are written down, and whatever else is in a file: every record lands or is kept in quarantine."""

from __future__ import annotations

import base64
import gzip
import json
import os
import random
import subprocess
from pathlib import Path
from typing import Any

from command_line import COMMAND, Cli, event, line

PRETTY = json.dumps(event(1), indent=2)
OTHER = json.dumps(event(2), indent=2)

# name: content, landed message numbers, quarantined reasons
FORMS: dict[str, tuple[bytes | str, list[int], list[str]]] = {
    "one on each line": (line(1) + line(2), [1, 2], []),
    "the last line without a line end": (line(1) + line(2).strip(), [1, 2], []),
    "Windows line ends": ((line(1) + line(2)).replace("\n", "\r\n"), [1, 2], []),
    "blank lines": ("\n\n" + line(1) + " \t\n\r\n" + line(2) + "\n\n", [1, 2], []),
    "a byte order mark": (b"\xef\xbb\xbf" + (line(1) + line(2)).encode(), [1, 2], []),
    "a byte order mark before a pretty-printed document": (b"\xef\xbb\xbf" + PRETTY.encode(), [1], []),
    "nothing between": (line(1).strip() + line(2).strip() + line(3), [1, 2, 3], []),
    "blanks between": (line(1).strip() + "  " + line(2).strip(), [1, 2], []),
    "pretty-printed": (PRETTY, [1], []),
    "pretty-printed one after the other": (PRETTY + "\n" + OTHER + "\n" + PRETTY + OTHER, [1, 2, 1, 2], []),
    "pretty-printed with Windows line ends": ((PRETTY + "\n" + OTHER).replace("\n", "\r\n"), [1, 2], []),
    "lines and pretty-printed mixed": (line(3) + PRETTY + "\n" + line(4) + OTHER, [3, 1, 4, 2], []),
    "an array on one line": (json.dumps([event(1), event(2)]), [1, 2], []),
    "an array over lines": (json.dumps([event(1), event(2)], indent=1), [1, 2], []),
    "an array with an event on each line": (f"[\n{line(1).strip()},\n{line(2).strip()}\n]\n", [1, 2], []),
    "an array in an array": (json.dumps([[event(1)], [[event(2)]]]), [1, 2], []),
    "arrays on lines": (json.dumps([event(1)]) + "\n" + json.dumps([event(2), event(3)]) + "\n", [1, 2, 3], []),
    "an array of nothing": ("[]", [], []),
    "no indentation": (PRETTY.replace("\n ", "\n").replace("  ", ""), [1], []),
    # broken
    "a broken line among good ones": (line(1) + "{nonsense\n" + line(2) + line(3), [1, 2, 3], ["not_json"]),
    "a cut-off first line": (line(9)[:60] + "\n" + line(1) + line(2), [1, 2], ["not_json"]),
    "a cut-off last line": (line(1) + line(2)[:-30], [1], ["not_json"]),
    "two cut-off lines": (line(8)[:60] + "\n" + line(9)[:80] + "\n" + line(1), [1], ["not_json", "not_json"]),
    "a line cut off after a closing brace": (line(9).strip()[:-1] + "\n" + line(1) + line(2), [1, 2], ["not_json"]),
    "text": ("hello\nworld\n" + line(1), [1], ["not_json", "not_json"]),
    "a broken pretty-printed document": (PRETTY.replace('"mail":', '"mail"', 1), [], ["not_json"]),
    "a broken document between two": (
        OTHER + "\n" + PRETTY.replace("[", "", 1) + "\n" + OTHER,
        [2, 2],
        ["not_json"],
    ),
    "a cut-off document before another": (PRETTY[: len(PRETTY) // 2] + "\n" + OTHER, [2], ["not_json"]),
    "a cut-off array": (json.dumps([event(1), event(2)])[:-40], [1], ["not_json"]),
    "garbage after a document": (line(1).strip() + " garbage\n" + line(2), [1, 2], ["not_json"]),
    "a stray brace": (line(1).strip() + "}\n" + line(2), [1, 2], ["not_json"]),
    "no JSON numbers": (line(1).replace('"send":{}', '"send":{},"x":NaN') + line(2), [2], ["not_json"]),
    "a number beyond all bounds": ('{"eventType":"New","mail":1,"x":1e999}\n' + line(2), [2], ["not_json"]),
    "a documented event with a number beyond all bounds": (line(1, x=10**400) + line(2), [2], ["not_json"]),
    "half of a surrogate pair": (line(1).replace("Shop", "\\ud83d") + line(2), [2], ["not_json"]),
    "a control character": (line(1).replace("Shop", "Sh\x01op") + line(2), [2], ["not_json"]),
    "NUL bytes": (line(1) + "\0\0\0\n" + line(2) + "\0\0", [1, 2], ["not_json", "not_json"]),
    "UTF-16": (line(1).encode("utf-16"), [1], []),
    "bad UTF-8 in a documented field": (
        line(1).encode().replace(b"Shop", b"Sh\xffp") + line(2).encode(),
        [2],
        ["not_json"],
    ),
    "bad UTF-8 in an unknown field": (
        line(1, x="@@").encode().replace(b"@@", b"\xff\xfe") + line(2).encode(),
        [2],
        ["not_json"],
    ),
    "bad UTF-8 in an unknown key": (
        line(1, x=1).encode().replace(b'"x"', b'"\xc3"') + line(2).encode(),
        [2],
        ["not_json"],
    ),
    "a nesting bomb": (line(1, x=0).replace('"x":0', '"x":' + "[" * 50000 + "]" * 50000) + line(2), [2], ["not_json"]),
    "a bomb that never closes": ("[" * 100_000 + "\n" + line(2), [2], ["not_json"]),
    "scalars": ("17\n" + '"Send"\n' + "null\n" + line(1), [1], ["not_an_object"] * 3),
    "an empty object": ("{}\n" + line(1), [1], ["unknown_shape"]),
    "a key twice": (
        line(1).replace('"messageId":', '"messageId":"m-0", "messageId":').replace('"Send"', '"New"') + line(2),
        [2],
        ["duplicate_key"],
    ),
    "a key twice in a documented event": (
        line(1).replace('"messageId":', '"messageId":"m-0","messageId":') + line(2),
        [2],
        ["duplicate_key"],
    ),
    "a key twice in an unknown field": (
        line(1, x=0).replace('"x":0', '"x":{"a":1,"a":2}') + line(2),
        [2],
        ["duplicate_key"],
    ),
    "a key twice, once by number": (
        line(1, x=0).replace('"x":0', '"x":{"a":1,"\\u0061":2}') + line(2),
        [2],
        ["duplicate_key"],
    ),
    "a key twice and as many quotes by number": (
        line(1).replace('"messageId":', '"messageId":"m-0","messageId":').replace("Shop", "\\u0022" * 4) + line(2),
        [2],
        ["duplicate_key"],
    ),
    "NUL in a documented field": (line(1).replace("Shop", "\\u0000") + line(2), [2], ["null_character"]),
    "NUL in an unknown key": (line(1, x=0).replace('"x"', '"\\u0000"') + line(2), [2], ["null_character"]),
    # odd, but with the least
    "a text of a backslash and u0000": (line(1).replace("Shop", "\\\\u0000"), [1], []),
    "a carriage return between two tokens": (line(1).replace('"send":{}', '"send":\r{}'), [1], []),
    "an unknown type": (line(1).replace('"Send"', '"Teleport"'), [1], []),
    "unknown fields": (line(1, futureField={"a": [1, None]}), [1], []),
    "a field of another type": (line(1).replace('"tags":{', '"headers":7,"tags":{'), [1], []),
    "a large number": (line(1, x=10**30), [1], []),
    "text beyond ASCII": (line(1).replace("Shop", "Bücher \\u00fc 書店 \U0001f4e7"), [1], []),
}


def numbers(events: list[dict[str, Any]]) -> list[int]:
    return sorted(int(landed["payload"]["mail"]["messageId"].split("-")[0][9:], 16) for landed in events)


def test_every_form_of_input_lands_or_is_quarantined(cli: Cli) -> None:
    for at, (content, _, _) in enumerate(FORMS.values()):
        cli.write(f"inbox/{at:02d}", content)
    ledger = cli.land("inbox").ledger
    assert ledger["read"] == ledger["landed"] + ledger["quarantined"]
    found: dict[str, tuple[list[int], list[str]]] = {}
    for at, name in enumerate(FORMS):
        mine = [entry for entry in cli.zone().events if entry["origin"].startswith(f"inbox/{at:02d}:")]
        rejects = [entry for entry in cli.zone().quarantine if entry["origin"].startswith(f"inbox/{at:02d}:")]
        found[name] = numbers(mine), sorted(entry["reason"] for entry in rejects)
    assert found == {name: (sorted(landed), sorted(reasons)) for name, (_, landed, reasons) in FORMS.items()}


def test_origins_are_the_lines_where_documents_begin(cli: Cli) -> None:
    cli.write(
        "a.json", line(1) + "\n" + PRETTY + "\n" + line(3) + "[\n" + line(4).strip() + ",\n" + line(5) + "]\n" + line(6)
    )
    cli.land("a.json")
    pretty = PRETTY.count("\n") + 1
    at = [1, 3, 3 + pretty, 5 + pretty, 6 + pretty, 8 + pretty]
    assert sorted(int(landed["origin"].removeprefix("a.json:")) for landed in cli.zone().events) == at


def test_a_payload_over_several_lines_becomes_one_line_of_equal_json(cli: Cli) -> None:
    cli.write("a.json", PRETTY.replace("\n", "\r\n"))
    cli.land("a.json")
    assert cli.zone().events[0]["payload"] == event(1)


def test_the_body_in_quarantine_is_the_exact_input(cli: Cli) -> None:
    texts = [b'{"a": "\\u00e9", ', b"\xff\xfe binary \x00", PRETTY.replace('"mail":', '"mail"').encode()]
    for at, text in enumerate(texts):
        cli.write(f"inbox/{at}", text)
    cli.land("inbox")
    bodies = [
        base64.b64decode(entry["body"]) if entry.get("encoding") == "base64" else entry["body"].encode()
        for entry in cli.zone().quarantine
    ]
    assert bodies == [text.strip() for text in texts]


def test_a_name_that_is_no_unicode_or_holds_odd_signs_lands(cli: Cli) -> None:
    names = ["100%d %s.json", 'quo"te\\.json', "über.json"]
    for number, name in enumerate(names):
        cli.write(f"inbox/{name}", line(number))
    odd = bytes(cli.folder) + b"/inbox/\xff.json"
    Path(os.fsdecode(odd)).write_text(line(9))
    assert cli.land("inbox").ledger["landed"] == 4
    assert {landed["origin"] for landed in cli.zone().events} >= {f"inbox/{name}:1" for name in names}


def test_a_file_cut_into_ranges_lands_every_document_once(cli: Cli) -> None:
    # ranges of 64 MiB are too large for a test: 2 KB, through the real command
    cli.write("site/sitecustomize.py", "from ingestion.sources import ranges\nranges.RANGE_BYTES = 2000\n")
    cli.environment["PYTHONPATH"] = str(cli.folder / "site")
    rng = random.Random(5)
    content = "".join(
        rng.choice([line(n), json.dumps(event(n), indent=1) + "\n", line(n).replace("\n", "\r\n")]) for n in range(120)
    )
    cli.write("a.json", content)
    cli.land("a.json", "--processes", "1")
    assert len([key for key in cli.zone().files() if key.startswith("events/")]) > 15
    assert numbers(cli.zone().events) == list(range(120))
    lines = content.split("\n")
    for landed in cli.zone().events:
        begins = lines[int(landed["origin"].removeprefix("a.json:")) - 1]
        assert begins.strip() == "{" or landed["payload"]["mail"]["messageId"] in begins


def test_events_above_the_limit_of_a_line_are_quarantined_whole(cli: Cli) -> None:
    large = line(1, content="x" * 1_100_000)
    cli.write("a.json", large + line(2) + line(3, content="x" * 900_000))
    cli.land("a.json")
    [reject] = cli.zone().quarantine
    assert reject["reason"] == "too_large"
    assert reject["body"] == large.strip()
    assert numbers(cli.zone().events) == [2, 3]


def _peak_megabytes(cli: Cli, *arguments: str) -> int:
    """The most memory that a run and any of its workers took."""
    code = "import resource, subprocess, sys; s = subprocess.run(sys.argv[1:]).returncode;"
    code += "print(resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss // 1024, file=sys.stderr); sys.exit(s)"
    done = subprocess.run(
        ["python3", "-c", code, str(COMMAND), "land", *arguments, "--to", "zone"],
        cwd=cli.folder,
        env=cli.environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0 or "Error: every record (" in done.stderr, done.stderr
    return int(done.stderr.split()[-1])


def test_memory_stays_bounded_whatever_a_file_holds(cli: Cli) -> None:
    def made(name: str, begin: bytes, repeated: bytes, times: int, end: bytes) -> Path:
        path = cli.folder / name
        with path.open("wb") as file:
            file.write(begin)
            for _ in range(times):
                file.write(repeated)
            file.write(end)
        return path

    one = line(1).strip().encode()
    made("array.json", b"[" + one, b"," + one, 20_000, b"]")  # 9 MB on one line
    made("nest.json", b"[" * 2_000_000, b"", 0, b"")
    made("objects.json", b'{"a":[{}', b",{}", 2_500_000, b"]}")  # 7.5 MB of empty objects, which parse to much more
    assert _peak_megabytes(cli, "array.json", "nest.json", "objects.json", "--processes", "1") < 500
    assert len(cli.zone().events) == 20_001
    assert [entry["reason"] for entry in cli.zone().quarantine] == ["not_json", "unknown_shape"]


def test_a_document_without_end_is_quarantined_byte_by_byte_in_bounded_memory(cli: Cli) -> None:
    cli.write("text.json", b'{"a":"' + b"x" * 120_000_000)
    assert _peak_megabytes(cli, "text.json", "--processes", "1") < 150
    [reject] = cli.zone().quarantine
    assert reject["reason"] == "too_large"
    assert base64.b64decode(reject["body"]) == (cli.folder / "text.json").read_bytes()


def test_a_gzip_bomb_does_not_take_memory(cli: Cli) -> None:
    cli.write("bomb.gz", gzip.compress(b" " * 300_000_000 + line(1).encode()))
    cli.write("event", line(2))
    assert _peak_megabytes(cli, "bomb.gz", "event", "--processes", "1") < 200
    assert numbers(cli.zone().events) == [2]
    assert [entry["reason"] for entry in cli.zone().quarantine] == ["expands_too_far"]
