"""The dbt project on the emulated Redshift: a landing zone in S3, and a schema of its own."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from project import Project
from s3 import S3

from .server import Redshift


class RedshiftProject(Project):
    """The landing zone lies at `landing_root` in S3, which is empty at first."""

    def __init__(self, redshift: Redshift, s3: S3, folder: Path, schema: str) -> None:
        self._redshift, self._s3 = redshift, s3
        self._bucket = f"redshift-{schema.replace('_', '-')}"
        s3.client().create_bucket(Bucket=self._bucket)
        super().__init__(
            target="redshift",
            folder=folder,
            landing_root=f"s3://{self._bucket}/landing",
            environment={**s3.environment, **redshift.environment},
            schema=schema,
        )

    def arrive(self, zone: Path) -> None:
        """The objects of the landing zone in the folder `zone` are landed and copied to Redshift."""
        client = self._s3.client()
        for path in sorted(path for path in zone.rglob("*") if path.is_file()):
            client.upload_file(str(path), self._bucket, f"landing/{path.relative_to(zone).as_posix()}")
        done = self.email_events("copy-to-redshift", self.landing_root)
        assert done.returncode == 0, done.stdout

    def stage_landing(self) -> None:
        self.dbt("run-operation", "stage_landing")

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self._redshift.connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"set search_path to {self.schema}, {self.schema}_restricted, {self.schema}_staging")
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]
