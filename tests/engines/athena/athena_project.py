"""The dbt project on the Athena harness: a landing zone in S3, and a schema of its own."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from project import Project

from .server import BUCKET, AthenaServer

# A connection of Athena finds tables of one schema by their name alone.
STAGING = re.compile(r"\b(from|join|describe)\s+((?:stg|int|landing)_\w+|model_watermarks)\b")
RESTRICTED = re.compile(r"\b(from|join|describe)\s+(dim_recipients)\b")


class AthenaProject(Project):
    """The landing zone lies at `landing_root` in S3, which is empty at first."""

    def __init__(self, server: AthenaServer, folder: Path, schema: str) -> None:
        self._server = server
        place = f"s3://{BUCKET}/{schema}"
        super().__init__(
            target="athena",
            folder=folder,
            landing_root=f"{place}/landing",
            environment={
                **server.environment(),
                "EMAIL_EVENTS_ATHENA_STAGING": f"{place}/results/",
                "EMAIL_EVENTS_ATHENA_DATA": f"{place}/marts/",
            },
            schema=schema,
        )
        # the harness answers when a statement has ended: dbt need not wait before it asks again
        profiles = folder / "profiles.yml"
        profiles.write_text(profiles.read_text().replace("type: athena\n", "type: athena\n      poll_interval: 0.01\n"))

    def arrive(self, zone: Path) -> None:
        """The objects of the landing zone in the folder `zone` are landed."""
        s3, prefix = self._server.client("s3"), self.landing_root.removeprefix(f"s3://{BUCKET}/")
        for path in sorted(path for path in zone.rglob("*") if path.is_file()):
            s3.upload_file(str(path), BUCKET, f"{prefix}/{path.relative_to(zone).as_posix()}")

    def stage_landing(self, first_day: str, last_day: str) -> None:
        """`dbt run-operation stage_landing`, then these days only, at least two: each hour is a request to S3."""
        self.dbt("run-operation", "stage_landing")
        days = f"'projection.dt.range' = '{first_day},{last_day}'"
        for table in ("events", "manifests"):
            self.rows(f"alter table `{self.schema}_staging`.`{table}` set tblproperties ({days})")

    def dbt_killed_within(self, model: str) -> None:
        super().dbt_killed_within(model)
        self._server.wait_for_statements()

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        sql = STAGING.sub(rf"\1 {self.schema}_staging.\2", sql)
        sql = RESTRICTED.sub(rf"\1 {self.schema}_restricted.\2", sql)
        with self._server.connect(self.schema) as connection:
            return connection.cursor().execute(sql).fetchall()
