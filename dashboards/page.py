"""The page: figures, charts and text put into one HTML file that needs nothing else."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import altair as alt
import jinja2
import vl_convert
from markupsafe import Markup

from dashboards import charts, figures, findings, text
from dashboards.queries import LEDGER_COUNTS, Mail, Read
from dashboards.reasons import reasons_of

HERE = Path(__file__).parent
REASONS_SHOWN = 10
LEDGER_DAYS = 7


def render(read: Read) -> str:
    """The whole page as HTML."""
    now = datetime.now(UTC).replace(tzinfo=None, microsecond=0)
    last_landed = None if read.ledger.empty else read.ledger["last_landed_hour"].max().to_pydatetime()
    ledger = figures.ledger_of(read.ledger, days=LEDGER_DAYS)
    mail = read.mail
    words: dict[str, Any] = {
        "target": read.target_name,
        "now": now,
        "last_landed": last_landed,
        "ledger": ledger,
        "ledger_columns": LEDGER_COUNTS,
        "drift": read.drift.to_dict("records"),
        "mail": mail,
        "findings": findings.about_data(ledger, read.drift, last_landed, now),
    }
    specifications: dict[str, Any] = {}
    if mail is not None:
        words["findings"] = findings.about_mail(mail) + words["findings"]
        words |= _mail_words(mail)
        drawn = {name: chart for name, chart in words.pop("charts").items() if charts.has_rows(chart)}
        specifications = {name: charts.specification(chart) for name, chart in drawn.items()}
    return _template().render(
        **words,
        css=Markup((HERE / "page.css").read_text()),
        drawn=specifications.keys(),
        vega=_vega() if specifications else None,
        specifications=_json_in_script(specifications),
    )


def _mail_words(mail: Mail) -> dict[str, Any]:
    counts, before, rates = figures.headline(mail)
    providers = figures.parts(mail, "mailbox_provider")
    shown = [part.name for part in providers][: charts.MAP_PROVIDERS]
    delays, delay_types = charts.delays(mail)
    least_opened, most_opened = figures.open_range(mail)
    by_day = [sending for _, sending in figures.by_day(mail)]
    sends = [figures.counts_of(sending) for sending in by_day]
    reasons = mail.reasons
    return {
        "period": mail.period,
        "counts": counts,
        "before": before,
        "rates": rates,
        "table_rates": figures.TABLE_RATES,
        "sends_by_day": [day["sends"] + day["implied_sends"] for day in sends],
        "rates_by_day": {figure.rate.name: [figure.rate.over(day).value for day in by_day] for figure in rates},
        "least_opened": least_opened,
        "most_opened": most_opened,
        "providers": providers,
        "latency": {row["mailbox_provider"]: row for row in mail.latency_by_provider.to_dict("records")},
        "tables": [
            ("Tenant", figures.parts(mail, "tenant_name")),
            ("Configuration set", figures.parts(mail, "configuration_set")),
        ],
        "bounce_reasons": reasons_of(reasons[reasons["event_type"] == "bounce"], mail.period),
        "delay_reasons": reasons_of(reasons[reasons["event_type"] == "delivery_delay"], mail.period),
        "reasons_shown": REASONS_SHOWN,
        "outcome_colours": {
            name: colour for name, colour in charts.OUTCOMES.items() if name in set(mail.outcomes["outcome"])
        },
        "delay_types": delay_types,
        "charts": {
            "outcomes": charts.outcomes(mail),
            "troubles": charts.troubles(mail),
            "bounce-rate": charts.bounce_rate(mail),
            "complaint-rate": charts.complaint_rate(mail),
            "bounce-map": charts.bounce_map(mail, shown),
            "deferral-map": charts.deferral_map(mail, shown),
            "delays": delays,
            "opens": charts.opens(mail),
            "latency": charts.latency(mail),
        },
    }


def _template() -> jinja2.Template:
    jinja = jinja2.Environment(
        loader=jinja2.FileSystemLoader(HERE),
        autoescape=True,
        trim_blocks=True,
        lstrip_blocks=True,
        undefined=jinja2.StrictUndefined,
    )
    jinja.filters.update(
        percent=text.percent,
        seconds=text.seconds,
        count=lambda value: "–" if value is None else f"{value:,}",
        bars=bars,
        day=lambda day: f"{day:%a %d %b}",
        minute=lambda time: f"{time:%d %b %H:%M}",
    )
    jinja.globals.update(day_range=text.day_range, colours=charts)
    return jinja.get_template("page.html")


def bars(values: Sequence[float | None], width: int = 120, height: int = 24) -> Markup:
    """A small bar chart without axes, for a tile or a cell."""
    highest = max([value for value in values if value] or [1])
    step = width / max(len(values), 1)
    made = [
        f'<rect x="{n * step:.1f}" y="{height - size:.1f}" width="{step * 0.75:.1f}" height="{size:.1f}"/>'
        for n, value in enumerate(values)
        if value and (size := max(1.0, height * value / highest))
    ]
    box = f'viewBox="0 0 {width} {height}" preserveAspectRatio="none" aria-hidden="true"'
    return Markup(f'<svg class="bars" {box}>{"".join(made)}</svg>')


def _vega() -> Markup:
    """Vega, Vega-Lite and vega-embed in the versions for which Altair writes."""
    version = ".".join(alt.SCHEMA_VERSION.lstrip("v").split(".")[:2])
    bundle = vl_convert.javascript_bundle("window.vegaEmbed = vegaEmbed;", vl_version=version)
    return Markup(bundle.replace("</script", "<\\/script"))


def _json_in_script(value: object) -> Markup:
    """JSON that cannot end the <script> it stands in: what remote servers answered is in it."""
    return Markup(json.dumps(value).replace("<", "\\u003c"))
