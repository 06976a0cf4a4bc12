"""What a name says of its content, of files and of keys in S3 alike."""

from __future__ import annotations

import re
from pathlib import PurePath

_SUFFIXES = {".json", ".ndjson", ".jsonl", ""}
_COMPRESSION_SUFFIXES = {".gz", ".gzip", ".zst", ".bz2"}
_ARCHIVE_SUFFIXES = {".zip", ".tar", ".tgz", ".7z", ".rar"}
_SETUP_NOTICE = "AMAZON_SES_SETUP_NOTIFICATION"  # a text that SES leaves in a bucket when it is to receive mail there
# A dot in a stream's name is no suffix, and Firehose writes <stream>-<version>-<date>-<time>-<id>.
_SUFFIX = re.compile(r"\.[a-z0-9_]+")


def holds_events(name: PurePath) -> bool:
    """Whether a folder's file of that name is read."""
    return not name.name.startswith(".") and not is_setup_notice(name) and _suffix(name) in _SUFFIXES


def is_archive(name: PurePath) -> bool:
    """Whether the name is that of many files packed into one."""
    return _suffix(name) in _ARCHIVE_SUFFIXES


def is_setup_notice(name: PurePath) -> bool:
    """Whether the name is SES's own for a text that is no event, which is not read even if it is named itself."""
    return name.name == _SETUP_NOTICE


def is_compressed(name: PurePath) -> bool:
    """Whether the name says so; many that do not are compressed all the same."""
    return name.suffix.lower() in _COMPRESSION_SUFFIXES


def _suffix(name: PurePath) -> str:
    """The last suffix but for one of compression, in lower case; empty where there is none."""
    suffixes = [suffix.lower() for suffix in name.suffixes]
    if suffixes and suffixes[-1] in _COMPRESSION_SUFFIXES:
        suffixes.pop()
    return suffixes[-1] if suffixes and _SUFFIX.fullmatch(suffixes[-1]) else ""
