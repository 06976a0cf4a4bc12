"""COPY of a landing zone's objects, each in a transaction of its own.

    events/dt=.../hour=.../<object>.gz          COPY -> `events`, one row a line; the object's name -> `objects`
    manifests/dt=.../hour=.../<batch>.json      COPY -> `manifests`

COPY does not record from which object a row came, so each object is a COPY and a transaction of its own: a run that
dies leaves no half of one, and objects that a table names are not loaded again. A COPY manifest names the object:
without one, COPY takes a prefix of keys. Lines are copied as text, so that lines that are not JSON stay visible. Lines
longer than the widest text, or with a carriage return inside, are loaded in another way, in the same transaction
(long_lines.py).
"""

from __future__ import annotations

import json
import os
import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import redshift_connector
from redshift_connector.error import Error, InterfaceError, ProgrammingError

from ingestion.errors import ConfigurationProblem, ServiceProblem
from ingestion.landing.objects import is_unread
from ingestion.landing.root import Root, put
from warehouse.redshift.long_lines import LONGEST_WHOLE, NOT_GZIP, WIDEST, long_lines

# Strict: both parts enter SQL as literals, and what lies deeper is read on no engine.
PARTITION = re.compile(
    r"/dt=((?:19|20)[0-9]{2}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01]))/hour=((?:[01][0-9]|2[0-3]))/[^/]+$"
)

# Whole lines: JSON has no character 1 in it. What is no UTF-8, or longer than a column, must not stop the others.
COPY_LINES = "delimiter '\\001' gzip truncatecolumns acceptinvchars compupdate off statupdate off"
COPY_LONG_LINES = "format json 'auto' compupdate off statupdate off"
# A manifest may be longer than a column of text; we wrote it, so it is JSON.
COPY_DOCUMENT = "format json 'noshred' compupdate off statupdate off"

# COPY makes NULL of the two characters \N. Half of a line may be JSON, and is still none.
INSERT_LINES = """
    insert into {schema}.events (landed_object, dt, hour, line, doc)
    select
        '{name}', '{dt}', '{hour}', read.line,
        case
            when read.doc is not null then read.doc
            when read.bytes <= {longest} and can_json_parse(read.line) then json_parse(read.line)
        end
    from (
        select rtrim(coalesce(line, chr(92) || 'N'), chr(13)) as line, coalesce(octet_length(line), 2) as bytes, doc
        from copied_lines
    ) as read
    where btrim(read.line, ' ' || chr(9) || chr(13)) <> ''
"""
INSERT_OBJECT = """
    insert into {schema}.objects (landed_object, dt, hour, loaded_at)
    values ('{name}', '{dt}', '{hour}', getdate())
"""
INSERT_MANIFEST = """
    insert into {schema}.manifests (manifest, dt, hour, doc)
    select '{name}', '{dt}', '{hour}', doc from copied_documents
"""


@contextmanager
def connected() -> Iterator[Any]:
    host = os.environ.get("REDSHIFT_HOST")
    if not host:
        raise ConfigurationProblem("REDSHIFT_HOST is not set. Set it, REDSHIFT_USER and REDSHIFT_PASSWORD, as for dbt.")
    port = int(os.environ.get("REDSHIFT_PORT", "5439"))
    user = os.environ.get("REDSHIFT_USER", "dbt")
    sslmode = os.environ.get("REDSHIFT_SSLMODE", "prefer")
    try:
        connection = redshift_connector.connect(
            host=host,
            port=port,
            user=user,
            password=os.environ.get("REDSHIFT_PASSWORD", ""),
            database=os.environ.get("REDSHIFT_DATABASE", "dev"),
            ssl=sslmode != "disable",
            sslmode="verify-full" if sslmode == "verify-full" else "verify-ca",  # as dbt-redshift has it
        )
    except InterfaceError as error:
        raise ServiceProblem(
            f"Redshift at {host}:{port} cannot be reached: {error}. Check the address and try again."
        ) from error
    except Error as error:
        raise ConfigurationProblem(f"Redshift at {host}:{port} refused the user {user}: {_message(error)}") from error
    try:
        yield connection
    except Error as error:
        raise ServiceProblem(
            f"Redshift failed: {_message(error)}. Nothing is half loaded: run the same command again."
        ) from error
    finally:
        connection.close()


