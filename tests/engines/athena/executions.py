"""Athena's query operations: a statement is started, asked for until it has ended, and its result is read in pages.

Source: Amazon Athena API Reference, StartQueryExecution, GetQueryExecution, GetQueryResults, GetQueryRuntimeStatistics,
ListQueryExecutions, StopQueryExecution.
"""

from __future__ import annotations

import threading
import time
import uuid
from collections.abc import Callable
from typing import Any

from .results import column_info, datum
from .statements import Result
from .trino_client import QueryFailed

LONGEST_STATEMENT = 262_144  # bytes
ICEBERG_ERROR, GENERIC_ERROR = 233, 1006  # AthenaError, ErrorType: dbt-athena tries again after the first
PATIENCE = 1  # second that GetQueryExecution waits for the end: clients need not ask again and again
PAGE = 1_000  # rows, the header among them

Json = dict[str, Any]


class InvalidRequest(Exception):
    """The request itself was refused: InvalidRequestException."""


class Executions:
    """`run` carries out a statement in a database; each runs in a thread of its own."""

    def __init__(self, run: Callable[[str, str], Result]) -> None:
        self._run = run
        self._executions: dict[str, Json] = {}
        self._results: dict[str, Result] = {}
        self._ended: dict[str, threading.Event] = {}

    def operations(self) -> dict[str, Callable[[Json], Json]]:
        return {
            "StartQueryExecution": self.start,
            "GetQueryExecution": self.execution,
            "GetQueryResults": self.results,
            "GetQueryRuntimeStatistics": self.statistics,
            "ListQueryExecutions": lambda request: {"QueryExecutionIds": list(self._executions)},
            "StopQueryExecution": lambda request: {},
        }

    def wait_for_all(self) -> None:
        """Until no statement runs."""
        for ended in list(self._ended.values()):
            ended.wait()

    def start(self, request: Json) -> Json:
        """Raises: InvalidRequest."""
        sql = request["QueryString"]
        if len(sql.encode()) > LONGEST_STATEMENT:
            raise InvalidRequest(
                "1 validation error detected: Value at 'queryString' failed to satisfy constraint:"
                f" Member must have length less than or equal to {LONGEST_STATEMENT}"
            )
        query_id = str(uuid.uuid4())
        database = request.get("QueryExecutionContext", {}).get("Database", "default")
        self._executions[query_id] = {
            "QueryExecutionId": query_id,
            "Query": sql,
            "StatementType": "DML",
            "QueryExecutionContext": request.get("QueryExecutionContext", {}),
            "ResultConfiguration": request.get("ResultConfiguration", {}),
            "WorkGroup": request.get("WorkGroup", "primary"),
            "EngineVersion": {"EffectiveEngineVersion": "Athena engine version 3"},
            "Status": {"State": "RUNNING", "SubmissionDateTime": time.time()},
            "Statistics": {},
        }
        self._ended[query_id] = threading.Event()
        threading.Thread(target=self._carry_out, args=(query_id, sql, database), daemon=True).start()
        return {"QueryExecutionId": query_id}

    def _carry_out(self, query_id: str, sql: str, database: str) -> None:
        execution = self._executions[query_id]
        try:
            result = self._run(sql, database)
        except Exception as error:  # whatever it was, the client must be told, or it would wait for ever
            reason = str(error) if isinstance(error, QueryFailed) else f"GENERIC_INTERNAL_ERROR: {error!r}"
            end = {
                "State": "FAILED",
                "StateChangeReason": reason,
                "AthenaError": {
                    "ErrorCategory": 2,
                    "ErrorType": ICEBERG_ERROR if reason.startswith("ICEBERG_") else GENERIC_ERROR,
                    "Retryable": False,
                    "ErrorMessage": reason,
                },
            }
        else:
            self._results[query_id] = result
            stats = result.answer.stats
            execution["StatementType"] = result.kind
            execution["Statistics"] = {
                "DataScannedInBytes": stats.get("physicalInputBytes", 0),
                "EngineExecutionTimeInMillis": stats.get("elapsedTimeMillis", 0),
            }
            end = {"State": "SUCCEEDED"}
        execution["Status"] = {**execution["Status"], **end, "CompletionDateTime": time.time()}
        self._ended[query_id].set()

    def execution(self, request: Json) -> Json:
        execution = self._execution(request)
        self._ended[execution["QueryExecutionId"]].wait(PATIENCE)
        return {"QueryExecution": execution}

    def results(self, request: Json) -> Json:
        result = self._result(request)
        answer = result.answer
        # of DML the first row names the columns
        header = 1 if result.kind == "DML" and answer.columns else 0
        begin = int(request.get("NextToken") or 0)
        end = begin + min(request.get("MaxResults") or PAGE, PAGE)
        rows = [
            {"Data": [datum(value, signature) for value, (_, signature) in zip(row, answer.columns, strict=True)]}
            for row in answer.rows[max(begin - header, 0) : end - header]
        ]
        if header and begin == 0:
            rows.insert(0, {"Data": [{"VarCharValue": name} for name, _ in answer.columns]})
        columns = [column_info(name, signature) for name, signature in answer.columns]
        return {
            "UpdateCount": answer.update_count or 0,
            "ResultSet": {"Rows": rows, "ResultSetMetadata": {"ColumnInfo": columns}},
            **({"NextToken": str(end)} if end < header + len(answer.rows) else {}),
        }

    def statistics(self, request: Json) -> Json:
        """Rows and bytes that the statement read and wrote, as Trino counted them."""
        answer = self._result(request).answer
        rows = {
            "InputRows": answer.stats.get("processedRows", 0),
            "InputBytes": answer.stats.get("physicalInputBytes", 0),
            "OutputRows": answer.update_count if answer.update_count is not None else len(answer.rows),
            "OutputBytes": answer.stats.get("physicalWrittenBytes", 0),
        }
        return {"QueryRuntimeStatistics": {"Rows": rows}}

    def _execution(self, request: Json) -> Json:
        try:
            return self._executions[request["QueryExecutionId"]]
        except KeyError:
            raise InvalidRequest(f"QueryExecution {request['QueryExecutionId']} was not found") from None

    def _result(self, request: Json) -> Result:
        state = self._execution(request)["Status"]["State"]
        if state != "SUCCEEDED":
            raise InvalidRequest(f"Query did not finish successfully. Final query state: {state}")
        return self._results[request["QueryExecutionId"]]
