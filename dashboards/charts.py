"""The charts: Vega-Lite specifications made with Altair, each with its data inside.

Widths follow the page; legends stand in the page beside the charts, where they wrap on a narrow screen.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import altair as alt

from dashboards.figures import (
    AWS_COMPLAINT,
    AWS_HARD_BOUNCE,
    COMPLAINT,
    DEFERRED,
    HARD_BOUNCE,
    Rate,
    between,
    by_day,
    counts_of,
    days_from,
)
from dashboards.findings import REVIEW_AND_PAUSE
from dashboards.queries import Mail

INK, FAINT, GRID = "#1d2733", "#667481", "#e6eaee"

# Okabe and Ito's palette: told apart by the colour-blind too. The usual is pale, trouble is strong.
OUTCOMES = {
    "delivered": "#a9c6dc",
    "in_flight": "#e3e7ea",
    "delayed": "#f0e442",
    "suppressed": "#9aa5ae",
    "rejected": "#5b6770",
    "rendering_failed": "#333c44",
    "soft_bounced": "#e69f00",
    "bounced": "#d55e00",
    "complained": "#882255",
}
ACTORS = {"human": "#0072b2", "machine": "#e69f00", "unknown": "#c3ccd3"}
PERCENTILES = {"p50": "#9ecae1", "p90": "#3b8bc2", "p99": "#08306b"}
SERIES = {"ours": "#0072b2", "approximately as AWS counts": "#e69f00"}
LINES = {"review": "#b07d00", "pause": "#b3261e"}
# Okabe and Ito again, for what has no meaning of its own: the delay types
SHADES = ("#0072b2", "#e69f00", "#009e73", "#cc79a7", "#56b4e9", "#d55e00", "#f0e442", "#999999")

DAY = alt.X(
    "day:T",
    timeUnit="utcyearmonthdate",
    title=None,
    axis=alt.Axis(format="%d %b", labelOverlap=True, grid=False, tickCount=8),
)
DAY_TIP = alt.Tooltip("day:T", timeUnit="utcyearmonthdate", title="Day", format="%a %d %b %Y")

MAP_PROVIDERS = 10  # the largest
MAP_LEAST = 20  # attempts; one bounce of four would outshine everything

Rows = list[dict[str, Any]]
Chart = Any  # Altair's own types do not survive its `encode`


def outcomes(mail: Mail) -> Chart:
    """Recipients by the day sent and what became of them."""
    return _stack(_outcome_rows(mail), "outcome", "recipients", OUTCOMES, height=240)


def troubles(mail: Mail) -> Chart:
    """The same without those delivered, which dwarf the others."""
    rows = [row for row in _outcome_rows(mail) if row["outcome"] != "delivered"]
    return _stack(rows, "outcome", "recipients", OUTCOMES, height=240)


def _outcome_rows(mail: Mail) -> Rows:
    return [
        {
            "day": str(row.sent_date),
            "outcome": row.outcome,
            "place": place(OUTCOMES, row.outcome),
            "recipients": int(row.recipients),
        }
        for row in mail.outcomes.itertuples()
    ]


def opens(mail: Mail) -> Chart:
    """Opens by the day sent, human, machine or unknown."""
    rows = []
    for day, sending in by_day(mail):
        counts = counts_of(sending)
        rows += [
            {"day": str(day), "actor": actor, "place": place(ACTORS, actor), "opens": counts[f"{actor}_opens"]}
            for actor in ACTORS
        ]
    return _stack(rows, "actor", "opens", ACTORS, height=200)


def delays(mail: Mail) -> tuple[Chart, dict[str, str]]:
    """Deferrals by the day they happened and SES's type; with the colours of the types."""
    rows = mail.reasons[mail.reasons["event_type"] == "delivery_delay"]
    types = rows.assign(delay_type=rows["delay_type"].fillna("no type told"))
    totals = types.groupby("delay_type")["times"].sum().sort_values(ascending=False)
    colours = {str(name): SHADES[min(n, len(SHADES) - 1)] for n, name in enumerate(totals.index)}
    summed = types.groupby(["event_date", "delay_type"])["times"].sum().reset_index()
    data = [
        {
            "day": str(r.event_date),
            "type": r.delay_type,
            "place": place(colours, r.delay_type),
            "deferrals": int(r.times),
        }
        for r in summed.itertuples()
    ]
    return _stack(data, "type", "deferrals", colours, height=200), colours


