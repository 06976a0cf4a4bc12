"""Properties of the two judgements on which "nothing lands that engines read differently" rests."""

from __future__ import annotations

import base64
import json
from typing import Any

from command_line import event, line
from hypothesis import example, given, settings
from hypothesis import strategies as st

from ingestion.envelopes import unwrap
from ingestion.events.lines import failing

# An object as the pairs that are written down, so that a key can stand twice; a tuple of them is one.
texts = st.text(st.characters(codec="utf-8"), max_size=8) | st.sampled_from(
    ["a", '"', "\\", "a\\", '":', "\0", " :", "mail"]
)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | texts,
    lambda inner: st.lists(inner, max_size=3) | st.lists(st.tuples(texts, inner), max_size=4).map(tuple),
    max_leaves=12,
)


def spelled(text: str, escapes: bool) -> str:
    """A JSON string; with every sign by its number where that is wanted."""
    if not escapes:
        return json.dumps(text, ensure_ascii=False)
    units = text.encode("utf-16-be")
    return '"' + "".join(f"\\u{units[at : at + 2].hex()}" for at in range(0, len(units), 2)) + '"'


def written(value: Any, space: str, escapes: bool) -> str:
    if isinstance(value, tuple):
        pairs = (f"{spelled(key, escapes)}{space}:{space}{written(inner, space, escapes)}" for key, inner in value)
        return "{" + f",{space}".join(pairs) + "}"
    if isinstance(value, list):
        return "[" + ",".join(written(inner, space, escapes) for inner in value) + "]"
    return spelled(value, escapes) if isinstance(value, str) else json.dumps(value)


def says_twice(value: Any) -> bool:
    if isinstance(value, tuple):
        return len({key for key, _ in value}) < len(value) or any(says_twice(inner) for _, inner in value)
    return isinstance(value, list) and any(map(says_twice, value))


def has_nul(value: Any) -> bool:
    if isinstance(value, tuple):
        return any("\0" in key or has_nul(inner) for key, inner in value)
    return any(map(has_nul, value)) if isinstance(value, list) else isinstance(value, str) and "\0" in value


@settings(max_examples=500, deadline=None)
@given(value=values, space=st.sampled_from(["", " ", "\t"]), escapes=st.booleans(), before=st.booleans())
@example(value=(("a", 1), ("a", 2)), space="", escapes=False, before=True)
@example(value=(('"', 1), ('"', 2)), space="", escapes=True, before=True)
def test_no_line_that_says_a_key_twice_or_nul_lands_unopened(
    value: Any, space: str, escapes: bool, before: bool
) -> None:
    told = written(value, space, escapes)
    plain = line(1).strip()
    odd = plain.replace("{", f'{{"x":{told},', 1) if before else f'{plain[:-1]},"x":{told}}}'
    found = failing([line(2).strip().encode(), odd.encode(), line(3).strip().encode()])
    assert found <= {1}
    if says_twice(value) or has_nul(value):
        assert found == {1}


@settings(max_examples=300, deadline=None)
@given(key=st.sampled_from(["eventType", "mail", "send", "messageId", "tags", "destination"]), escapes=st.booleans())
def test_no_line_that_says_a_documented_key_twice_lands_unopened(key: str, escapes: bool) -> None:
    plain = line(1).strip()
    at = plain.index(f'"{key}":')
    inner = event(1)["mail"].get(key, event(1).get(key))
    twice = f"{plain[:at]}{spelled(key, escapes)}:{json.dumps(inner)},{plain[at:]}"
    assert failing([twice.encode()]) == {0}


def sns(text: str) -> Any:
    return {"Type": "Notification", "Message": text + "\n", "TopicArn": "t"}


def sqs(text: str) -> Any:
    return {"Records": [{"messageId": "q", "body": text}]}


def kinesis(text: str) -> Any:
    return {"Records": [{"kinesis": {"data": base64.b64encode(text.encode()).decode()}}]}


def firehose(text: str) -> Any:
    return {"records": [{"recordId": "r", "data": base64.b64encode(text.encode()).decode()}]}


def eventbridge(text: str) -> Any:
    return {"detail-type": "Email Sent", "source": "aws.ses", "detail": json.loads(text)}


def a_list(text: str) -> Any:
    return [json.loads(text)]


@settings(max_examples=200, deadline=None)
@given(
    wraps=st.lists(st.sampled_from([sns, sqs, kinesis, firehose, eventbridge, a_list]), max_size=6),
    subject=st.text(st.characters(codec="utf-8"), max_size=20).filter(lambda text: "\0" not in text),
)
def test_whatever_is_wrapped_in_whatever_order_comes_out_unchanged(wraps: list[Any], subject: str) -> None:
    told = event(1, subject=subject)
    text = json.dumps(told)
    for wrap in wraps:
        text = json.dumps(wrap(text))
    [record] = unwrap(text.encode())
    assert record.event == told
    assert json.loads(record.body) == told


@settings(max_examples=500, deadline=None)
@given(body=st.binary(max_size=200) | st.text(max_size=200).map(lambda text: text.encode(errors="surrogatepass")))
def test_whatever_comes_is_records_and_no_exception(body: bytes) -> None:
    for record in unwrap(body):
        assert record.is_control or record.reason or record.event is not None
