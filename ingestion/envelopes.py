"""Remove the transport wrappings from a record, and change nothing else.

Wrappings are nested to any depth and in any order: those of `wrappings.py`, lists `[...]`, and what `bodies.py` reads
of a body that is not one JSON document. What a wrapping says that the event does not is kept.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import orjson

from ingestion.bodies import opened_body
from ingestion.events.identify import is_control
from ingestion.events.keys import has_as_many_quotes, has_key_twice
from ingestion.events.ses import DECODE_ERRORS
from ingestion.layers import BLANKS, Budget, Layer, Record, raw_items
from ingestion.signatures import Verify
from ingestion.sources.documents import BYTE_ORDER_MARK
from ingestion.wrappings import decoded, is_control_wrapping, is_s3_pointer, opened

MAX_WRAPPINGS = 64  # real ones are six at most; each level of a bomb costs a pass over it


def unwrap(body: bytes, verify: Verify | None = None) -> Iterator[Record]:
    """The records that one document carries, in their order; one that cannot be unwrapped is a record with a reason.

    With `verify`, an event outside an SNS message that `verify` accepts is such a one, too.

    Raises:
        EventsError: `verify` raises it.
    """
    yield from _unwrap(Layer(body, "$", {}, 0, Budget(len(body)), verify=verify))


def unwrap_again(
    body: bytes, envelope: dict[str, Any], path: str, is_encoded: bool, verify: Verify | None = None
) -> Iterator[Record]:
    """The records in what was once taken out of a document at `path`; `is_encoded`: it should be base64."""
    taken = Layer(body, path, envelope, 0 if path == "$" else 1, Budget(len(body)), verify=verify)
    if is_encoded:
        taken = decoded(taken, body.decode(errors="replace"), "", {}, None)
    yield from _unwrap(taken)


def _unwrap(whole: Layer) -> Iterator[Record]:
    layers = [(whole, iter([whole]))]  # a layer, and what is left inside of it
    while layers:
        layer, inside = layers[-1]
        try:
            following = next(inside, None)
            if following is None:
                layers.pop()
                continue
            layer = following
            found = _look(layer)
        except RecursionError:
            found = layer.record(reason="too_deep")
        except DECODE_ERRORS:  # the parsers that look into a document agree on nearly all, but not on all
            found = layer.record(reason="not_json")
        if isinstance(found, Record):
            yield found
        else:
            layers.append((layer, iter(found)))


def _look(layer: Layer) -> Record | Iterable[Layer]:
    """The record that the layer is, or the layers inside of it."""
    if layer.reason:
        return layer.record(reason=layer.reason)
    if layer.depth > MAX_WRAPPINGS:
        return layer.record(reason="too_deep")
    value = layer.value
    if value is None:
        text = layer.body.removeprefix(BYTE_ORDER_MARK).strip(BLANKS)
        if not text:
            return []  # a blank line is no record, wherever it stands
        try:
            value = orjson.loads(text)
        except ValueError:
            return opened_body(layer)
        layer.body = text
        if _has_duplicate_keys(layer.body, value):
            return layer.record(reason="duplicate_key")
    if isinstance(value, list):
        if is_s3_pointer(value):
            return layer.record(reason="s3_pointer")
        return layer.several(len(value), {}, _items(layer, value))
    if not isinstance(value, dict):
        return layer.record(reason="not_an_object")
    if is_control(value) or is_control_wrapping(value):
        return layer.record()
    found = opened(layer, value)
    if found is not None:
        return found
    if layer.verify:
        return layer.record(reason="bad_signature")
    return layer.record(event=value)


def _items(layer: Layer, value: list[Any]) -> Iterator[Layer]:
    for index, (raw, item) in enumerate(zip(raw_items(layer.body), value, strict=True)):
        yield layer.inside(f"[{index}]", raw, {}, "list", item)


def _has_duplicate_keys(body: bytes, value: Any) -> bool:
    try:
        return not has_as_many_quotes(body, orjson.dumps(value)) and has_key_twice(body)
    except TypeError as error:  # nested more than 254 deep
        raise RecursionError from error
