"""Recipients, and the mailbox providers that serve them. All of their domains are subdomains of the example domains."""

from __future__ import annotations

from dataclasses import dataclass
from functools import lru_cache
from random import Random


@dataclass(frozen=True, slots=True)
class Provider:
    """A mailbox provider: how fast it accepts mail, and its answers on acceptance, deferral and refusal."""

    name: str
    share: float
    domains: tuple[str, ...]
    mail_server: str
    ip_address: str
    latency_seconds: float
    delayed_share: float
    accepted: str
    unknown_user: str
    complaint_agent: str | None = None
    """Name of its feedback loop's reports; None without a loop."""


PROVIDERS = (
    Provider(
        "Gmail", 0.36, ("gmail.example.net",), "gmail-smtp-in.l.gmail.example.net", "198.51.100.26", 1.1, 0.010,
        "250 2.0.0 OK  {seconds} {token} - gsmtp",
        "smtp; 550-5.1.1 The email account that you tried to reach does not exist. Please try double-checking the "
        "recipient's email address for typos or unnecessary spaces. {token} - gsmtp",
    ),
    Provider(
        "Outlook", 0.17, ("outlook.example.net", "hotmail.example.net"), "mx1.outlook.example.net", "198.51.100.110",
        2.4, 0.016,
        "250 2.6.0 <{message_id}@email.amazonses.com> [InternalId={number}, Hostname={host}.outlook.example.net] "
        "{size} bytes in 0.1{digits}, {digits}.{digit} KB/sec Queued mail for delivery -> 250 2.1.5",
        "smtp; 550 5.5.0 Requested action not taken: mailbox unavailable ({token})",
        "Outlook.com Feedback Loop",
    ),
    Provider(
        "Yahoo", 0.11, ("yahoo.example.net", "aol.example.net"), "mta7.am0.yahoodns.example.net", "198.51.100.91",
        1.8, 0.034,
        "250 ok dirdel",
        "smtp; 554 delivery error: dd This user doesn't have a yahoo.example.net account ({address}) [-9] - {host}",
        "Yahoo!-Mail-Feedback/2.0",
    ),
    Provider(
        "Apple", 0.10, ("icloud.example.net",), "mx01.mail.icloud.example.net", "198.51.100.42", 1.5, 0.012,
        "250 2.0.0 Ok: queued as {hex}",
        "smtp; 550 5.1.1 <{address}>: user does not exist",
    ),
    Provider(
        "GMX", 0.04, ("gmx.example.net",), "mx00.gmx.example.net", "198.51.100.8", 0.9, 0.022,
        "250 Requested mail action okay, completed: id={token}",
        "smtp; 550 Requested action not taken: mailbox unavailable",
    ),
    Provider(
        "Comcast", 0.03, ("comcast.example.net",), "mx1.mxge.comcast.example.net", "198.51.100.33", 1.3, 0.018,
        "250 2.0.0 {token} mail accepted for delivery",
        "smtp; 550 5.1.1 Not our Customer",
        "ReturnPathFBL/1.0",
    ),
)  # fmt: skip

_COMPANIES = (
    "alder", "basalt", "cedar", "dune", "ember", "fjord", "garnet", "harbour", "inlet", "juniper", "kestrel", "larch",
    "marble", "nectar", "opal", "prairie", "quartz", "ridge", "saffron", "thistle", "umber", "valley", "willow",
)  # fmt: skip
COMPANY_DOMAINS = tuple(f"{name}.example.{ending}" for name in _COMPANIES for ending in ("com", "org"))

_COLOURS = (
    "amber", "azure", "black", "bronze", "cobalt", "copper", "coral", "cream", "crimson", "green", "grey", "indigo",
    "ivory", "jade", "lilac", "mauve", "ochre", "olive", "pearl", "plum", "rose", "ruby", "sable", "silver", "teal",
)  # fmt: skip
_BIRDS = (
    "avocet", "bunting", "crane", "dipper", "eider", "finch", "grebe", "heron", "ibis", "jay", "kite", "lapwing",
    "martin", "nuthatch", "osprey", "pipit", "quail", "raven", "siskin", "tern", "wagtail", "wren",
)  # fmt: skip

_CHROME = "(KHTML, like Gecko) Chrome"
_SAFARI = "AppleWebKit/605.1.15 (KHTML, like Gecko)"
PEOPLES_AGENTS = (
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {_CHROME}/142.0.0.0 Safari/537.36",
    f"Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 {_CHROME}/141.0.0.0 Safari/537.36 Edg/141.0.0.0",
    f"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) {_SAFARI} Version/18.6 Safari/605.1.15",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) {_SAFARI} Mobile/15E148",
    f"Mozilla/5.0 (iPhone; CPU iPhone OS 17_7 like Mac OS X) {_SAFARI} Mobile/15E148",
    f"Mozilla/5.0 (Linux; Android 15; Pixel 8) AppleWebKit/537.36 {_CHROME}/142.0.0.0 Mobile Safari/537.36",
    f"Mozilla/5.0 (Linux; Android 14; SM-S918B) AppleWebKit/537.36 {_CHROME}/140.0.0.0 Mobile Safari/537.36",
    "Mozilla/5.0 (X11; Linux x86_64; rv:144.0) Gecko/20100101 Firefox/144.0",
    "Mozilla/5.0 (Windows NT 10.0; Microsoft Outlook 16.0.17928; Pro)",
)

