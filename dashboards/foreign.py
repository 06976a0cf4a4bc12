"""Makes text that others wrote fit for a page that may be shared: without mail addresses and control characters.

Servers' answers, names of tenants, types and keys of events: whoever writes an event chooses them. Too much is masked
rather than too little. Every step is linear in the length of the text, whatever it contains.
"""

from __future__ import annotations

import re

from ingestion.commands.reporting import printable

# The widths at which the marts cut text (macros/text_widths.sql): there an address may have lost its @.
WIDTHS = (320, 1024, 4096)
_BLANKS_AT_END = 16  # so many may have been taken off a text after it was cut

# The sign itself, its wide forms, and how URLs, quoted-printable, xtext, HTML, JSON and people write it. An encoded one
# counts when a domain follows: `size=4096` is no address.
_AT = re.compile(
    r"[@＠﹫]"
    r"|(?:%(?:25)*40|[=+]40|\\x\{?40\}?|\\u0040)(?=[\w-]*(?:\.[\w-]+)*\.[^\W\d_])"
    r"|&(?:amp;)*(?:#0*64|#x0*40|commat);|[(\[{<] ?at ?[)\]}>]"
    r"|(?:!|\bat )(?=[\w-]+(?:(?:\.| dot )[\w-]+)*(?:\.| dot )[^\W\d_])",
    re.IGNORECASE,
)
_BRACKETED = re.compile(r"<(?! ?at ?>)[^<>]*+>", re.IGNORECASE)
_PATH = re.compile(r"(\b(?:to|from|for): ?)<[^<>]*+>", re.IGNORECASE)  # of SMTP's commands, with a domain or without
# How servers name a mailbox without its domain: `user jane unknown`, `jane.doe: Recipient address rejected`.
_NAMED = re.compile(
    r"\b(user|mailbox|account|recipient) +(?!address )(?![0-9.]+ )[^ ]++ +"
    r"(unknown|unavailable|disabled|rejected|here|not found|does not|is )",
    re.IGNORECASE,
)
_NAMED_FIRST = re.compile(
    r"(?:^|(?<=[0-9] ))(?![0-9.]+:)[^ :]++: +(recipient|user|mailbox|account|unknown|no such)\b", re.IGNORECASE
)
_QUOTED = re.compile(r'"(?:[^"\\]|\\.)*+(?:"|\\?\Z)', re.DOTALL)
_BLANKS = re.compile(r"\s*+")
_ENDS = r"""\s<>()\[\]{}",:;"""  # what a local part or a domain without quotes does not contain
_WORD = re.compile(rf"[^{_ENDS}]++")
_RETURN_PATH = re.compile(r"[^+]+\+.*=[\w.-]*\.[^\W\d_].*")  # bounce+jane=example.com, a recipient in a sender (VERP)
_LAST_WORD = re.compile(rf"[^{_ENDS}]*+")  # of a text that is read backwards, as the next
_LOCAL_PART = re.compile(rf'\s*+(?:\)[^()]*+\(|[)\]}},:;])*+(?:"[^"]*+"|"?[^{_ENDS}]*+)')
_DOMAIN = re.compile(rf"(?:\s++(?=[\w-]++(?:\.[\w-]++)+|\[))?+(?:\[[^\[\]\s]*+\]?|[^{_ENDS}]*+)")


def fit(text: str) -> str:
    """The text on one line, without addresses; characters that are not printed are written as escapes."""
    return printable(" ".join(without_addresses(text).split()))


def without_addresses(text: str) -> str:
    """The text with a word in place of each mail address, in whatever spelling."""
    text = _BRACKETED.sub(lambda found: "<address>" if _AT.search(found[0]) else found[0], _uncut(text))
    text = _PATH.sub(r"\1<address>", text)
    text = _NAMED.sub(r"\1 (address) \2", text)
    text = _NAMED_FIRST.sub(r"(address): \1", text)
    text = _QUOTED.sub(_local_part_without_quotes, text)
    kept: list[str] = []
    done = last_sign = 0
    for sign in _AT.finditer(text):
        if sign.start() < done:  # within the domain of the address before
            continue
        before = text[max(done, last_sign) : sign.start()]
        last_sign = sign.end()
        local_part = _LOCAL_PART.match(before[::-1])
        if local_part and local_part[0].strip():
            kept += [text[done : sign.start() - local_part.end()], "(address)"]
            domain = _DOMAIN.match(text, sign.end())
            done = domain.end() if domain else sign.end()
    text = "".join([*kept, text[done:]])
    return _WORD.sub(lambda found: "(address)" if _RETURN_PATH.fullmatch(found[0]) else found[0], text)


def _local_part_without_quotes(quoted: re.Match[str]) -> str:
    blanks = _BLANKS.match(quoted.string, quoted.end())
    is_local_part = blanks and _AT.match(quoted.string, blanks.end())
    return "quoted" if is_local_part else quoted[0]


def _uncut(text: str) -> str:
    """A text that was cut at a width, without its last word, quotation or bracket: it may begin an address."""
    if not any(width - _BLANKS_AT_END <= len(text) <= width for width in WIDTHS):
        return text
    last_word = _LAST_WORD.match(text[::-1])
    end = len(text) - (last_word.end() if last_word else 0)
    if text.count('"') % 2:
        end = min(end, text.rindex('"'))
    if text.rfind("<") > text.rfind(">"):
        end = min(end, text.rindex("<"))
    return text[:end] + "…"
