"""The page, as a user draws it and as a browser shows it. The mail is made here, so what the page must say is known."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, time, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from dbt_warehouse import WITHOUT_TESTS
from page_project import Project
from playwright.sync_api import Browser, Page, sync_playwright

# one build serves all tests of this file
pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("page")]

DAYS = 16
PER_DAY = 60
REFUSED_DAYS = 2  # the last ones, on which a provider refuses the tenant shop
LAST_DAY = datetime.now(UTC).date() - timedelta(days=1)
# a remote server may answer anything
HOSTILE = '550 5.7.1 </script><script>document.title = "owned"</script> <img src=x onerror=alert(1)> for r1@example.net'
REFUSAL = "smtp; 550 5.7.1 q{id}f00dcafe42: mail from [192.0.2.7] is refused: on our block list"


def mail_of(day: int, number: int) -> list[dict[str, Any]]:
    """The events of one message: half by the tenant shop, half to one provider; a few with something to see."""
    sent = datetime.combine(LAST_DAY - timedelta(days=DAYS - 1 - day), time(8), tzinfo=UTC) + timedelta(minutes=number)
    tenant = "shop" if number < PER_DAY // 2 else "<b>news</b>"
    recipient = f"r{number}@{'gmail.example.net' if number % 2 == 0 else 'example.org'}"
    mail = {
        "timestamp": f"{sent:%Y-%m-%dT%H:%M:%S}.000Z",
        "messageId": f"{day:08x}{number:08x}-00000000-0000-0000-0000-000000000000-000000",
        "source": "news@example.com",
        "sendingAccountId": "123456789012",
        "destination": [recipient],
        "tags": {"ses:configuration-set": ["main"], "ses:tenant-name": [tenant]},
    }

    def event(event_type: str, name: str, seconds: int, **fields: Any) -> dict[str, Any]:
        at = sent + timedelta(seconds=seconds)
        return {
            "eventType": event_type,
            "mail": mail,
            name: {**({"timestamp": f"{at:%Y-%m-%dT%H:%M:%S}.000Z"} if seconds else {}), **fields},
        }

    def bounce(answer: str) -> dict[str, Any]:
        bounced = {"emailAddress": recipient, "action": "failed", "status": "5.7.1", "diagnosticCode": answer}
        kind = {"bounceType": "Permanent", "bounceSubType": "General"}
        return event("Bounce", "bounce", 60, feedbackId=f"{day}-{number}", bouncedRecipients=[bounced], **kind)

    events = [event("Send", "send", 0)]
    if number == 59:  # one of each day is put off first
        delayed = [
            {"emailAddress": recipient, "status": "4.2.0", "diagnosticCode": f"450 4.2.0 <{recipient}>: try later"}
        ]
        events.append(event("DeliveryDelay", "deliveryDelay", 30, delayType="General", delayedRecipients=delayed))
    if number == 58:
        return [*events, bounce(HOSTILE)]
    if day >= DAYS - REFUSED_DAYS and number < 24 and number % 2 == 0:
        return [*events, bounce(REFUSAL.format(id=number))]
    events.append(event("Delivery", "delivery", 120 if number == 59 else 2, recipients=[recipient]))
    if number in (40, 41, 42):
        verdict = {40: {"isBotEvent": "Unlikely"}, 41: {"isBotEvent": "Likely"}, 42: {}}[number]
        events.append(event("Open", "open", 600, ipAddress="203.0.113.9", userAgent="Mozilla/5.0", **verdict))
    if number == 44 and day == DAYS - 3:
        complained = [{"emailAddress": recipient}]
        events.append(event("Complaint", "complaint", 7200, feedbackId="c1", complainedRecipients=complained))
    return events


# What that makes, counted by hand, for the last 7 days.
SENT = 7 * PER_DAY
HARD_BOUNCED = 7 * 1 + REFUSED_DAYS * 12
DELIVERED = SENT - HARD_BOUNCED


@dataclass
class Drawn:
    project: Project
    empty_page: Path
    first_page: Path
    page: Path
    picture: Path


@pytest.fixture(scope="module")
def drawn(tmp_path_factory: pytest.TempPathFactory) -> Drawn:
    """The page of an empty landing zone, of one message, and of all the mail above with three broken lines."""
    project = Project(tmp_path_factory.mktemp("page"))
    project.warehouse.dbt("build", *WITHOUT_TESTS)
    empty = project.draw("empty.html")
    events = [json.dumps(e) for day in range(DAYS) for number in range(PER_DAY) for e in mail_of(day, number)]
    project.land(events[:2])
    project.warehouse.dbt("run")
    first = project.draw("first.html")
    project.land([*events[2:], events[0], "no JSON", '{"eventType": "Send"}', "[]]"])
    project.warehouse.dbt("run")
    picture = project.folder / "picture.png"
    return Drawn(project, empty, first, project.draw("index.html", "--picture", str(picture)), picture)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    if chromium is None:
        told = "the page is looked at in Chromium, which is not installed: apt-get install chromium"
        if os.environ.get("EMAIL_EVENTS_NOTHING_SKIPPED"):
            pytest.fail(told)
        pytest.skip(told)
    flags = ["--no-sandbox", "--disable-gpu", "--disable-quic", "--no-first-run", "--disable-background-networking"]
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(
            executable_path=chromium, args=[*flags, "--disable-component-update", "--disable-sync"]
        )
        yield launched
        launched.close()


@dataclass
class Shown:
    page: Page
    requests: list[str]
    complaints: list[str]  # what the console and scripts complained about


def show(browser: Browser, path: Path, width: int = 1280) -> Shown:
    page = browser.new_page(viewport={"width": width, "height": 800})
    shown = Shown(page, [], [])
    page.on("request", lambda request: shown.requests.append(request.url))
    page.on("console", lambda message: shown.complaints.append(f"{message.type}: {message.text}"))
    page.on("pageerror", lambda error: shown.complaints.append(str(error)))
    page.goto(path.as_uri())
    for chart in page.locator(".chart").all():
        chart.locator("svg").wait_for()
    return shown


@pytest.fixture(scope="module")
def shown(drawn: Drawn, browser: Browser) -> Shown:
    return show(browser, drawn.page)


def number(text: str) -> float:
    """`1,234` or `12.34 %` as on the page."""
    digits = text.replace(",", "").rstrip(" %▴▾")
    return float(digits) / 100 if "%" in text else float(digits)


def test_every_chart_is_drawn(shown: Shown) -> None:
    charts = shown.page.locator(".chart").all()
    assert len(charts) == 9
    for chart in charts:
        assert chart.locator(".role-mark path[aria-label]").count() > 1, chart.get_attribute("id")


def test_nothing_is_asked_of_any_other_machine(shown: Shown, drawn: Drawn) -> None:
    assert shown.requests == [drawn.page.as_uri()]


def test_the_console_stays_silent(shown: Shown) -> None:
    assert shown.complaints == []


def test_the_figures_are_those_counted_by_hand(shown: Shown) -> None:
    def figure(name: str) -> str:
        return shown.page.locator(f"[data-figure={name}]").inner_text()

    assert figure("sends") == f"{SENT}"
    assert figure("delivery_rate") == f"{DELIVERED / SENT * 100:.2f} %"
    assert figure("hard_bounce_rate") == f"{HARD_BOUNCED / SENT * 100:.2f} %"
    assert figure("complaint_rate") == f"{1 / DELIVERED * 100:.3f} %"
    assert figure("deferred_rate") == f"{7 / SENT * 100:.2f} %"
    # of those reached, 7 opened without a verdict
    assert figure("human_open_rate") == f"{7 / (DELIVERED - 7) * 100:.1f} %"
    bounds = shown.page.locator("[data-bounds=human_open_rate]").inner_text()
    assert bounds == f"{7 / DELIVERED * 100:.1f} % to {14 / DELIVERED * 100:.1f} %, with the unjudged"


def test_the_week_before_stands_beside_and_a_real_change_is_called_worse(shown: Shown) -> None:
    tile = shown.page.locator(".tile", has=shown.page.locator("[data-figure=hard_bounce_rate]"))
    assert f"worse than {1 / PER_DAY * 100:.2f} %" in tile.inner_text()
    tile = shown.page.locator(".tile", has=shown.page.locator("[data-figure=human_open_rate]"))
    assert f"much as {1 / (PER_DAY - 2) * 100:.1f} %" in tile.inner_text()


def test_the_providers_of_the_page_are_those_of_the_mart(shown: Shown, drawn: Drawn) -> None:
    expected = drawn.project.warehouse.query(f"""
        select mailbox_provider, sum(attempts), sum(deliveries) / sum(attempts), sum(hard_bounces) / sum(attempts)
        from fct_sending_daily where sent_day > date '{LAST_DAY}' - 7 group by 1 order by 2 desc, 1
    """)
    rows = shown.page.locator("tr[data-provider]").all()
    on_page = [[cell.inner_text() for cell in row.locator("td").all()][:4] for row in rows]
    assert [row[0] for row in on_page] == [row[0] for row in expected]
    for told, true in zip(on_page, expected, strict=True):
        assert [number(text) for text in told[1:]] == pytest.approx(list(true[1:]), abs=5e-5)


def test_the_outcomes_drawn_are_those_of_the_mart(shown: Shown, drawn: Drawn) -> None:
    labels = shown.page.evaluate(
        "[...document.querySelectorAll('#outcomes .mark-rect path')].map((bar) => bar.getAttribute('aria-label'))"
    )
    drawn_counts: dict[str, int] = {}
    for label in labels:
        words = dict(part.split(": ", 1) for part in label.split("; "))
        drawn_counts[words["outcome"]] = drawn_counts.get(words["outcome"], 0) + int(number(words["recipients"]))
    assert drawn_counts == dict(
        drawn.project.warehouse.query(
            "select outcome, count(*) from fct_message_recipients where not is_simulator group by 1"
        )
    )


def test_the_ledger_tells_of_every_record(shown: Shown, drawn: Drawn) -> None:
    def told(name: str) -> int:
        return int(number(shown.page.locator(f"[data-ledger={name}]").inner_text()))

    events = sum(len(mail_of(day, at)) for day in range(DAYS) for at in range(PER_DAY))
    assert told("read_records") == events + 4
    assert told("landed_by_manifest") == told("landed") == events + 1
    assert told("quarantined") == 3
    assert (told("staged"), told("repeats")) == (events, 1)
    assert "balances" in shown.page.locator("header").inner_text()
    assert "3 records" in shown.page.locator("#attention").inner_text()


def test_what_is_wrong_stands_on_the_first_screen_with_when_where_and_why(shown: Shown, drawn: Drawn) -> None:
    provider = drawn.project.warehouse.query(
        "select coalesce(max(mailbox_provider), 'other') from dim_mailbox_providers "
        "where recipient_domain = 'gmail.example.net'"
    )[0][0]
    finding = shown.page.locator(".findings li.bad", has_text=f"Hard bounces at {provider} for shop")
    assert finding.bounding_box()["y"] < 800  # type: ignore[index]
    text = finding.inner_text()
    assert f"Since {LAST_DAY - timedelta(days=1):%a %d %b}, still so. 24 of" in text
    assert "550 5.7.1 …: mail from [192.0.2.7] is refused: on our block list" in text
    assert "for <b>news</b>" not in shown.page.locator(".findings li.bad").all_inner_texts()[0]


def test_answers_that_differ_by_an_id_alone_are_one_reason(shown: Shown) -> None:
    row = shown.page.locator(".reasons tr", has_text="on our block list")
    assert row.count() == 1
    assert row.locator("td").nth(4).inner_text() == "24"


def test_no_address_reaches_the_page(drawn: Drawn) -> None:
    text = drawn.page.read_text()
    assert "@example.org" not in text
    assert "@gmail.example.net" not in text
    assert "r1@example.net" not in text


def test_what_remote_servers_answer_stays_text(shown: Shown) -> None:
    assert shown.page.title() == "Email deliverability"
    assert shown.page.locator("img").count() == 0
    assert shown.page.locator("tr", has_text='</script><script>document.title = "owned"').count() == 1


def test_a_narrow_screen_needs_no_sideways_scrolling(drawn: Drawn, browser: Browser) -> None:
    narrow = show(browser, drawn.page, width=400)
    assert narrow.page.evaluate("document.documentElement.scrollWidth") <= 400
    assert narrow.complaints == []


def test_an_empty_landing_zone_makes_a_page_that_says_what_to_run(drawn: Drawn, browser: Browser) -> None:
    empty = show(browser, drawn.empty_page)
    assert empty.complaints == []
    text = empty.page.locator("main").inner_text()
    assert "No mail yet" in text
    assert "email-events land" in text
    assert "dbt build --target duckdb" in text


def test_the_page_of_a_first_message_is_whole(drawn: Drawn, browser: Browser) -> None:
    first = show(browser, drawn.first_page)
    assert first.complaints == []
    assert first.page.locator("[data-figure=sends]").inner_text() == "1"
    assert first.page.locator("[data-figure=delivery_rate]").inner_text() == "100.00 %"
    assert first.page.locator("[data-figure=human_open_rate]").inner_text() == "–"
    assert first.page.locator("[data-of=human_open_rate]").inner_text() == "opens are not published"


def test_the_picture_is_drawn_without_a_browser(drawn: Drawn) -> None:
    content = drawn.picture.read_bytes()
    assert content.startswith(b"\x89PNG")
    assert int.from_bytes(content[16:20]) >= 800  # pixels wide
    assert len(content) < 600_000


def refused(tmp_path: Path, *options: str) -> str:
    """What the command says when it cannot draw; it must end with status 3 and leave nothing."""
    project = Project(tmp_path)
    done = project.run("-m", "dashboards", "--to", str(tmp_path / "page.html"), *options)
    assert done.returncode == 3, done.stderr
    assert not (tmp_path / "page.html").exists()
    assert done.stderr.startswith("Error: ")
    assert "Traceback" not in done.stderr
    return done.stderr


def test_a_missing_warehouse_is_told_with_what_to_run(tmp_path: Path) -> None:
    told = refused(tmp_path)
    assert f"There is no warehouse at {tmp_path}/warehouse.duckdb" in told
    assert "dbt build --target duckdb" in told


def test_a_warehouse_without_marts_is_told_with_what_to_run(tmp_path: Path) -> None:
    duckdb.connect(str(tmp_path / "warehouse.duckdb")).close()
    told = refused(tmp_path)
    assert "has no fct_sending_daily" in told
    assert "dbt build --target duckdb" in told


def test_a_file_that_is_no_warehouse_is_told(tmp_path: Path) -> None:
    (tmp_path / "warehouse.duckdb").write_text("no database at all " * 100)
    assert "cannot be opened" in refused(tmp_path)


def test_an_unknown_target_is_told_with_those_there_are(tmp_path: Path) -> None:
    told = refused(tmp_path, "--target", "production")
    assert "no target production" in told
    assert "duckdb" in told.partition("it has:")[2]


def test_a_missing_secret_is_told_by_its_name(tmp_path: Path) -> None:
    project = Project(tmp_path)
    profiles = tmp_path / "profiles.yml"
    profiles.write_text(profiles.read_text().replace("env_var('REDSHIFT_PASSWORD', '')", "env_var('NO_SUCH_SECRET')"))
    done = project.run("-m", "dashboards", "--to", str(tmp_path / "page.html"), "--target", "redshift")
    assert done.returncode == 3
    assert "NO_SUCH_SECRET, which is not set" in done.stderr
