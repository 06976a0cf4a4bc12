"""`email-events export`, and a warehouse file that another program attaches."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
from dbt_warehouse import REPOSITORY, WITHOUT_TESTS, Warehouse
from test_backfills import land

# one build serves all tests of this file
pytestmark = pytest.mark.xdist_group("export")

MARTS = {path.stem for path in (REPOSITORY / "models" / "marts").rglob("*.sql")}
WITHOUT_ADDRESSES = MARTS - {"dim_recipients"}
MESSAGES = 3


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Warehouse:
    folder = tmp_path_factory.mktemp("export")
    messages = [f"message-{number}" for number in range(MESSAGES)]
    land(folder / "landing", "2026-11-12", "01", *messages, sent="2026-11-12T00:00:00.000Z")
    warehouse = Warehouse(folder, folder / "landing")
    warehouse.dbt("build", *WITHOUT_TESTS)
    return warehouse


def export(built: Warehouse, *arguments: str, status: int = 0) -> str:
    done = subprocess.run(
        [str(Path(sys.executable).parent / "email-events"), "export", *arguments],
        cwd=built.folder,
        env={**built.environment, "DBT_PROFILES_DIR": str(built.folder)},
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
    )
    assert done.returncode == status, done.stdout
    assert "Traceback" not in done.stdout
    return done.stdout


def files(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def test_every_mart_without_addresses_is_one_file_with_the_rows_of_the_mart(built: Warehouse, tmp_path: Path) -> None:
    out = tmp_path / "new" / "it's marts"
    assert f"Wrote {len(WITHOUT_ADDRESSES)} marts" in export(built, str(out))
    assert files(out) == {f"{mart}.parquet" for mart in WITHOUT_ADDRESSES}
    for mart in WITHOUT_ADDRESSES:
        name = str(out / f"{mart}.parquet").replace("'", "''")
        exported = duckdb.sql(f"select * from '{name}'")
        in_warehouse = f"select * from {mart}"
        assert sorted(map(repr, exported.fetchall())) == sorted(map(repr, built.query(in_warehouse))), mart
    assert built.query("select count(*) from fct_messages") == [(MESSAGES,)]


def test_a_reader_of_the_old_file_keeps_it_while_the_new_one_takes_its_place(built: Warehouse, tmp_path: Path) -> None:
    export(built, str(tmp_path), "--mart", "fct_messages")
    with (tmp_path / "fct_messages.parquet").open("rb") as reader:
        before = (tmp_path / "fct_messages.parquet").stat().st_ino
        export(built, str(tmp_path), "--mart", "fct_messages")
        assert (tmp_path / "fct_messages.parquet").stat().st_ino != before
        assert reader.read()[-4:] == b"PAR1"


def test_addresses_are_exported_only_by_name(built: Warehouse, tmp_path: Path) -> None:
    export(built, str(tmp_path), "--mart", "dim_recipients", "--mart", "fct_messages")
    assert files(tmp_path) == {"dim_recipients.parquet", "fct_messages.parquet"}
    assert (tmp_path / "dim_recipients.parquet").stat().st_mode & 0o777 == 0o600
    assert built.path.stat().st_mode & 0o777 == 0o600


def test_what_cannot_be_exported_is_refused(built: Warehouse, tmp_path: Path) -> None:
    assert "There is no mart landing_records" in export(built, str(tmp_path), "--mart", "landing_records", status=2)
    assert "writes to a folder" in export(built, "s3://example-bucket/marts", status=2)
    assert "There is no warehouse at" in export(built, str(tmp_path), "--target", "demo", status=3)
    (tmp_path / "file").write_text("")
    assert "cannot be written" in export(built, str(tmp_path / "file"), status=4)
    assert files(tmp_path) == {"file"}


def test_every_table_and_view_can_be_read_under_another_name_of_the_file(built: Warehouse) -> None:
    with duckdb.connect() as other:
        other.execute(f"attach '{built.path}' as mail (read_only)")
        tables = other.execute(
            "select table_schema, table_name from information_schema.tables where table_catalog = 'mail'"
        ).fetchall()
        assert {name for _, name in tables} > MARTS
        for schema, name in tables:
            other.execute(f"select count(*) from mail.{schema}.{name}").fetchall()
