"""Whether SNS signed a notification.

Versions 1 (SHA-1) and 2 (SHA-256); the certificate is fetched once from the address that the notification names, which
must be one of SNS's own. A signature says that SNS sent the message, not for whose topic: that is `TopicArn`.

Source: Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
"""

from __future__ import annotations

import base64
import binascii
import re
import socket
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import lru_cache
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from ingestion.errors import ConfigurationProblem, ServiceProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

Verify = Callable[[dict[str, Any]], str | None]

# Anything else in an address (user, port, query) is none of SNS's.
_CERTIFICATE_URL = re.compile(
    r"https://sns\.[a-z]{2,4}(-[a-z]{2,16}){1,3}-[0-9]{1,2}\.amazonaws\.com(\.cn)?"
    r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem"
)
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_MAX_CERTIFICATE_BYTES = 64 * 1024
_SECONDS = 10
_NOT_AGAIN_SECONDS = 30  # a batch of messages must not wait for the same address again and again


class Unverifiable(ServiceProblem):
    """The certificate could not be fetched, so nobody knows whether SNS signed."""


def sns_problem(message: dict[str, Any]) -> str | None:
    """The field of an SNS notification for which it is not to be trusted (`.Signature`); None when SNS signed it.

    Raises:
        Unverifiable: The certificate could not be fetched.
        ConfigurationProblem: The package `cryptography` is missing.
    """
    hashes, padding, invalid_signature = _cryptography()
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}.get(str(message.get("SignatureVersion")))
    if algorithm is None:
        return ".SignatureVersion"
    # a Lambda event spells it in another way
    name = "SigningCertURL" if "SigningCertURL" in message else "SigningCertUrl"
    url = message.get(name)
    if not isinstance(url, str) or not _CERTIFICATE_URL.fullmatch(url):
        return f".{name}"
    key = _public_key(url)
    if key is None:
        return f".{name}"
    try:
        signature = base64.b64decode(message["Signature"], validate=True)
        key.verify(signature, _signed_text(message), padding.PKCS1v15(), algorithm())
    except (KeyError, TypeError, ValueError, binascii.Error, invalid_signature):
        return ".Signature"
    return None


def _signed_text(message: dict[str, Any]) -> bytes:
    pairs = [(name, message[name]) for name in _SIGNED if message.get(name) is not None]
    return "".join(f"{name}\n{value}\n" for name, value in pairs).encode()


def _cryptography() -> Any:
    try:
        from cryptography.exceptions import InvalidSignature
        from cryptography.hazmat.primitives import hashes
        from cryptography.hazmat.primitives.asymmetric import padding
    except ImportError as error:
        raise ConfigurationProblem(
            "To check the signatures of SNS, install the extra: pip install 'email-events[sns]'."
        ) from error
    return hashes, padding, InvalidSignature


@lru_cache(1000)  # whoever writes to a queue may name any number of addresses
def _public_key(url: str) -> RSAPublicKey | None:
    """The key of the certificate at the address; None where there is none that could have signed."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    if time.monotonic() < _unreachable.get(url, 0.0):
        raise _unknown(url, "it could not be fetched a moment ago")
    try:
        with _opener.open(url, timeout=_SECONDS) as answer:
            key = load_pem_x509_certificate(answer.read(_MAX_CERTIFICATE_BYTES)).public_key()
    except ValueError:  # no certificate
        return None
    except (OSError, HTTPException) as error:
        if _is_nothing_there(error):
            return None
        _unreachable[url] = time.monotonic() + _NOT_AGAIN_SECONDS
        raise _unknown(url, str(error)) from error
    return key if isinstance(key, RSAPublicKey) else None


_unreachable: dict[str, float] = {}


def _is_nothing_there(error: Exception) -> bool:
    """No such host or page, which trying again would not mend."""
    if isinstance(error, urllib.error.HTTPError):
        return error.code < 500 and error.code != 429
    cause = getattr(error, "reason", None)
    return isinstance(cause, socket.gaierror) and cause.errno == socket.EAI_NONAME


def _unknown(url: str, why: str) -> Unverifiable:
    return Unverifiable(
        f"{url}: {why}. Without SNS's certificate no signature can be checked. Nothing is lost: run the same command "
        "again."
    )


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """An address of SNS that leads elsewhere is none."""


_opener = urllib.request.build_opener(_NoRedirect)