# Why no mail can reach an address, as (bounceSubType, share of such addresses).
_UNREACHABLE = (
    ("General", 0.56),
    ("NoEmail", 0.14),
    ("Suppressed", 0.10),
    ("OnAccountSuppressionList", 0.13),
    ("OnTenantSuppressionList", 0.04),
    ("EmailValidationSuppressed", 0.03),
)


@dataclass(frozen=True, slots=True)
class Recipient:
    """One mailbox. `eagerness` is the chance (0..1) that its owner opens a newsletter."""

    address: str
    display_name: str
    domain: str
    provider: Provider
    unreachable: str | None
    eagerness: float
    agent: str
    ip_address: str
    reads_in_apple_mail: bool
    behind_scanner: bool
    always: str = ""
    """What a mailbox of the simulator does with every message: `replies` or `complains`."""


@lru_cache(maxsize=20_000)
def recipient(seed: int, tenant: str, number: int, unreachable_share: float) -> Recipient:
    """The tenant's recipient of that number: always the same one, whenever mail goes to it.

    Four neighbours on the list share a domain: a company, a household.
    """
    neighbours = Random(f"{seed}/{tenant}/{number // 4}")
    provider = _provider(neighbours)
    domain = neighbours.choice(provider.domains)
    rng = Random(f"{seed}/{tenant}/{number} alone")
    colour, bird = rng.choice(_COLOURS), rng.choice(_BIRDS)
    is_company = provider.name == "companies"
    return Recipient(
        address=f"{colour}.{bird}{number}@{domain}",
        display_name=f"{colour.title()} {bird.title()}",
        domain=domain,
        provider=provider,
        unreachable=_pick(rng, _UNREACHABLE) if rng.random() < unreachable_share else None,
        eagerness=rng.choice((0.02, 0.02, 0.08, 0.2, 0.35, 0.6)),
        agent=rng.choice(PEOPLES_AGENTS),
        ip_address=f"203.0.113.{rng.randint(64, 254)}",
        reads_in_apple_mail=rng.random() < {"Apple": 0.85, "companies": 0.12}.get(provider.name, 0.2),
        behind_scanner=is_company and rng.random() < 0.3,
    )


_SIMULATOR = Provider(
    "simulator", 0.0, ("simulator.amazonses.com",), "inbound-smtp.amazonses.com", "198.51.100.250", 0.4, 0.0,
    "250 2.6.0 Message received",
    "smtp; 550 5.1.1 No such user at the simulator",
    "Amazon SES Mailbox Simulator",
)  # fmt: skip


def simulator_recipient(rng: Random) -> Recipient:
    """One of the mailbox simulator's addresses, which senders use to test: not people, and in no rate."""
    local_part = rng.choice(("success", "success", "bounce", "ooto", "complaint", "suppressionlist"))
    return Recipient(
        address=f"{local_part}@simulator.amazonses.com",
        display_name="Test",
        domain="simulator.amazonses.com",
        provider=_SIMULATOR,
        unreachable="General" if local_part in ("bounce", "suppressionlist") else None,
        eagerness=0.0,
        agent="",
        ip_address="",
        reads_in_apple_mail=False,
        behind_scanner=False,
        always={"ooto": "replies", "complaint": "complains"}.get(local_part, ""),
    )


def _provider(rng: Random) -> Provider:
    drawn = rng.random()
    for provider in PROVIDERS:
        drawn -= provider.share
        if drawn < 0:
            return provider
    return rng.choice(_COMPANIES_SERVED)


def _pick(rng: Random, shares: tuple[tuple[str, float], ...]) -> str:
    drawn = rng.random()
    for name, share in shares:
        drawn -= share
        if drawn < 0:
            return name
    return shares[0][0]


# Companies run their own servers: each domain is its own provider, and no seed knows it.
_COMPANIES_SERVED = tuple(
    Provider(
        "companies", 0.0, (domain,), f"mail.{domain}", f"198.51.100.{128 + number}", 3.5, 0.024,
        "250 2.0.0 Ok: queued as {hex}",
        "smtp; 550 5.1.1 <{address}>: Recipient address rejected: User unknown in virtual mailbox table",
    )
    for number, domain in enumerate(COMPANY_DOMAINS)
)  # fmt: skip