def bounce_rate(mail: Mail) -> Chart:
    """Hard-bounce rate by the day sent, ours and AWS's, with AWS's two lines."""
    return _rate_lines(mail, HARD_BOUNCE, AWS_HARD_BOUNCE, "%")


def complaint_rate(mail: Mail) -> Chart:
    """Complaint rate by the day sent, ours and AWS's, with AWS's two lines."""
    return _rate_lines(mail, COMPLAINT, AWS_COMPLAINT, ".2%")


def bounce_map(mail: Mail, providers: Sequence[str]) -> Chart:
    """Hard-bounce rate by provider and the day sent."""
    return _map(mail, HARD_BOUNCE, providers, "#a63603")


def deferral_map(mail: Mail, providers: Sequence[str]) -> Chart:
    """Share of recipients deferred by provider and the day sent."""
    return _map(mail, DEFERRED, providers, "#4a1486")


def latency(mail: Mail) -> Chart:
    """Seconds from the send request to the first delivery by the day sent."""
    rows = [
        {
            "day": str(row["sent_date"]),
            "percentile": name,
            "seconds": float(row[name]),
            "deliveries": int(row["deliveries"]),
        }
        for _, row in mail.latency_by_day.iterrows()
        for name in PERCENTILES
    ]
    return (
        _chart(rows, height=200, width="container")
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=1.8)
        .encode(
            x=DAY,
            y=alt.Y(
                "seconds:Q",
                scale=alt.Scale(type="log", nice=False),
                title=None,
                axis=alt.Axis(
                    values=[0.1, 1, 10, 60, 600, 3600, 21600, 86400],
                    labelExpr=(
                        "datum.value < 60 ? datum.value + ' s'"
                        " : datum.value < 3600 ? datum.value / 60 + ' min' : datum.value / 3600 + ' h'"
                    ),
                ),
            ),
            color=_colour("percentile", PERCENTILES),
            tooltip=[
                DAY_TIP,
                "percentile:N",
                alt.Tooltip("seconds:Q", format=",.1f"),
                alt.Tooltip("deliveries:Q", format=","),
            ],
        )
    )


def _chart(rows: Rows, **options: Any) -> Chart:
    return alt.Chart(alt.InlineData(values=rows), **options)


def place(order: dict[str, str], name: str) -> int:
    """Where a name stands in a stack. Unknown names come last."""
    return list(order).index(name) if name in order else len(order)


def _colour(field: str, colours: dict[str, str]) -> alt.Color:
    return alt.Color(f"{field}:N", scale=alt.Scale(domain=list(colours), range=list(colours.values())), legend=None)


def _stack(rows: Rows, field: str, count: str, colours: dict[str, str], *, height: int) -> Chart:
    return (
        _chart(rows, height=height, width="container")
        .mark_bar(binSpacing=1)
        .encode(
            x=DAY,
            y=alt.Y(f"{count}:Q", title=None, axis=alt.Axis(labelExpr="format(datum.value, '~s')", tickCount=5)),
            color=_colour(field, colours),
            order=alt.Order("place:Q"),
            tooltip=[DAY_TIP, f"{field}:N", alt.Tooltip(f"{count}:Q", format=",")],
        )
    )


