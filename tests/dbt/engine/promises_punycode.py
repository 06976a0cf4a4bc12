"""Domains in Punycode: macros/punycode.sql.

Expected values are those of RFC 3492 (7.1), in lower case, and of Python's own encoder.
"""

from __future__ import annotations

import random

from promises import Promise, inputs

# RFC 3492, 7.1: ten languages, and names of songs and groups.
_OF_THE_RFC = {
    "ليهمابتكلموشعربي؟": "xn--egbpdaj6bu4bxfgehfvwxn",
    "他们为什么不说中文": "xn--ihqwcrb4cv8a8dqg056pqjye",
    "Pročprostěnemluvíčesky": "xn--proprostnemluvesky-uyb24dma41a",
    "למההםפשוטלאמדבריםעברית": "xn--4dbcagdahymbxekheh6e0a7fei0b",
    "यहलोगहिन्दीक्योंनहींबोलसकतेहैं": "xn--i1baa7eci9glrd9b2ae1bj0hfcgg6iyaf8o0a1dig0cd",
    "なぜみんな日本語を話してくれないのか": "xn--n8jok5ay5dzabd5bym9f0cm5685rrjetr6pdxa",
    "세계의모든사람들이한국어를이해한다면얼마나좋을까": (
        "xn--989aomsvi5e83db1d2a355cv1e0vak1dwrv93d5xbh15a0dt30a5jpsd879ccm6fea98c"
    ),
    "почемужеонинеговорятпорусски": "xn--b1abfaaepdrnnbgefbadotcwatmq2g4l",
    "PorquénopuedensimplementehablarenEspañol": "xn--porqunopuedensimplementehablarenespaol-fmd56a",
    "TạisaohọkhôngthểchỉnóitiếngViệt": "xn--tisaohkhngthchnitingvit-kjcr8268qyxafd2f1b9g",
    "3年B組金八先生": "xn--3b-ww4c5e180e575a65lsy2b",
    "安室奈美恵-with-SUPER-MONKEYS": "xn---with-super-monkeys-pc58ag80a8qai00g7n9n",
    "Hello-Another-Way-それぞれの場所": "xn--hello-another-way--fc4qua05auwb3674vfr0b",
    "ひとつ屋根の下2": "xn--2-u9tlzr9756bt3uc0v",
    "MajiでKoiする5秒前": "xn--majikoi5-783gue6qz075azm5e",
    "パフィーdeルンバ": "xn--de-jg4avhby1noc0d",
    "そのスピードで": "xn--d9juau41awczczp",
}
_DOMAINS: dict[str, str | None] = _OF_THE_RFC | {
    "müller.example": "xn--mller-kva.example",
    "MÜLLER.example": "xn--mller-kva.example",
    "mail.müller.example": "mail.xn--mller-kva.example",
    "müller.пример": "xn--mller-kva.xn--e1afmkfd",
    "straße.example": "xn--strae-oqa.example",
    "ΒΌΛΟΣ.example": "xn--nxasmq6b.example",
    "例え。テスト": "xn--r8jz45g.xn--zckzah",
    "example．com": "example.com",
    "a.．müller": None,
    "müller｡": None,
    "。müller": None,
    "ü": "xn--tda",
    "😀.example": "xn--e28h.example",
    "\U0010ffff" + "a" * 62: "xn--" + ("\U0010ffff" + "a" * 62).encode("punycode").decode(),
    "ü" + "a" * 63: None,
    ".".join(["ü" * 51] * 5): None,
    "xn--mller-kva.example": None,
    "example.com": None,
    "": None,
}


def _encoded(domain: str) -> str:
    labels = domain.split(".")
    return ".".join(label if label.isascii() else "xn--" + label.encode("punycode").decode() for label in labels)


def _random_domains(count: int) -> dict[str, str | None]:
    """Of letters that have no other case, from every plane."""
    rng = random.Random(3492)
    spans = [
        "az",
        "az",
        "09",
        "--",
        "ßü",
        "жя",
        "את",
        "一龥",
        "가힣",
        "\U00010428\U0001044f",
        "\U0001f600\U0001f64f",
        "\U00020000\U0002a6df",
    ]
    made: dict[str, str | None] = {}
    while len(made) < count:
        labels = [
            "".join(chr(rng.randint(*map(ord, span))) for span in rng.choices(spans, k=rng.randint(1, 40)))
            for _ in range(rng.randint(1, 4))
        ]
        domain = ".".join(labels)
        if not domain.isascii() and len(_encoded(domain)) <= 255:
            made[domain] = _encoded(domain)
    return made


def _encodes(name: str, domains: dict[str, str | None]) -> Promise:
    return Promise(
        name,
        inputs(list(domains)).rstrip()
        + ",\n\n{{ encoded_domains('input', 'text') }}\n\n"
        + "select input.n, encoded_domains.encoded"
        " from input inner join encoded_domains on input.text = encoded_domains.domain",
        [(n, encoded) for n, encoded in enumerate(domains.values()) if encoded is not None],
    )


PUNYCODE = [
    _encodes(
        "encoded_domains gives Punycode for each domain with characters beyond ASCII, and no row for another", _DOMAINS
    ),
    _encodes("encoded_domains encodes as Python does", _random_domains(150)),
]
