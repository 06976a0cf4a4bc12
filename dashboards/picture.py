"""The page in one picture, drawn without a browser; for the README."""

from __future__ import annotations

import altair as alt
import vl_convert

from dashboards import charts, figures, text
from dashboards.queries import Mail

WIDTH = 1000  # points, of the whole picture


def draw(mail: Mail) -> bytes:
    """A PNG of the headline figures, outcomes by day, both rates with AWS's lines, and the map of deferrals."""
    counts, _, rates = figures.headline(mail)
    half = WIDTH / 2 - 65
    providers = [part.name for part in figures.parts(mail, "mailbox_provider")][: charts.MAP_PROVIDERS]
    told = [f"{counts['sends'] + counts['implied_sends']:,} sends"]
    told += [f"{figure.rate.label.lower()} {text.percent(figure.value, figure.rate.decimals)}" for figure in rates]
    picture = alt.vconcat(
        charts.with_legend(charts.outcomes(mail), charts.OUTCOMES).properties(
            title="Sends and outcomes by day", width=WIDTH - 55, height=210
        ),
        alt.hconcat(
            charts.bounce_rate(mail).properties(title=_two_series("Hard-bounce rate"), width=half),
            charts.complaint_rate(mail).properties(title=_two_series("Complaint rate"), width=half),
        ),
        alt.hconcat(
            charts.bounce_map(mail, providers).properties(title="Hard bounces by provider and day", width=half),
            charts.deferral_map(mail, providers).properties(title="Deferred by provider and day", width=half),
        ).resolve_scale(color="independent"),
        spacing=20,
        title=alt.TitleParams(
            f"Email deliverability, {text.day_range(mail.period.first, mail.period.last)}",
            subtitle=["  ·  ".join(told[:5]), "  ·  ".join(told[5:])],
            fontSize=18,
            subtitleFontSize=12,
            subtitleColor=charts.FAINT,
            subtitlePadding=6,
            offset=14,
            anchor="start",
        ),
    )
    specification = charts.styled(picture).properties(background="white", padding=16).to_dict()
    return vl_convert.vegalite_to_png(specification, scale=1.4)


def _two_series(rate: str) -> alt.TitleParams:
    return alt.TitleParams(
        f"{rate} by day", subtitle="blue: ours, orange: approximately as AWS counts", subtitleColor=charts.FAINT
    )
