"""Which landing zone a run reads: that of its target, and never another than the warehouse was built from."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from dbt_warehouse import Warehouse, connect
from test_backfills import land

NO_VARIABLE: dict[str, object] = {"landing_root": None}
LIST_OBJECTS = ("run", "--select", "landing_objects")
SENT = "2026-11-12T00:00:00.000Z"


def roots(warehouse: Path) -> set[str]:
    with connect(warehouse) as connection:
        rows = connection.execute("select landed_object from landing_objects").fetchall()
    return {name.partition("/events/")[0] for (name,) in rows}


def test_a_target_reads_its_own_landing_zone_and_the_others_the_one_of_the_environment(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    (tmp_path / "data" / "demo").mkdir(parents=True)
    for zone in ("landing", "data/landing", "data/demo/landing"):
        land(tmp_path / zone, "2026-11-12", "01", zone.replace("/", "-"), sent=SENT)

    built.dbt(*LIST_OBJECTS, variables=NO_VARIABLE)
    assert roots(built.path) == {"data/landing"}
    monkeypatch.setenv("EMAIL_EVENTS_LANDING", "landing/")
    built.dbt(*LIST_OBJECTS, "--target", "demo", variables=NO_VARIABLE)
    assert roots(tmp_path / "data" / "demo" / "warehouse.duckdb") == {"data/demo/landing"}
    built.path.unlink()
    built.dbt(*LIST_OBJECTS, variables=NO_VARIABLE)
    assert roots(built.path) == {"landing"}


def test_another_landing_zone_is_refused_before_any_model_runs_until_the_warehouse_is_rebuilt(tmp_path: Path) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    built.dbt(*LIST_OBJECTS, variables={"landing_root": "empty"})
    land(built.landing_root, "2026-11-12", "01", "mine", sent=SENT)
    land(tmp_path / "other", "2026-11-12", "01", "others", sent=SENT)
    built.dbt(*LIST_OBJECTS)  # nothing came from the empty one

    for wrong in ("other", "empty"):
        said = built.dbt("run", "--select", "landing_records", variables={"landing_root": wrong}, check=False)
        assert f"built from the landing zone landing, and this run names {wrong}," in said
        assert "EMAIL_EVENTS_LANDING" in said
        assert "`dbt build --full-refresh`" in said
        assert " START sql " not in said
    said = built.dbt(
        "run", "--full-refresh", "--select", "landing_records", variables={"landing_root": "other"}, check=False
    )
    assert "names other" in said, "this leaves landing_objects as it is"
    built.dbt(*LIST_OBJECTS, "--full-refresh", variables={"landing_root": "other"})
    assert roots(built.path) == {"other"}
    built.dbt(*LIST_OBJECTS, variables={"landing_root": "other"})


def test_the_same_landing_zone_may_be_named_in_another_way_and_may_move(tmp_path: Path) -> None:
    zone = tmp_path / "landing"
    built = Warehouse(tmp_path, zone)
    land(zone, "2026-11-11", "01", "first", sent=SENT)
    for root in ("landing", "landing/", "./landing", str(zone), f"{tmp_path}/../{tmp_path.name}/landing"):
        built.dbt(*LIST_OBJECTS, variables={"landing_root": root})
    land(zone, "2026-11-12", "01", "second", sent=SENT)
    built.dbt(*LIST_OBJECTS, variables={"landing_root": str(zone)})
    shutil.move(zone, tmp_path / "moved")
    land(tmp_path / "moved", "2026-11-12", "02", "third", sent=SENT)
    built.dbt(*LIST_OBJECTS, variables={"landing_root": "moved"})
    assert roots(built.path) == {"landing", str(zone), "moved"}
    # what the retention of a zone deletes is not missed under the name that it has
    shutil.rmtree(tmp_path / "moved")
    built.dbt(*LIST_OBJECTS, variables={"landing_root": "moved"})


@pytest.mark.parametrize("is_relative", [True, False])
def test_a_landing_zone_may_have_the_characters_of_a_pattern_in_its_name(tmp_path: Path, is_relative: bool) -> None:
    built = Warehouse(tmp_path, tmp_path / "landing")
    built.dbt("seed")
    for number, (name, alike) in enumerate((("z[1]", "z1"), ("a?b/c*", "axb/cd"), ("it's", "its"))):
        zone = tmp_path / name
        land(zone, "2026-11-12", "01", "mine", sent=SENT)
        land(zone, "2026-11-12", "01", "[mine]", sent=SENT)
        land(tmp_path / alike, "2026-11-12", "01", "others", sent=SENT)
        root: dict[str, object] = {"landing_root": name if is_relative else str(zone)}
        refresh = ("--full-refresh",) if number else ()
        built.dbt("run", *refresh, "--select", "+landing_rejects", variables=root)
        land(zone, "2026-11-12", "02", "next", sent=SENT)
        built.dbt("run", "--select", "+landing_rejects", variables=root)
        assert roots(built.path) == {root["landing_root"]}
        assert built.query("select landed_object, message_id from landing_records order by message_id") == [
            (f"{root['landing_root']}/events/dt=2026-11-12/hour={hour}/{message}-2026-11-12.json.gz", message)
            for hour, message in (("01", "[mine]"), ("01", "mine"), ("02", "next"))
        ]
