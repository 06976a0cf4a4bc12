"""Finds patterns that take more than linear time, by running them; `python linear_patterns.py < patterns.json`.

Python's engine steps back as those of Java, Trino's among them, do: a pattern that is linear here is linear there and
in RE2. Strings are made of the pattern's own signs, repeated: a pattern can only be slow on what it nearly matches.
"""

from __future__ import annotations

import json
import re
import signal
import sys
from collections.abc import Iterator
from itertools import product
from typing import Any

LENGTH = 32_768
# of processor time: 8 times what a text of 4,096 may take, and a hundred times what a linear pattern does
SECONDS = 0.4


class TooSlow(Exception):
    pass


def _signs(pattern: str) -> list[str]:
    """The signs that the pattern names, and some that it may not."""
    named = dict.fromkeys(sign for sign in re.sub(r"\\[a-zA-Z]", "", pattern) if sign not in "^$()|*+?")
    return [*list(named)[:9], *(sign for sign in "a0 -\n\\" if sign not in list(named)[:9])]


def _prefixes(pattern: str) -> list[str]:
    """What may have to stand before a repetition: the pattern's literal beginnings."""
    literal = re.sub(r"\[\^[^\]]*\]|\[(.)[^\]]*\]", r"\1", pattern)
    words = re.findall(r"[\w ,.:/-]{4,}", literal)
    literal = re.sub(r"[\^$()|*+?{}\\]", "", literal)
    return ["", *dict.fromkeys([*(literal[:cut] for cut in (1, 2, 4, 8, len(literal)) if literal[:cut]), *words])]


def texts(pattern: str) -> Iterator[str]:
    for prefix in _prefixes(pattern)[1:]:
        yield prefix * (LENGTH // len(prefix)) + "\x00\n!"
    for size in (1, 2):
        for word in product(_signs(pattern), repeat=size):
            body = "".join(word) * (LENGTH // size)
            for prefix in _prefixes(pattern) if size == 1 else [""]:
                for end in ("", "\x00\n!"):
                    yield prefix + body + end


def slow_text(pattern: str, flags: int, is_bytes: bool, is_anchored: bool) -> str | None:
    """The beginning of a text on which the pattern is slow."""
    compiled: Any = re.compile(pattern.encode("latin-1") if is_bytes else pattern, flags)
    for text in texts(pattern):
        subject: Any = text.encode("utf-8") if is_bytes else text
        signal.setitimer(signal.ITIMER_VIRTUAL, SECONDS)
        try:
            for _ in [compiled.match(subject)] if is_anchored else compiled.finditer(subject):
                pass
            compiled.fullmatch(subject)
        except TooSlow:
            return text[:40]
        finally:
            signal.setitimer(signal.ITIMER_VIRTUAL, 0)
    return None


def _stop(*_: Any) -> None:
    raise TooSlow


if __name__ == "__main__":
    signal.signal(signal.SIGVTALRM, _stop)
    for name, pattern, flags, is_bytes, is_anchored in json.load(sys.stdin):
        found = slow_text(pattern, flags, is_bytes, is_anchored)
        print(json.dumps([name, found]), flush=True)
