"""The steps of docs/how_to/erase_a_person.md as they are written there: the address is gone, and the counts stay."""

from __future__ import annotations

import gzip
import json
import re
import subprocess
import textwrap
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

from dbt_warehouse import REPOSITORY, Warehouse

PAGE = (REPOSITORY / "docs" / "how_to" / "erase_a_person.md").read_text()
REPLACE, SEARCH = re.findall(r"```sh\n(.*?)```", PAGE, re.DOTALL)
[QUERY] = re.findall(r"```sql\n(.*?)```", PAGE, re.DOTALL)
SCRIPT = textwrap.dedent("".join(re.findall(r"```python\n(.*?)   ```", PAGE, re.DOTALL)))


def event(number: int, kind: str, own: dict[str, Any], **mail: Any) -> str:
    head = {"messageId": f"m-{number}", "timestamp": "2026-11-24T08:00:00.000Z", "source": "shop@example.com"}
    detail = {"timestamp": "2026-11-24T08:01:00.000Z", **own}
    return json.dumps(
        {"eventType": kind, "mail": {**head, "destination": ["ada@example.com"], **mail}, kind.lower(): detail}
    )


BOUNCED = {
    "emailAddress": "ada@example.com",
    "status": "5.1.1",
    "diagnosticCode": "smtp; 550 <ada@example.com> unknown",
}
LINES = [
    event(
        1, "Send", {}, destination=["Ada <ADA@example.com>", "max@example.com"], tags={"campaign": ["ada@example.com"]}
    ),
    event(2, "Bounce", {"bounceType": "Permanent", "bounceSubType": "General", "bouncedRecipients": [BOUNCED]}),
    event(3, "Delivery", {"recipients": ["ada@example.com"], "smtpResponse": "250 ok ada@example.com"}),
    event(4, "Click", {"link": "https://example.com/?u=ada@example.com"}, commonHeaders={"subject": "ada@example.com"}),
    '{"eventType": "Bounce", "mail": {"messageId": "m-5", "destination": ["ada@example.com"]}}',  # rejected
    "ada@example.com is not JSON",
    r'{"eventType": "Bounce", "mail": {"source": "\u003c\u0041da@example.com\u003e", "destination": ["\u0061da@exam',
]
# Other ways to write the address, in a text that the person's own mail has, and what is left of them.
SPELLINGS = [
    ("https://example.org/?e=ada%40example.com&x=1", "https://example.org/?e=*%40example.com&x=1"),
    ("https://example.org/?e=%61DA%2540example%2Ecom", "https://example.org/?e=*%2540example%2Ecom"),
    (
        "https://example.org/?r=%20ada@example.com#ada@example.com",
        "https://example.org/?r=%20*@example.com#*@example.com",
    ),
    ("bounce+ada=example.com@example.net", "bounce+*=example.com@example.net"),
    ("bounce-7-ada=example.com@example.net", "bounce-7-*=example.com@example.net"),
    ("SRS0=Xy=7Z=example.com=ada@example.net", "SRS0=Xy=7Z=example.com=*@example.net"),
    ("e=3Dada=40example.com", "e=3D*=40example.com"),
    ("first\nada@example.com\tlast", "first\n*@example.com\tlast"),
    (
        '{"to": "\\nada@example.com", "cc": "\\u0061da@example.com"}',
        '{"to": "\\n*@example.com", "cc": "*@example.com"}',
    ),
    (
        "is 'ada@example.com', or ada@example.com... ada@example.com.",
        "is '*@example.com', or *@example.com... *@example.com.",
    ),
]
# Addresses of others.
NEIGHBOURS = [
    "xada@example.com",
    "x.ada@example.com",
    "x-ada@example.com",
    "x+ada@example.com",
    "o'ada@example.com",
    "öada@example.com",
    "ada@example.com.br",
    "ada@example.company",
    "ada@example.com-x.net",
    "ada@example.comö",
    "ada.x@example.com",
    "adaxexample.com",
    "ada@exampleXcom",
    "nada@example.com",
    "xada%40example.com",
    "%78ada@example.com",
    "bounce+xada=example.com@example.net",
    "?ada=example.com",
]


def counts(built: Warehouse) -> list[tuple[object, ...]]:
    return built.query(
        "select recipient_domain, outcome, count(*), sum(clicks) from fct_message_recipients group by all order by all"
    ) + built.query("select source, landed, staged, repeats, rejected from ingestion_ledger order by all")