def _literal(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def _message(error: Exception) -> str:
    detail = error.args[0] if error.args else error
    return str(detail.get("M", detail) if isinstance(detail, dict) else detail)


class Loader:
    """Loads objects one by one, each in a transaction."""

    def __init__(self, connection: Any, root: Root, schema: str, iam_role: str) -> None:
        self.connection = connection
        self.cursor = connection.cursor()
        self.root = root
        self.schema = schema
        self.iam_role = "default" if iam_role == "default" else _literal(iam_role)
        run = uuid.uuid4().hex
        self.copy_manifest, self.long_lines = f"copying/{run}.manifest", f"copying/{run}.long_lines.json"
        self.cut: list[tuple[str, int]] = []
        self.shortened: list[tuple[str, int]] = []
        self.failed: list[tuple[str, str]] = []
        self.unread: list[str] = []

    def load_new(self, prefix: str, suffix: str, table: str, column: str) -> int:
        """Load the objects under `prefix` that `table` does not name in `column`; how many there were."""
        known = self._loaded(table, column)
        new = []
        for key in self.root.keys(prefix):
            if is_unread(key):
                self.unread.append(self.root.describe(key))
            elif key.endswith(suffix) and self.root.describe(key) not in known:
                new.append(key)
        loaded = 0
        try:
            for key in new:
                try:
                    loaded += self._load(key, table, column)
                except (ProgrammingError, *NOT_GZIP) as error:  # this object's fault: the next may be well
                    self.connection.rollback()
                    self.failed.append((self.root.describe(key), _message(error)))
        finally:
            if new:
                self.root.delete(self.copy_manifest)
                self.root.delete(self.long_lines)
        return loaded

    def _loaded(self, table: str, column: str) -> set[str]:
        try:
            self.cursor.execute(f"select {column} from {self.schema}.{table}")
        except ProgrammingError as error:
            raise ConfigurationProblem(
                f"{self.schema}.{table} cannot be read: {_message(error)}."
                " Make it once with: dbt run-operation stage_landing --target redshift"
            ) from error
        known = {row[0] for row in self.cursor.fetchall()}
        self.connection.commit()
        return known

    def _load(self, key: str, table: str, column: str) -> bool:
        partition = PARTITION.search(f"/{key}")
        if partition is None:
            self.unread.append(self.root.describe(key))
            return False
        name = self.root.describe(key)
        values = {"schema": self.schema, "name": name.replace("'", "''"), "dt": partition[1], "hour": partition[2]}
        # first of all, so that of two runs at once the second sees what the first has loaded
        self.cursor.execute(f"lock {self.schema}.{table}")
        self.cursor.execute(f"select count(*) from {self.schema}.{table} where {column} = '{values['name']}'")
        if self.cursor.fetchone()[0]:
            self.connection.rollback()
            return False
        if table == "objects":
            self._make("copied_lines", f"line varchar({WIDEST}), doc super")
            self._copy("copied_lines (line)", key, COPY_LINES)
            self._take_long_lines(key)
            self.cursor.execute(INSERT_LINES.format(**values, longest=LONGEST_WHOLE))
            self.cursor.execute(INSERT_OBJECT.format(**values))
        else:
            self._make("copied_documents", "doc super")
            self._copy("copied_documents (doc)", key, COPY_DOCUMENT)
            self.cursor.execute(INSERT_MANIFEST.format(**values))
        self.connection.commit()
        return True

    def _take_long_lines(self, key: str) -> None:
        """Lines that COPY has cut, or nearly, and those with a carriage return inside leave, and come another way."""
        are_long = (
            f"from copied_lines where octet_length(line) > {LONGEST_WHOLE} or strpos(rtrim(line, chr(13)), chr(13)) > 0"
        )
        self.cursor.execute(f"select count(*) {are_long}")
        if not self.cursor.fetchone()[0]:
            return
        found = long_lines(self.root.read(key) or b"")
        put(self.root, self.long_lines, found.content)
        self.cursor.execute(f"delete {are_long}")
        self._copy("copied_lines (line, doc)", self.long_lines, COPY_LONG_LINES)
        name = self.root.describe(key)
        if found.cut:
            self.cut.append((name, found.cut))
        if found.shortened:
            self.shortened.append((name, found.shortened))

    def _make(self, table: str, columns: str) -> None:
        """An empty temporary table."""
        self.cursor.execute(f"create temporary table if not exists {table} ({columns})")
        self.cursor.execute(f"delete from {table}")  # TRUNCATE would commit

    def _copy(self, target: str, key: str, options: str) -> None:
        entries = [{"url": self.root.describe(key), "mandatory": True}]
        put(self.root, self.copy_manifest, json.dumps({"entries": entries}).encode())
        source = _literal(self.root.describe(self.copy_manifest))
        self.cursor.execute(f"copy {target} from {source} iam_role {self.iam_role} manifest {options}")
