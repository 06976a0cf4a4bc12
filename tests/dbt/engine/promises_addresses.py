"""Addresses: macros/addresses.sql.

Expected values come from RFC 5322 (names, comments, quoted local parts), RFC 3464 and 6533 (`rfc822;`, `utf-8;`) and
from what mail programs are known to write around an address.
"""

from __future__ import annotations

from promises import Promise, Value, inputs, values

_ADDRESSES: list[tuple[str | None, Value]] = [
    ("User@Example.COM", "user@example.com"),
    ("a+News@example.com", "a+news@example.com"),
    ("ÉVE@example.com", "Éve@example.com"),
    ("o'hara@example.com", "o'hara@example.com"),
    ("a@b@example.com", "a@b@example.com"),
    # names
    ("Ann Example <Ann@example.com>", "ann@example.com"),
    ('"Example, Ann" <Ann+News@Example.com>', "ann+news@example.com"),
    ("Example, Ann <ann@example.com>", "ann@example.com"),
    ('"<odd>" <a@example.com>', "a@example.com"),
    ('"b@example.org" <a@example.com>', "a@example.com"),
    ('"b@example.org, c@example.org" <a@example.com>', "a@example.com"),
    ('"5\\" disk, b@example.org" <a@example.com>', "a@example.com"),
    ('"back\\\\" <a@example.com>', "a@example.com"),
    ("b@example.org <a@example.com>", "a@example.com"),
    ('Ann "Annie" Example<a@example.com>', "a@example.com"),
    ("=?utf-8?b?w4k=?= <a@example.com>", "a@example.com"),
    ("Ann Example a@example.com", "a@example.com"),
    ("a@example.com Ann Example", "a@example.com"),
    ("'a@example.com'", "a@example.com"),
    ("\u201ca@example.com\u201d", "a@example.com"),
    # comments
    ("a@example.com (Ann Example)", "a@example.com"),
    ("a@example.com(Ann Example)", "a@example.com"),
    ("(Ann Example) a@example.com", "a@example.com"),
    ("a(b)@example.com", "a@example.com"),
    ("a@example.com (b@example.org)", "a@example.com"),
    ("a@example.com (Ann (b@example.org))", "a@example.com"),
    ("a@example.com (Ann", "a@example.com"),
    ("a@example.com)", "a@example.com"),
    # brackets
    ("<a@example.com>", "a@example.com"),
    ("a@example.com>", "a@example.com"),
    ("<a@example.com", "a@example.com"),
    ("<<a@example.com>>", "a@example.com"),
    ("<Ann <a@example.com>", "a@example.com"),
    ("a@example.com <", "a@example.com"),
    ("a@example.com <>", "a@example.com"),
    ("< a@example.com >", "a@example.com"),
    ("[mailto:a@example.com]", "a@example.com"),
    ("a@example.com [mailto:a@example.com]", "a@example.com"),
    # prefixes
    ("rfc822;a@example.com", "a@example.com"),
    ("RFC822; a@example.com", "a@example.com"),
    ("rfc822;<a@example.com>", "a@example.com"),
    ("utf-8;a@example.com", "a@example.com"),
    ("smtp; A@example.com", "a@example.com"),
    ("mailto:a@example.com", "a@example.com"),
    # blanks and what cannot be seen
    ("  a@example.com ", "a@example.com"),
    ("a@example.com\r\n", "a@example.com"),
    ("\r\n\ta@example.com\t", "a@example.com"),
    ("Ann\r\n\t<a@example.com>", "a@example.com"),
    ("\u00a0a@example.com\u00a0", "a@example.com"),
    ("\u3000a@example.com\u2028", "a@example.com"),
    ("\u200ba@example.com\u200b", "a@example.com"),
    ("\ufeffa@example.com\u2060", "a@example.com"),
    ("Ann <\u200ba@example.com\u200b>", "a@example.com"),
    ("a@example.com\u200b (Ann)", "a@example.com"),
    ("a@example.com\u00a0Ann Example", "a@example.com"),
    ("a@example.com.", "a@example.com"),
    ("a@example.com,", "a@example.com"),
    ("a@example.com;", "a@example.com"),
    # a quoted local part keeps its characters
    ('"<x>"@example.com', '"<x>"@example.com'),
    ('"A b, (c); d@e"@Example.com', '"a b, (c); d@e"@example.com'),
    ('Ann <"a b"@example.com>', '"a b"@example.com'),
    ('"Ann" <"a b"@example.com>', '"a b"@example.com'),
    ('"a\\"b"@example.com', '"a\\"b"@example.com'),
    ('"a\\\\"@example.com', '"a\\\\"@example.com'),
    # several: the first
    ("a@example.com, b@example.com", "a@example.com"),
    ("Ann <a@example.com>, b@example.com", "a@example.com"),
    ('"Ann, A" <a@example.com>, "b c"@example.org', "a@example.com"),
    ('"a b"@example.com, b@example.org', '"a b"@example.com'),
    ("Team: a@example.com, b@example.com;", "a@example.com"),
    # no address
    ("no address", "no address"),
    ("Ann @ home", "ann @ home"),
    ("Ann <ann>", "ann"),
    ("a@", "a@"),
    ("a@.", "a@."),
    ("@example.com", "@example.com"),
    ('"Ann Example"', None),
    ("<>", None),
    ("Nobody <>", None),
    ("(nobody)", None),
    ("   ", None),
    ("\u200b", None),
    ("", None),
    (None, None),
]