def _rate_lines(mail: Mail, ours: Rate, aws: Rate, axis_format: str) -> Chart:
    rows: Rows = []
    for series, rate in zip(SERIES, (ours, aws), strict=True):
        for day, sending in by_day(mail):
            share = rate.over(sending)
            rows.append({"day": str(day), "series": series, "rate": share.value, "of": share.of})
    review, pause = REVIEW_AND_PAUSE[aws.name]
    highest = 1.1 * max(pause, *(row["rate"] or 0.0 for row in rows))
    # a square root, so that everyday rates and the lines far above them are both readable
    y = alt.Y(
        "rate:Q",
        title=None,
        scale=alt.Scale(type="sqrt", domain=[0, highest]),
        axis=alt.Axis(format=axis_format, tickCount=5),
    )
    lines = (
        _chart(rows)
        .mark_line(point=alt.OverlayMarkDef(size=22), strokeWidth=1.8)
        .encode(
            x=DAY,
            y=y,
            color=_colour("series", SERIES),
            order=alt.Order("day:T"),
            tooltip=[DAY_TIP, "series:N", alt.Tooltip("rate:Q", format=".3%"), "of:N"],
        )
    )
    marks: Rows = [{"line": "review", "rate": review}, {"line": "pause", "rate": pause}]
    rules = (
        _chart(marks)
        .mark_rule(strokeDash=[5, 3], strokeWidth=1.2)
        .encode(
            y=alt.Y("rate:Q", title=None),
            color=alt.Color("line:N", scale=alt.Scale(domain=list(LINES), range=list(LINES.values())), legend=None),
        )
    )
    names = (
        _chart([{**mark, "text": f"AWS {mark['line']} {mark['rate'] * 100:g} %"} for mark in marks])
        .mark_text(align="right", dx=-4, dy=-6, fontSize=10.5)
        .encode(
            y="rate:Q",
            x=alt.value("width"),
            text="text:N",
            color=alt.Color("line:N", scale=alt.Scale(domain=list(LINES), range=list(LINES.values())), legend=None),
        )
    )
    return alt.layer(rules, names, lines, height=220, width="container").resolve_scale(color="independent")


def _map(mail: Mail, rate: Rate, providers: Sequence[str], dark: str) -> Chart:
    rows: Rows = []
    for provider in providers:
        at_provider = mail.sending[mail.sending["mailbox_provider"] == provider]
        for day in days_from(mail.period.chart_first, mail.period.chart_last):
            share = rate.over(between(at_provider, day, day))
            if share.denominator >= MAP_LEAST:
                rows.append({"day": str(day), "provider": provider, "rate": share.value, "of": share.of})
    return (
        _chart(rows, height=24 * max(len(providers), 1), width="container")
        .mark_rect(stroke="white", strokeWidth=1)
        .encode(
            x=DAY,
            y=alt.Y(
                "provider:N", sort=list(providers), title=None, axis=alt.Axis(labelLimit=110, domain=False, ticks=False)
            ),
            color=alt.Color(
                "rate:Q",
                scale=alt.Scale(range=["#f4f6f8", dark], type="sqrt", domainMin=0, interpolate="rgb"),
                legend=alt.Legend(
                    orient="bottom", format="%", title=None, gradientLength=140, gradientThickness=8, tickCount=4
                ),
            ),
            tooltip=[DAY_TIP, "provider:N", alt.Tooltip("rate:Q", format=".2%"), "of:N"],
        )
    )


def has_rows(chart: Chart) -> bool:
    """False for a chart of nothing, of which Vega complains."""
    return any(bool(part.data.values) for part in getattr(chart, "layer", [chart]))


def with_legend(chart: Chart, colours: dict[str, str]) -> Chart:
    """The chart with its legend in itself, for where there is no page around it."""
    field = chart.encoding.color.shorthand
    scale = alt.Scale(domain=list(colours), range=list(colours.values()))
    legend = alt.Legend(orient="top", title=None, labelExpr="replace(datum.label, '_', ' ')", symbolType="square")
    return chart.encode(color=alt.Color(field, scale=scale, legend=legend))


def styled(chart: Chart) -> Chart:
    """The chart in the page's typography."""
    return chart.configure(
        font="system-ui, -apple-system, 'Segoe UI', 'DejaVu Sans', sans-serif",
        view=alt.ViewConfig(stroke=None),
        title=alt.TitleConfig(anchor="start", fontSize=13, color=INK),
        axis=alt.AxisConfig(
            labelColor=FAINT,
            labelFontSize=11,
            gridColor=GRID,
            domainColor=GRID,
            tickColor=GRID,
            labelPadding=5,
        ),
    )


def specification(chart: Chart) -> dict[str, Any]:
    """The chart as Vega-Lite JSON, as wide as what it stands in."""
    fitted = styled(chart).properties(
        background="transparent", autosize=alt.AutoSizeParams(type="fit-x", contains="padding")
    )
    made: dict[str, Any] = fitted.to_dict()
    return made
