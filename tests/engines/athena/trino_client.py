"""Sends a statement to Trino and reads the whole answer. Source: Trino documentation, "Client REST API"."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

import requests

SESSION = ",".join(
    [
        # one writer for a statement, so that the limit of 100 open partitions is the statement's, as on Athena
        *(
            "task_min_writer_count=1",
            "task_max_writer_count=1",
            "scale_writers=false",
            "task_scale_writers_enabled=false",
        ),
        # Athena's VACUUM goes below Trino's seven days
        "iceberg.expire_snapshots_min_retention=0s",
    ]
)


class QueryFailed(Exception):
    """A statement that was refused: the code that Athena shows (`HIVE_PATH_ALREADY_EXISTS`), and what was wrong."""

    def __init__(self, code: str, message: str) -> None:
        super().__init__(f"{code}: {message}")


@dataclass
class Answer:
    """What a statement gave. `columns` are name and Trino's type signature; values are as the REST API writes them."""

    columns: list[tuple[str, dict[str, Any]]] = field(default_factory=list)
    rows: list[list[Any]] = field(default_factory=list)
    update_count: int | None = None
    stats: dict[str, Any] = field(default_factory=dict)


class TrinoClient:
    def __init__(self, address: str) -> None:
        self._address = address

    def run(self, sql: str, schema: str) -> Answer:
        """Run one statement to its end.

        Raises:
            QueryFailed: Trino refused it, with Trino's own code and message.
        """
        answer = Answer()
        with requests.Session() as http:
            page = http.post(
                f"{self._address}/v1/statement",
                data=sql.encode(),
                headers={
                    "X-Trino-User": "athena",
                    "X-Trino-Catalog": "awsdatacatalog",
                    "X-Trino-Schema": schema,
                    "X-Trino-Time-Zone": "UTC",
                    "X-Trino-Session": SESSION,
                    # or every timestamp would come in whole milliseconds
                    "X-Trino-Client-Capabilities": "PARAMETRIC_DATETIME",
                },
            ).json()
            while True:
                if "error" in page:
                    raise QueryFailed(page["error"]["errorName"], page["error"]["message"])
                if "columns" in page:
                    answer.columns = [(column["name"], column["typeSignature"]) for column in page["columns"]]
                answer.rows += page.get("data", [])
                answer.update_count = page.get("updateCount", answer.update_count)
                answer.stats = page["stats"]
                if "nextUri" not in page:
                    return answer
                page = http.get(page["nextUri"]).json()
