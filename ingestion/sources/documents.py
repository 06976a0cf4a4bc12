"""Bytes to documents, whatever way they were written down. Which way, nobody has to say.

    one JSON object on each line                 {...}\n{...}\n
    objects with nothing between them            {...}{...}
    pretty-printed objects, an array             {\n  ...\n}\n      [{...},\n {...}]

Most input is one event on each line, so a whole block of lines is tried at once; only what fails there is looked at
more closely. Nothing here judges what a document says: what is broken comes out as a document that is no JSON.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Generator, Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import orjson

CHUNK_BYTES = 256 * 1024  # larger blocks of lines leave the processor's cache and are slower
MAX_DOCUMENT_BYTES = 8 * 1024 * 1024  # a Lambda batch has 6 MB; parsed, hostile JSON takes 25 times its size
RECORD_BYTES = 256  # what a line says beside its body, its envelope and its path
_LONG_LINE_BYTES = 1024 * 1024

BYTE_ORDER_MARK = b"\xef\xbb\xbf"


@dataclass(slots=True)
class Lines:
    """Lines that each hold one event of a documented shape, and their numbers."""

    numbers: list[int]
    lines: list[bytes]


@dataclass(slots=True)
class Document:
    """A JSON text, or what should have been one. `line` is where it begins."""

    line: int
    body: bytes


@dataclass(slots=True)
class Oversized:
    """A piece of a document that is too large to be held; the pieces follow each other until `is_last`."""

    line: int
    body: bytes
    is_last: bool


def documents(
    chunks: Iterable[bytes], first_line: int, failing: Callable[[list[bytes]], set[int]]
) -> Iterator[Lines | Document | Oversized]:
    """Everything that the chunks hold, in about the order in which it stands there.

    `failing` tells the indexes of those lines that are no event of a documented shape.
    """
    reader = _Reader(first_line, failing)
    rest = b""
    is_first = first_line == 1
    for chunk in chunks:
        text = rest + (chunk.removeprefix(BYTE_ORDER_MARK) if is_first else chunk)
        is_first = False
        cut = text.rfind(b"\n") + 1
        rest = text[cut:]
        if cut:
            yield from reader.lines(text[:cut])
        if len(rest) > _LONG_LINE_BYTES:
            yield from reader.part_of_line(rest)
            rest = b""
    if rest:
        yield from reader.lines(rest)
    yield from reader.close()


def every_line(lines: list[bytes]) -> set[int]:
    """Takes no line for an event of a documented shape."""
    return set(range(len(lines)))


class _Reader:
    """Takes whole lines; holds what a line began and did not end."""

    def __init__(self, first_line: int, failing: Callable[[list[bytes]], set[int]]) -> None:
        self._number = first_line
        self._failing = failing
        self._open: _OpenText | None = None
        self._in_line = False

    def lines(self, block: bytes) -> Iterator[Lines | Document | Oversized]:
        raw = block.split(b"\n")
        if not raw[-1]:
            raw.pop()
        lines = [line.rstrip(b"\r") for line in raw] if b"\r" in block else raw
        at = 0
        if self._open:
            at = yield from self._continue(raw, 0, block.endswith(b"\n"))
        good = bytearray(b"\x01") * len(lines)
        good[:at] = bytes(at)
        for index in self._failing_of(block, lines, at):
            good[index] = 0
            if index < at:
                continue  # an open text has taken it
            line = lines[index]
            if not line.strip():
                continue
            if line.lstrip(b" \t")[:1] not in (b"{", b"[") or _is_json(line):
                yield Document(self._number + index, line)
                continue
            self._open = _OpenText(self._number + index)
            after = yield from self._continue(raw, index, block.endswith(b"\n"))
            good[index:after] = bytes(after - index)
            at = after
        if all(good):
            yield Lines(list(range(self._number, self._number + len(lines))), lines)
        elif any(good):
            kept = [index for index, is_good in enumerate(good) if is_good]
            yield Lines([self._number + index for index in kept], [lines[index] for index in kept])
        self._number += len(raw)

    def part_of_line(self, text: bytes) -> Iterator[Document | Oversized]:
        """The beginning of a line, or more of it, of which the end is not read yet."""
        if self._open and not self._in_line and self._open.ends_before(text):
            yield from self._close_open()
        if not self._open:
            self._open = _OpenText(self._number)
        yield from self._open.feed(text)
        self._in_line = True

    def close(self) -> Iterator[Document | Oversized]:
        if self._open:
            yield from self._close_open()

    def _continue(self, raw: list[bytes], index: int, block_ends: bool) -> Generator[Document | Oversized, None, int]:
        """Give lines to the open text until it ends; returns the index of the first line that is not its own."""
        text = self._open
        assert text is not None
        while index < len(raw):
            if not self._in_line and text.ends_before(raw[index]):
                yield from self._close_open()
                return index
            is_ended = index < len(raw) - 1 or block_ends
            yield from text.feed(raw[index] + b"\n" if is_ended else raw[index])
            self._in_line = False
            index += 1
            if is_ended and text.is_complete:
                self._open = None
                return index
        return index

    def _close_open(self) -> Iterator[Document | Oversized]:
        assert self._open is not None
        yield from self._open.close()
        self._open = None
        self._in_line = False

    def _failing_of(self, block: bytes, lines: list[bytes], start: int) -> Iterable[int]:
        """The indexes of the lines, from `start` on, that must be looked at more closely."""
        found = {start + index for index in self._failing(lines[start:] if start else lines)}
        try:
            block.decode()  # the decoder does not look into the text of fields that it skips
        except UnicodeDecodeError:
            found.update(index for index in range(start, len(lines)) if not _is_utf8(lines[index]))
        return sorted(found)


# Strings, which hold no line end, and what opens and closes objects and arrays. A quote alone begins a string that
# does not end. The quantifiers never step back, so no input makes them slow.
_TOKEN = re.compile(rb'"[^"\\\r\n]*+(?:\\[^\r\n][^"\\\r\n]*+)*+"|[{}\[\]"]')

# How a line begins that is likely an event or an envelope of its own, wherever it stands.
_RECORD_START = re.compile(
    rb'\{[ \t]*"(?:eventType|notificationType|event_type|eventVersion|Type|Records|records|detail-type|version|mail'
    rb'|landed_at)"'
)
_CLOSERS = (b"}", b"]")
_OPENERS = (b"{", b"[")


_BLANK = re.compile(rb"[ \t\r\n]*+")


class _OpenText:
    """Finds documents in text that is not one document on each line.

    It counts braces outside of strings. Where an object ends is so found at any depth, in one pass, in valid and in
    most broken input; a text that breaks off ends where a line can only be the start of another document.
    """

    def __init__(self, line: int) -> None:
        self._line = line  # of the first byte in _text
        self._text = bytearray()
        self._scanned = 0
        self._begin = 0  # of the document under way, or of what stands between documents
        self._closers = bytearray()  # what must close what is open, the innermost last
        self._in_array = False
        self._is_broken = False
        self._is_oversized = False
        self._last_line = b""

    @property
    def is_complete(self) -> bool:
        """Nothing is open at the end of a line: the next one stands for itself."""
        return not (self._closers or self._in_array or self._is_broken or self._is_oversized)

    def ends_before(self, line: bytes) -> bool:
        """Whether this line cannot belong to the text: after `}` a comma must come before the next `{`."""
        if (self._is_broken or self._is_oversized) and _RECORD_START.match(line):
            return True
        return self._last_line.endswith(_CLOSERS) and line.lstrip(b" \t").startswith(_OPENERS)

    def feed(self, text: bytes) -> Iterator[Document | Oversized]:
        """More of the text: whole lines, or part of one long line."""
        if self._is_oversized:
            yield Oversized(self._line, text, False)
        else:
            self._text += text
            if not self._is_broken:
                yield from self._scan(text.endswith(b"\n"))
            if len(self._text) > MAX_DOCUMENT_BYTES:
                yield Oversized(self._line, bytes(self._text), False)
                self._text.clear()
                self._is_oversized = True
        last_line = text.rstrip()
        if last_line:
            self._last_line = last_line[-1:]

    def close(self) -> Iterator[Document | Oversized]:
        """No more of the text follows."""
        if self._is_oversized:
            yield Oversized(self._line, b"", True)
            return
        yield from self._salvage()

    def _scan(self, is_line_end: bool) -> Iterator[Document]:
        text = self._text
        found: list[tuple[int, int]] = []
        position = len(text)
        for token in _TOKEN.finditer(text, self._scanned):
            kind = text[token.start()]
            if kind == _QUOTE:
                if token.end() - token.start() == 1:
                    if text.find(b"\n", token.start()) >= 0:
                        self._is_broken = True
                    position = token.start()
                    break
            elif kind in _CLOSER_OF:
                if not self._closers:
                    between = text[self._begin : token.start()]
                    if kind == _BRACKET and not self._in_array and not between.strip():
                        self._in_array = True
                        self._begin = token.end()
                        continue
                    found.append((self._begin, token.start()))
                    self._begin = token.start()
                self._closers.append(_CLOSER_OF[kind])
            elif self._closers:
                if self._closers.pop() != kind:
                    self._is_broken = True
                    position = token.start()
                    break
                if not self._closers:
                    found.append((self._begin, token.end()))
                    self._begin = token.end()
            elif self._in_array and kind == _CLOSING_BRACKET:
                found.append((self._begin, token.start()))
                self._in_array = False
                self._begin = token.end()
        self._scanned = position
        if is_line_end and self.is_complete:
            found.append((self._begin, len(text)))
            self._begin = len(text)
        elif not self._closers and _BLANK.fullmatch(text, self._begin):
            self._begin = self._scanned = len(text)
        yield from self._take(found)

    def _take(self, found: list[tuple[int, int]]) -> Iterator[Document]:
        line, counted = self._line, 0
        for begin, end in found:
            body = bytes(self._text[begin:end])
            kept = body.lstrip(b" \t\r\n,")
            line += self._text.count(b"\n", counted, end - len(kept))
            counted = end - len(kept)
            if kept := kept.rstrip(b" \t\r\n,"):
                yield Document(line, kept)
        self._line = line + self._text.count(b"\n", counted, self._begin)
        del self._text[: self._begin]
        self._scanned -= self._begin
        self._begin = 0

    def _salvage(self) -> Iterator[Document]:
        """What is left broke off. Documents in it that begin a line and are whole come out; the rest between is one."""
        lines = bytes(self._text).split(b"\n")
        begins = [0, *(at for at in range(1, len(lines)) if lines[at].startswith(b"{")), len(lines)]
        broken = 0  # the first line of what is broken
        for begin, end in pairwise(begins):
            if _is_json(b"\n".join(lines[begin:end])):
                yield from self._joined(lines, broken, begin)
                yield from self._joined(lines, begin, end)
                broken = end
            elif begin and _is_json(lines[begin]):
                yield from self._joined(lines, broken, begin)
                yield from self._joined(lines, begin, begin + 1)
                broken = begin + 1
            elif _RECORD_START.match(lines[begin]):
                yield from self._joined(lines, broken, begin)
                broken = begin
        yield from self._joined(lines, broken, len(lines))

    def _joined(self, lines: list[bytes], begin: int, end: int) -> Iterator[Document]:
        while begin < end and not lines[begin].strip():
            begin += 1
        if body := b"\n".join(lines[begin:end]).strip():
            yield Document(self._line + begin, body)


_QUOTE = ord('"')
_BRACKET = ord("[")
_CLOSING_BRACKET = ord("]")
_CLOSER_OF = {ord("{"): ord("}"), ord("["): ord("]")}


def _is_json(text: bytes) -> bool:
    try:
        orjson.loads(text)
    except ValueError:
        return False
    return True


def _is_utf8(text: bytes) -> bool:
    try:
        text.decode()
    except UnicodeDecodeError:
        return False
    return True
