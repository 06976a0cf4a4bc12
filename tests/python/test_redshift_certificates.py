"""Whose certificate is taken for Redshift's, by `email-events copy-to-redshift` and the page as by dbt."""

from __future__ import annotations

import os
import socket
import ssl
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from sns_authority import certificate

REPOSITORY = Path(__file__).parents[2]
COMMANDS = {
    "copy-to-redshift": ("-m", "ingestion.cli", "copy-to-redshift", "s3://example-bucket/landing"),
    "dashboards": ("-m", "dashboards", "--target", "redshift"),
}


@pytest.fixture
def impostor(tmp_path: Path) -> Iterator[dict[str, str]]:
    """A server at `localhost` by a trusted certificate of another host; it hangs up on whoever takes it for Redshift.
    The environment that leads there.
    """
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    trusted, secret = tmp_path / "trusted.pem", tmp_path / "secret.pem"
    trusted.write_bytes(certificate(key, "redshift.example.com"))
    secret.write_bytes(
        key.private_bytes(serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())
    )
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(trusted, secret)
    (tmp_path / "profiles.yml").write_text((REPOSITORY / "profiles.yml.example").read_text())

    def serve() -> None:
        while True:
            try:
                connection, _ = listener.accept()
            except OSError:
                return
            with connection:
                connection.recv(8)  # the request for TLS
                connection.sendall(b"S")
                try:
                    context.wrap_socket(connection, server_side=True).close()
                except OSError:
                    continue

    with socket.create_server(("127.0.0.1", 0)) as listener:
        threading.Thread(target=serve, daemon=True).start()
        yield {
            **os.environ,
            "DBT_PROFILES_DIR": str(tmp_path),
            "SSL_CERT_FILE": str(trusted),
            "REDSHIFT_HOST": "localhost",
            "REDSHIFT_PORT": str(listener.getsockname()[1]),
        }


@pytest.mark.parametrize("command", COMMANDS)
@pytest.mark.parametrize(("sslmode", "refused"), [("verify-full", True), ("require", False)])
def test_verify_full_refuses_the_certificate_of_another_host(
    command: str, sslmode: str, refused: bool, impostor: dict[str, str], tmp_path: Path
) -> None:
    done = subprocess.run(
        [sys.executable, *COMMANDS[command]],
        env={**impostor, "REDSHIFT_SSLMODE": sslmode, "PYTHONPATH": str(REPOSITORY)},
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode != 0
    assert "Traceback" not in done.stderr
    assert ("Hostname mismatch" in done.stderr) is refused, done.stderr
