"""SNS as far as its signatures go: notifications signed by a key of the test's own, its certificate where SNS has it.

The command finds the certificate at its real address, by the conventions of any HTTPS client: HTTPS_PROXY leads to a
server of the test, and SSL_CERT_FILE names who vouches for it.
"""

from __future__ import annotations

import base64
import json
import ssl
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.x509.oid import NameOID

TOPIC = "arn:aws:sns:eu-west-1:012345678901:mail"
HOST = "sns.eu-west-1.amazonaws.com"
CERTIFICATE_URL = f"https://{HOST}/SimpleNotificationService-0123456789abcdef0123456789abcdef.pem"


def certificate(key: rsa.RSAPrivateKey, host: str) -> bytes:
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, host)])
    now = datetime.now(UTC)
    built = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(days=1))
        .not_valid_after(now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName(host)]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=None), critical=True)
        .sign(key, hashes.SHA256())
    )
    return built.public_bytes(serialization.Encoding.PEM)


class Sns:
    """A `with` block in which the certificate can be had; `asked` are the addresses that were asked for."""

    def __init__(self, folder: Path) -> None:
        self.key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        self.asked: list[str] = []
        self.status = 200
        vouching = folder / "vouching.pem"
        server_key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
        vouching.write_bytes(certificate(server_key, HOST))
        secret = folder / "server.pem"
        secret.write_bytes(
            vouching.read_bytes()
            + server_key.private_bytes(
                serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
            )
        )
        tls = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
        tls.load_cert_chain(secret)
        self.server = ThreadingHTTPServer(("127.0.0.1", 0), self._handler(tls))
        self.environment = {
            "HTTPS_PROXY": f"http://127.0.0.1:{self.server.server_port}",
            "SSL_CERT_FILE": str(vouching),
        }

    def _handler(self, tls: ssl.SSLContext) -> type[BaseHTTPRequestHandler]:
        sns, pem = self, certificate(self.key, "sns.amazonaws.com")

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def do_CONNECT(self) -> None:
                self.send_response(200)
                self.end_headers()
                self.asked_host, self.close_connection = self.path, False
                self.connection = tls.wrap_socket(self.connection, server_side=True)
                self.rfile, self.wfile = self.connection.makefile("rb"), self.connection.makefile("wb", 0)

            def do_GET(self) -> None:
                sns.asked.append(self.asked_host.removesuffix(":443") + self.path)
                is_there = self.path == "/" + CERTIFICATE_URL.rpartition("/")[2]
                body = pem if is_there and sns.status == 200 else b""
                self.send_response(sns.status if is_there else 404)
                self.send_header("Content-Length", str(len(body)))
                self.end_headers()
                self.wfile.write(body)

            def log_message(self, format: str, *args: object) -> None:
                pass

        return Handler

    def __enter__(self) -> Sns:
        Thread(target=self.server.serve_forever, daemon=True).start()
        return self

    def __exit__(self, *_: object) -> None:
        self.server.shutdown()
        self.server.server_close()

    def notification(self, message: str, version: str = "2", **changes: Any) -> dict[str, Any]:
        """A signed notification; `changes` are made before it is signed."""
        told = {
            "Type": "Notification",
            "MessageId": "22b80b92-fdea-4c2c-8f9d-bdfb0c7bf324",
            "TopicArn": TOPIC,
            "Subject": "Amazon SES Email Event Notification",
            "Message": message,
            "Timestamp": "2026-11-10T09:00:01.000Z",
            "SignatureVersion": version,
            "SigningCertURL": CERTIFICATE_URL,
            **changes,
        }
        # the guide: these keys in this order, each and its value on a line of its own, a Subject where there is one
        signed = "".join(
            f"{key}\n{told[key]}\n"
            for key in ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
            if told.get(key) is not None
        )
        algorithm = hashes.SHA1() if version == "1" else hashes.SHA256()
        told["Signature"] = base64.b64encode(self.key.sign(signed.encode(), padding.PKCS1v15(), algorithm)).decode()
        return told


def text(notification: dict[str, Any]) -> str:
    return json.dumps(notification) + "\n"