# What a text names, and the number of each. Those without quotes come first.
_LISTS: list[tuple[str | None, list[str | None]]] = [
    ("a@example.com, b@example.com", ["a@example.com", "b@example.com"]),
    ("a@example.com,b@example.com,c@example.com", ["a@example.com", "b@example.com", "c@example.com"]),
    ("A@example.com; <b@example.com>", ["a@example.com", "b@example.com"]),
    ("a@example.com b@example.com", ["a@example.com", "b@example.com"]),
    ("a@example.com\r\nb@example.com", ["a@example.com", "b@example.com"]),
    ("a@example.com,\u00a0b@example.com", ["a@example.com", "b@example.com"]),
    ('"One, A" <a@example.com>, (two) B <b@example.org>', ["a@example.com", "b@example.org"]),
    ("<a@example.com><b@example.com>", ["a@example.com", "b@example.com"]),
    ("Team: a@example.com, B <b@example.com>;", ["a@example.com", "b@example.com"]),
    ("a@example.com, a@example.com", ["a@example.com", "a@example.com"]),
    ('"a, b"@example.com, c@example.com', ["c@example.com", '"a, b"@example.com']),
    ('"a, b"@example.com, "c@d"@example.com', ['"a, b"@example.com', '"c@d"@example.com']),
    ("a@example.com, b", ["a@example.com"]),
    ("a@example.com (was b@example.org)", ["a@example.com"]),
    ('"b@example.org" <a@example.com>', ["a@example.com"]),
    ("b@example.org <a@example.com>", ["a@example.com"]),
    ("a@example.com", ["a@example.com"]),
    ("a@b@example.com", ["a@b@example.com"]),
    ("@ @ @", ["@ @ @"]),
    ("nobody, no one", ["nobody, no one"]),
    (", ".join(f"u{n}@example.com" for n in range(60)), [f"u{n}@example.com" for n in range(50)]),
    ("", [None]),
    (None, [None]),
]

# Repeated up to 4,096 characters, texts on which a pattern that is not linear takes long.
_HOSTILE = ["<", "(", '"', "@", ",", "a@", "<a", '"@', "\\", "a ", "(a", "@.", "a", "' "]

ADDRESSES = [
    Promise(
        "read_address gives the first address without what stands around it",
        inputs([text for text, _ in _ADDRESSES]).rstrip()
        + ",\n\n{{ read_address('input', 'text', 'address') }}\n\nselect n, address from read_address",
        [(n, address) for n, (_, address) in enumerate(_ADDRESSES)],
    ),
    values(
        "address_domain is the domain of an address, and NULL for any other text",
        "address_domain('text')",
        [
            ("a@example.com", "example.com"),
            ("a@b@example.com", "example.com"),
            ('"a@b"@example.com', "example.com"),
            ('"<x>"@example.com', "example.com"),
            ("a@localhost", "localhost"),
            ("a@xn--mller-kva.example", "xn--mller-kva.example"),
            ("a@müller.example", "müller.example"),
            ("a@example.com (ann example)", None),
            ("a@example.com ann", None),
            ("a@example.com\u200bann", None),
            ("ann @ home", None),
            ("@example.com", None),
            ("a@[192.0.2.1]", None),
            ("a@.", None),
            ("a", None),
            ("a@", None),
            ("", None),
            (None, None),
        ],
    ),
    Promise(
        "each_address gives a row for each address of a text",
        inputs([text for text, _ in _LISTS]).rstrip()
        + ",\n\n{{ each_address('input', 'text', 'address') }}\n\nselect n, address_number, address from each_address",
        [(n, number, address) for n, (_, found) in enumerate(_LISTS) for number, address in enumerate(found, start=1)],
    ),
    Promise(
        "each_address reads a long text of one character or two at once",
        inputs(_HOSTILE)
        + ", long_texts as (select n, rpad(text, 4096, text) as text from input),\n\n"
        + "{{ each_address('long_texts', 'text', 'address') }}\n\nselect count(distinct n) as texts from each_address",
        [(len(_HOSTILE),)],
    ),
]
