"""Whether SNS signed a notification, for one of the topics that are allowed.

Signature versions 1 (SHA-1) and 2 (SHA-256). The certificate is fetched once, from SNS in the region of the topic.
Anyone with an AWS account can have SNS sign messages of a topic of their own, so the topic must be named.

Source: Amazon SNS Developer Guide, "Verifying the signatures of Amazon SNS messages".
"""

from __future__ import annotations

import base64
import binascii
import re
import time
import urllib.error
import urllib.request
from collections.abc import Callable
from functools import partial
from http.client import HTTPException
from typing import TYPE_CHECKING, Any

from ingestion.errors import ConfigurationProblem, ServiceProblem, UsageProblem

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey

# The field of a notification for which it is refused (`.Signature`) and the reason; None when it is accepted.
Verify = Callable[[dict[str, Any]], tuple[str, str] | None]
BAD, UNVERIFIED = REASONS = ("bad_signature", "unverified_signature")
FIELDS = (".Signature", ".SignatureVersion", ".SigningCertURL", ".SigningCertUrl", ".TopicArn")

_TOPIC_ARN = re.compile(
    r"arn:aws(?:-[a-z]{1,10}){0,2}:sns:[a-z]{2,4}(?:-[a-z]{2,16}){1,3}-[0-9]{1,2}:[0-9]{12}:[A-Za-z0-9_.-]{1,256}"
)
_CERTIFICATE = re.compile(r"/SimpleNotificationService-[A-Za-z0-9]{1,64}\.pem")
_SIGNED = ("Message", "MessageId", "Subject", "Timestamp", "TopicArn", "Type")
_MAX_CERTIFICATE_BYTES = 64 * 1024
_SECONDS = 10
_NOT_AGAIN_SECONDS = 30  # a batch of messages must not wait for the same address again and again
_MAX_KNOWN = 1000  # whoever writes to a queue may name any number of addresses


class Unverifiable(ServiceProblem):
    """SNS did not answer, so it is not known whether it signed; the same command may succeed later."""


def sns_verifier(topics: tuple[str, ...]) -> Verify | None:
    """The check of notifications for these topics; None without topics: signatures are not looked at."""
    return partial(sns_problem, frozenset(topics)) if topics else None


def topic_arn(text: str) -> str:
    """The ARN, checked for its form.

    Raises:
        UsageProblem: It is not the ARN of an SNS topic.
    """
    if not _TOPIC_ARN.fullmatch(text):
        raise UsageProblem(
            f"{text!r} is not the ARN of an SNS topic, like arn:aws:sns:eu-west-1:012345678901:ses-events."
        )
    return text


def sns_problem(topics: frozenset[str], message: dict[str, Any]) -> tuple[str, str] | None:
    """Why an SNS notification is refused: the field and `bad_signature` or, where the certificate is not to be had,
    `unverified_signature`. None when SNS signed it for one of the topics.

    Raises:
        Unverifiable: SNS did not answer when it was asked for the certificate.
        ConfigurationProblem: The package `cryptography` is missing.
    """
    hashes, padding, invalid_signature = _cryptography()
    topic = message.get("TopicArn")
    if not isinstance(topic, str) or topic not in topics:
        return ".TopicArn", BAD
    algorithm = {"1": hashes.SHA1, "2": hashes.SHA256}.get(str(message.get("SignatureVersion")))
    if algorithm is None:
        return ".SignatureVersion", BAD
    # a Lambda event spells it in another way
    name = "SigningCertURL" if "SigningCertURL" in message else "SigningCertUrl"
    url = message.get(name)
    place = _place(topic)
    if not isinstance(url, str) or not url.startswith(place) or not _CERTIFICATE.fullmatch(url, len(place)):
        return f".{name}", BAD
    key = _public_key(url)
    if key is None:
        return f".{name}", UNVERIFIED
    try:
        signature = base64.b64decode(message["Signature"], validate=True)
        key.verify(signature, _signed_text(message), padding.PKCS1v15(), algorithm())
    except (KeyError, TypeError, ValueError, binascii.Error, invalid_signature):
        return ".Signature", BAD
    return None


def _place(topic: str) -> str:
    """Where SNS keeps the certificates of the topic's region."""
    region = topic.split(":")[3]
    return f"https://sns.{region}.amazonaws.com{'.cn' if region.startswith('cn-') else ''}"


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
            "--verify-signatures needs a package that is not installed: pip install cryptography"
        ) from error
    return hashes, padding, InvalidSignature


_keys: dict[str, RSAPublicKey] = {}
_not_now: dict[str, tuple[float, str | None]] = {}  # until when not to ask again, and why SNS did not answer


def _public_key(url: str) -> RSAPublicKey | None:
    """The key of the certificate at the address; None where SNS has no certificate there at present."""
    until, problem = _not_now.get(url, (0.0, None))
    if url not in _keys and time.monotonic() >= until:
        problem = _fetch(url)
    if url in _keys:
        return _keys[url]
    if problem is not None:
        raise Unverifiable(
            f"{url}: {problem}. Without SNS's certificate no signature can be checked. Nothing is lost: run the same "
            "command again."
        )
    return None


def _fetch(url: str) -> str | None:
    """Fetch the certificate into `_keys`; what went wrong, where SNS did not answer."""
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPublicKey
    from cryptography.x509 import load_pem_x509_certificate

    problem = None
    try:
        with _opener.open(url, timeout=_SECONDS) as answer:
            key = load_pem_x509_certificate(answer.read(_MAX_CERTIFICATE_BYTES)).public_key()
        if isinstance(key, RSAPublicKey):
            _keys[url] = key
            return None
    except ValueError:  # not a certificate
        pass
    except (OSError, HTTPException) as error:
        if not (isinstance(error, urllib.error.HTTPError) and error.code < 500 and error.code not in (407, 429)):
            problem = str(
                error
            )  # else there is no such page; a message may name any, so that must not stop the command
    if len(_not_now) >= _MAX_KNOWN:
        _not_now.clear()
    _not_now[url] = (time.monotonic() + _NOT_AGAIN_SECONDS, problem)
    return problem


class _NoRedirect(urllib.request.HTTPRedirectHandler):
    def redirect_request(self, *_: Any) -> None:
        """SNS does not redirect; elsewhere is not SNS."""


_opener = urllib.request.build_opener(_NoRedirect)
