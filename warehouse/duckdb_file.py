"""Open the DuckDB file of a warehouse, or explain in one sentence why it cannot be opened."""

from __future__ import annotations

import re
from pathlib import Path

import duckdb

# DuckDB's words: Conflicting lock is held in /usr/bin/python3.11 (PID 2531).
_HOLDER = re.compile(r"Conflicting lock is held in (.+) \(PID (\d+)\)")


class FileProblem(RuntimeError):
    """The file cannot be opened. The message is one line: what happened, and what to do."""


def open_file(path: str, *, read_only: bool) -> duckdb.DuckDBPyConnection:
    """Open the file; make it when it is not there and is to be written.

    Raises:
        FileProblem: Its folder does not exist, another process has it open, or DuckDB cannot read it.
    """
    file, folder = Path(path), Path(path).parent
    if not folder.is_dir():
        raise FileProblem(f"The folder of the warehouse {path} does not exist. Create it: mkdir -p {folder}")
    if file.is_dir():
        raise FileProblem(f"The warehouse {path} is a folder. Name a file in EMAIL_EVENTS_DUCKDB.")
    is_new = not file.exists()
    try:
        connection = duckdb.connect(path, read_only=read_only)
        if is_new and file.exists():
            file.chmod(0o600)  # there will be addresses in it
        return connection
    except duckdb.IOException as error:
        holder = _HOLDER.search(str(error))
        if not holder:
            raise FileProblem(
                f"The warehouse {path} cannot be opened: {str(error).splitlines()[0]} Move it away, or name another"
                " file in EMAIL_EVENTS_DUCKDB, and build again: all of a warehouse comes from its landing zone."
            ) from error
        raise FileProblem(
            f"The warehouse {path} is open in process {holder[2]} ({Path(holder[1]).name}), and a process that writes"
            " to a DuckDB file needs it for itself: wait until that process ends, then try again."
        ) from error
