"""A server of Redshift's wire protocol in front of PostgreSQL: one thread per connection and direction.

Redshift's driver speaks PostgreSQL's protocol 3 with start-up parameters of its own; those are left out, statements are
rewritten on the way in, and the server version on the way out is the one that Redshift tells.
"""

from __future__ import annotations

import contextlib
import socket
import socketserver
import struct
import threading
from pathlib import Path
from typing import Any

from .partiql import Refused
from .rewrite import Session, to_postgresql

SSL_REQUEST, CANCEL_REQUEST, PROTOCOL_3 = 80877103, 80877102, 196608
KEPT_PARAMETERS = ("user", "database", "application_name")
REDSHIFT_VERSION = b"server_version\x008.0.2\x00"


class Proxy(socketserver.ThreadingTCPServer):
    """Listens on a free loopback port; `statements` is what was sent on, for the curious."""

    daemon_threads = True
    allow_reuse_address = True

    def __init__(self, postgresql: tuple[str, int], s3: Any, folder: Path) -> None:
        super().__init__(("127.0.0.1", 0), _Connection)
        self.postgresql = postgresql
        self.s3 = s3
        self.folder = folder
        self.users: dict[str, bool] = {}
        self.statements: list[str] = []

    @property
    def port(self) -> int:
        return int(self.server_address[1])


class _Connection(socketserver.BaseRequestHandler):
    server: Proxy
    request: socket.socket

    def handle(self) -> None:
        try:
            parameters = self._startup()
            if parameters is None:
                return
            self.session = Session(parameters["user"], self.server.users, self.server.s3, self.server.folder)
            with socket.create_connection(self.server.postgresql) as backend:
                for side in (self.request, backend):  # messages are small, and each waits for an answer
                    side.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
                _send_startup(backend, parameters)
                back = threading.Thread(target=_pump_back, args=(backend, self.request), daemon=True)
                back.start()
                try:
                    self._pump_in(backend)
                finally:
                    # closing it is not enough while `back` reads: a killed client would leave its transaction open
                    with contextlib.suppress(OSError):
                        backend.shutdown(socket.SHUT_RDWR)
        except (ConnectionError, EOFError, OSError):
            pass  # one side has gone; so does the other

    def _startup(self) -> dict[str, str] | None:
        while True:
            length, code = struct.unpack("!ii", _read(self.request, 8))
            body = _read(self.request, length - 8)
            if code == SSL_REQUEST:
                self.request.sendall(b"N")
            elif code == PROTOCOL_3:
                words = [word.decode() for word in body.split(b"\0")]
                return dict(zip(words[::2], words[1::2], strict=False))
            else:
                return None

    def _pump_in(self, backend: socket.socket) -> None:
        while True:
            kind, body = _read_message(self.request)
            if kind == b"P":
                name, sql, rest = body.split(b"\0", 2)
                body = b"\0".join((name, self._rewritten(sql), rest))
            elif kind == b"Q":
                body = self._rewritten(body[:-1]) + b"\0"
            backend.sendall(_message(kind, body))

    def _rewritten(self, sql: bytes) -> bytes:
        try:
            statement = to_postgresql(sql.decode(), self.session)
        except Refused as refusal:
            statement = "select redshift.refused('" + str(refusal).replace("'", "''") + "')"
        self.server.statements.append(statement)
        return statement.encode()


def _send_startup(backend: socket.socket, parameters: dict[str, str]) -> None:
    kept = "".join(f"{name}\0{parameters[name]}\0" for name in KEPT_PARAMETERS if parameters.get(name)) + "\0"
    backend.sendall(struct.pack("!ii", len(kept.encode()) + 8, PROTOCOL_3) + kept.encode())


def _pump_back(backend: socket.socket, client: socket.socket) -> None:
    try:
        while True:
            kind, body = _read_message(backend)
            if kind == b"S" and body.startswith(b"server_version\0"):
                body = REDSHIFT_VERSION
            client.sendall(_message(kind, body))
            if kind == b"Z":
                break
        while chunk := backend.recv(1 << 16):
            client.sendall(chunk)
    except (ConnectionError, EOFError, OSError):
        pass
    finally:
        # what waits to read from the client is woken
        with contextlib.suppress(OSError):
            client.shutdown(socket.SHUT_RDWR)


def _read(connection: socket.socket, count: int) -> bytes:
    found = bytearray()
    while len(found) < count:
        chunk = connection.recv(count - len(found))
        if not chunk:
            raise EOFError
        found += chunk
    return bytes(found)


def _read_message(connection: socket.socket) -> tuple[bytes, bytes]:
    kind = _read(connection, 1)
    (length,) = struct.unpack("!i", _read(connection, 4))
    return kind, _read(connection, length - 4)


def _message(kind: bytes, body: bytes) -> bytes:
    return kind + struct.pack("!i", len(body) + 4) + body