def test_other_spellings_go_and_other_people_stay(tmp_path: Path) -> None:
    """Each text in JSON as Python writes it, with what is not ASCII as it is and escaped."""
    zone = tmp_path / "data/landing/events/dt=2026-11-24/hour=09"
    zone.mkdir(parents=True)
    texts = [*SPELLINGS, *((text, text) for text in NEIGHBOURS)]
    for name, is_ascii in (("a", True), ("b", False)):
        lines = [json.dumps({"text": text, "n": 1e3}, ensure_ascii=is_ascii) + "\n" for text, _ in texts]
        (zone / f"{name}.json.gz").write_bytes(gzip.compress("".join(lines).encode()))
        (zone / f"{name}.json.gz").chmod(0o600 if is_ascii else 0o644)
    (zone / "c.json.gz").write_bytes(gzip.compress(b"xada@example.com\n"))
    (zone / "c.json.gz").chmod(0o400)
    unchanged = (zone / "c.json.gz").stat().st_ino
    (tmp_path / "erase.py").write_text(SCRIPT)

    said = run(tmp_path, "python3 erase.py data/landing ada@example.com '*'")
    for name in "ab":
        lines = gzip.decompress((zone / f"{name}.json.gz").read_bytes()).decode().splitlines()
        assert [json.loads(line)["text"] for line in lines] == [left for _, left in texts]
        assert all('"n": 1000.0' in line for line in lines)
    assert [(zone / f"{name}.json.gz").stat().st_mode & 0o777 for name in "abc"] == [0o600, 0o644, 0o400]
    assert (zone / "c.json.gz").stat().st_ino == unchanged
    assert "xada@example.com" in said.splitlines()[-1]
    assert len(list(zone.iterdir())) == 3


def test_long_lines_take_seconds(tmp_path: Path) -> None:
    (tmp_path / "erase.py").write_text(SCRIPT)
    (tmp_path / "zone").mkdir()
    units = ["x", "\\", "%20", "%25", "%", "\\u0061", "ada", "ada@example.com,", "=", "%61%64%61", "ada@example.", "-"]
    lines = "".join(f"ada {unit * (300_000 // len(unit))}\n" for unit in units)
    (tmp_path / "zone" / "a.json.gz").write_bytes(gzip.compress(lines.encode()))
    began = time.monotonic()
    assert f"a.json.gz: {300_000 // 16}" in run(tmp_path, "python3 erase.py zone ada@example.com x")
    assert time.monotonic() - began < 60


def test_a_number_goes_and_longer_ones_stay(tmp_path: Path) -> None:
    (tmp_path / "erase.py").write_text(SCRIPT)
    (tmp_path / "zone").mkdir()
    (tmp_path / "zone" / "a.json").write_text('{"a": "+12065550100", "b": "tel:%2B12065550100", "c": "+120655501001"}')
    (tmp_path / "zone" / "b.json.gz").write_bytes(gzip.compress(b"+12065550100")[:-9])
    said = run(tmp_path, "python3 erase.py zone +12065550100 0", status=1)
    assert (tmp_path / "zone" / "a.json").read_text() == '{"a": "0", "b": "tel:0", "c": "+120655501001"}'
    assert "b.json.gz: cannot be read" in said


def test_after_the_steps_of_the_page_a_search_finds_nothing(
    tmp_path: Path, warehouse: Callable[[Path], Warehouse]
) -> None:
    zone = tmp_path / "data" / "landing"
    for folder in ("events", "quarantine"):
        (zone / folder / "dt=2026-11-24/hour=09").mkdir(parents=True)
        landed = zone / folder / "dt=2026-11-24/hour=09" / "firehose.json.gz"
        landed.write_bytes(gzip.compress("".join(line + "\n" for line in LINES).encode()))
    (tmp_path / "erase.py").write_text(SCRIPT)
    built = warehouse(zone)
    built.dbt("seed")
    built.dbt("run")
    before = counts(built)
    assert found(tmp_path, built) == (2, 6)  # the query reads no escapes
    assert {"landing_records", "dim_recipients", "fct_recipient_events"} <= tables_with_the_address(built)

    run(tmp_path, REPLACE)
    built.path.unlink()
    built.dbt("build")
    assert found(tmp_path, built) == (0, 0)
    assert tables_with_the_address(built) == set()
    assert counts(built) == before


def found(folder: Path, built: Warehouse) -> tuple[int, object]:
    """What the page's two searches find: objects, and rows."""
    [(rows,)] = built.query(QUERY)
    return len(run(folder, SEARCH).splitlines()) - 1, rows


def run(folder: Path, commands: str, status: int = 0) -> str:
    done = subprocess.run(["bash", "-euc", commands], cwd=folder, capture_output=True, text=True, check=False)
    assert done.returncode == status, done.stderr
    return done.stdout


def tables_with_the_address(built: Warehouse) -> set[object]:
    names = [name for (name,) in built.query("select table_name from duckdb_tables()")]
    texts = {
        name: f"select count(*) from {name} as t where cast(t as varchar) ilike '%ada@example.com%'" for name in names
    }
    return {name for name, query in texts.items() if built.query(query) != [(0,)]}
