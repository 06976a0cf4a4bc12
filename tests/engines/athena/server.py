"""Athena over HTTP: moto's S3, Glue, STS and work groups, with statements carried out by a real Trino.

    dbt-athena, PyAthena, boto3  ->  AthenaServer  ->  moto                        (S3, Glue, STS, work groups)
                                          |      ->  Statements -> Trino -> moto   (what StartQueryExecution brings)

Clients need what `environment` says. There is one bucket, `lake`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Iterable
from http import HTTPStatus
from io import BytesIO
from pathlib import Path
from typing import Any

import boto3
import pyathena
from moto.server import DomainDispatcherApplication, create_backend_app
from pyathena.connection import Connection
from pyathena.cursor import Cursor
from werkzeug.serving import WSGIRequestHandler, make_server

from .executions import Executions, InvalidRequest
from .statements import Statements
from .trino_client import TrinoClient
from .trino_server import TrinoServer

BUCKET = "lake"
CREDENTIALS = {"aws_access_key_id": "testing", "aws_secret_access_key": "testing", "region_name": "us-east-1"}

# What Trino and dbt-athena ask of Glue and moto does not have: there are no statistics, no functions, no old versions.
GLUE_WITHOUT_ANSWER = {
    "GetColumnStatisticsForTable": {"ColumnStatisticsList": [], "Errors": []},
    "GetColumnStatisticsForPartition": {"ColumnStatisticsList": [], "Errors": []},
    "UpdateColumnStatisticsForTable": {"Errors": []},
    "UpdateColumnStatisticsForPartition": {"Errors": []},
    "DeleteColumnStatisticsForTable": {},
    "DeleteColumnStatisticsForPartition": {},
    "GetUserDefinedFunctions": {"UserDefinedFunctions": []},
    "BatchDeleteTableVersion": {"Errors": []},
}


class QuietHandler(WSGIRequestHandler):
    protocol_version = "HTTP/1.1"  # keeps connections: Trino sends many small requests

    def log_request(self, *_: Any) -> None:
        pass


class AthenaServer:
    """Serves at `endpoint` until `stop`; Trino's log lies in `folder`.

    Raises:
        NotInstalled: Java, Maven or Trino's jars are missing.
    """

    def __init__(self, folder: Path) -> None:
        self._moto = DomainDispatcherApplication(create_backend_app)
        self._http = make_server("127.0.0.1", 0, self._answer, threaded=True, request_handler=QuietHandler)
        self.endpoint = f"http://127.0.0.1:{self._http.server_port}"
        threading.Thread(target=self._http.serve_forever, daemon=True).start()
        try:
            self._trino = TrinoServer(self.endpoint, folder / "trino.log")
        except Exception:
            self._http.shutdown()
            raise
        self.client("s3").create_bucket(Bucket=BUCKET)
        self._glue, self._updating = self.client("glue"), threading.Lock()
        trino = TrinoClient(self._trino.address)
        self._executions = Executions(Statements(trino, self.client("glue"), self.client("s3")).run)

    def client(self, service: str) -> Any:
        """A boto3 client of this server."""
        return boto3.client(service, endpoint_url=self.endpoint, **CREDENTIALS)

    def connect(self, database: str) -> Connection[Cursor]:
        """A PyAthena connection: rows come as Python's str, int, float, bool, datetime, date and None."""
        return pyathena.connect(
            endpoint_url=self.endpoint,
            s3_staging_dir=f"s3://{BUCKET}/results/",
            schema_name=database,
            poll_interval=0.01,
            **CREDENTIALS,
        )

    def environment(self) -> dict[str, str]:
        """What a client's process needs."""
        return {
            "AWS_ENDPOINT_URL": self.endpoint,
            **{k.upper(): v for k, v in CREDENTIALS.items() if k != "region_name"},
        }

    def wait_for_statements(self) -> None:
        """Until no statement runs: those of a client that died go on, as on Athena."""
        self._executions.wait_for_all()

    def stop(self) -> None:
        self._trino.stop()
        self._http.shutdown()

    def _answer(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        service, _, operation = environ.get("HTTP_X_AMZ_TARGET", "").partition(".")
        if service == "AWSGlue" and operation in GLUE_WITHOUT_ANSWER:
            _body(environ)
            return _respond(start_response, HTTPStatus.OK, GLUE_WITHOUT_ANSWER[operation])
        if service == "AmazonAthena" and operation in self._executions.operations():
            try:
                answer = self._executions.operations()[operation](json.loads(_body(environ)))
            except InvalidRequest as error:
                refusal = {"__type": "InvalidRequestException", "Message": str(error)}
                return _respond(start_response, HTTPStatus.BAD_REQUEST, refusal)
            return _respond(start_response, HTTPStatus.OK, answer)
        if service == "AWSGlue" and operation == "UpdateTable":
            return self._update_table(environ, start_response)
        return self._moto(environ, start_response)

    def _update_table(self, environ: dict[str, Any], start_response: Callable[..., Any]) -> Iterable[bytes]:
        """Glue's optimistic locking, which moto has not: an update says of which version of the table it is one."""
        body = _body(environ)
        request = json.loads(body)
        with self._updating:
            table = self._glue.get_table(DatabaseName=request["DatabaseName"], Name=request["TableInput"]["Name"])
            if request.get("VersionId") not in (None, table["Table"]["VersionId"]):
                refusal = {"__type": "ConcurrentModificationException", "Message": "Update table failed: its version."}
                return _respond(start_response, HTTPStatus.BAD_REQUEST, refusal)
            environ["wsgi.input"] = BytesIO(body)
            return list(self._moto(environ, start_response))


def _body(environ: dict[str, Any]) -> bytes:
    body: bytes = environ["wsgi.input"].read(int(environ.get("CONTENT_LENGTH") or 0))
    return body


def _respond(start_response: Callable[..., Any], status: HTTPStatus, answer: dict[str, Any]) -> Iterable[bytes]:
    body = json.dumps(answer).encode()
    headers = [("Content-Type", "application/x-amz-json-1.1"), ("Content-Length", str(len(body)))]
    start_response(f"{status.value} {status.phrase}", headers)
    return [body]
