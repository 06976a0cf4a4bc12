"""What the page asks the marts: plain SQL that DuckDB, Athena and Redshift all understand."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, timedelta

import pandas as pd

from dashboards.marts import Marts
from dashboards.period import Period, period_of

MARTS = (
    "fct_sending_daily",
    "fct_message_recipients",
    "fct_recipient_events",
    "dim_mailbox_providers",
    "ingestion_ledger",
    "schema_drift",
)

COUNTS = (
    *("sends", "implied_sends", "attempts", "implied_deliveries", "reached", "delivered_in_the_end", "hard_bounces"),
    *("aws_hard_bounces", "aws_attempts", "delayed", "complaints", "possible_complaints", "complainers"),
    *("feedback_loop_deliveries", "feedback_loop_complainers", "unsubscribes", "certain_deliveries"),
    *("human_openers", "unknown_openers", "judged_open_deliveries", "openers_least", "openers_most"),
    *("human_clickers", "unknown_clickers", "judged_click_deliveries", "verdicts", "opens_and_clicks"),
    *("human_opens", "machine_opens", "unknown_opens", "simulator_recipients"),
)
# Why rates are NULL.
REASONS = (
    *("attempt_rates_reason", "delivery_rates_reason", "open_rates_reason", "human_open_rate_reason"),
    *("click_rates_reason", "human_click_rate_reason"),
)
LEDGER_COUNTS = (
    *("read_records", "landed_by_manifest", "quarantined", "control"),
    *("landed", "staged", "repeats", "rejected"),
)


@dataclass(frozen=True)
class Mail:
    """The mail of the days that the page shows. Days are dates, times are UTC without a zone, counts are integers."""

    period: Period
    undated_recipients: int  # of mail of which no event says when it was sent
    last_event_at: datetime
    sending: (
        pd.DataFrame
    )  # sent_day, account_id, region, tenant_name, configuration_set, mailbox_provider, REASONS, COUNTS
    outcomes: pd.DataFrame  # sent_date, outcome, recipients
    reasons: pd.DataFrame  # event_type, event_date, mailbox_provider, tenant_name, ..., example, last_at, times
    latency_by_day: pd.DataFrame  # sent_date, deliveries, p50, p90, p99 (seconds)
    latency_by_provider: pd.DataFrame  # mailbox_provider and the same, of the period


@dataclass(frozen=True)
class Read:
    """Everything that was read."""

    target_name: str
    mail: Mail | None  # None: no mail that says when it was sent
    ledger: pd.DataFrame  # landed_day, source, balance, objects, last_landed_hour, LEDGER_COUNTS
    drift: pd.DataFrame  # drift, source, event_type, path, kind, events, last_sent_date


def read(marts: Marts) -> Read:
    """Ask for everything that the page shows.

    Raises:
        MartsError: A mart is missing (status 3), or the engine refuses (status 4).
    """
    marts.require(MARTS)
    ledger = marts.frame(_LEDGER)
    return Read(marts.target_name, _read_mail(marts, ledger), ledger, marts.frame(_DRIFT))


_ZONES_AHEAD = timedelta(hours=14)  # so far ahead of UTC is a reporting zone's day at the most


def _read_mail(marts: Marts, ledger: pd.DataFrame) -> Mail | None:
    covered_until = None if ledger.empty else ledger["last_landed_hour"].max() + timedelta(hours=1)
    # mail dated later than anything arrived must not move the period
    until = date.max if covered_until is None else (covered_until + _ZONES_AHEAD).date()
    span = marts.frame(_SPAN, until=f"date '{until}'").iloc[0]
    if pd.isna(span["last_day"]):
        return None
    period = period_of(span["first_day"], span["last_day"], covered_until)

    charted = {"first": f"date '{period.chart_first}'", "last": f"date '{period.chart_last}'"}
    counted = {"first": f"date '{period.first}'", "last": f"date '{period.last}'"}
    return Mail(
        period=period,
        undated_recipients=int(span["undated_recipients"]),
        last_event_at=marts.frame(_LAST_EVENT, **charted)["last_event_at"].iloc[0],
        sending=marts.frame(_SENDING, **charted),
        outcomes=marts.frame(_OUTCOMES, **charted),
        reasons=marts.frame(_REASONS, **charted),
        latency_by_day=marts.frame(_LATENCY, by="sent_date", **charted),
        latency_by_provider=marts.frame(_LATENCY, by="mailbox_provider", **counted),
    )


# 1970-01-01 is the day of mail of which no event says when it was sent
_SPAN = """
select
    min(case when sent_day > date '1970-01-01' then sent_day end) as first_day,
    max(case when sent_day > date '1970-01-01' and sent_day <= {until} then sent_day end) as last_day,
    cast(coalesce(sum(case when sent_day = date '1970-01-01' then sends + implied_sends end), 0) as bigint)
        as undated_recipients
from {schema}.fct_sending_daily
"""

_LAST_EVENT = """
select max(occurred_at) as last_event_at
from {schema}.fct_recipient_events
where sent_date between {first} and {last}
"""

_SENDING = f"""
select
    sent_day, account_id, region, tenant_name, configuration_set, mailbox_provider, {", ".join(REASONS)},
    {", ".join(f"cast(sum({name}) as bigint) as {name}" for name in COUNTS)}
from {{schema}}.fct_sending_daily
where sent_day between {{first}} and {{last}}
group by sent_day, account_id, region, tenant_name, configuration_set, mailbox_provider, {", ".join(REASONS)}
"""

_OUTCOMES = """
select sent_date, outcome, count(*) as recipients
from {schema}.fct_message_recipients
where sent_date between {first} and {last} and not is_simulator
group by sent_date, outcome
"""

# Servers' answers differ by address and queue id; what stands before these tells reasons apart well enough.
_REASONS = """
select
    events.event_type,
    cast(events.occurred_at as date) as event_date,
    coalesce(providers.mailbox_provider, 'other') as mailbox_provider,
    events.tenant_name,
    events.configuration_set,
    events.bounce_class,
    events.bounce_sub_type,
    events.delay_type,
    events.recipient_status,
    min(events.diagnostic_code) as example,
    max(events.occurred_at) as last_at,
    count(*) as times
from {schema}.fct_recipient_events as events
left join {schema}.dim_mailbox_providers as providers on events.recipient_domain = providers.recipient_domain
where events.sent_date between {first} and {last}
    and events.event_type in ('bounce', 'delivery_delay')
    and events.occurred_at is not null
    and not events.is_simulator
    and not events.is_retold
group by
    events.event_type, cast(events.occurred_at as date), coalesce(providers.mailbox_provider, 'other'),
    events.tenant_name, events.configuration_set, events.bounce_class, events.bounce_sub_type, events.delay_type,
    events.recipient_status, substr(split_part(events.diagnostic_code, '<', 1), 1, 60)
"""

# nearest rank, as everywhere in the project
_LATENCY = """
with delivered as (
    select recipients.sent_date, coalesce(providers.mailbox_provider, 'other') as mailbox_provider, delivery_seconds
    from {schema}.fct_message_recipients as recipients
    left join {schema}.dim_mailbox_providers as providers on recipients.recipient_domain = providers.recipient_domain
    where recipients.sent_date between {first} and {last}
        and not recipients.is_simulator
        and recipients.delivery_seconds is not null
),

ranked as (
    select
        {by},
        delivery_seconds,
        row_number() over (partition by {by} order by delivery_seconds) as place,
        count(*) over (partition by {by}) as deliveries
    from delivered
)

select
    {by},
    max(deliveries) as deliveries,
    min(case when place >= deliveries * 0.5 then delivery_seconds end) as p50,
    min(case when place >= deliveries * 0.9 then delivery_seconds end) as p90,
    min(case when place >= deliveries * 0.99 then delivery_seconds end) as p99
from ranked
group by {by}
"""

_LEDGER = f"""
select
    cast(landed_hour as date) as landed_day,
    source,
    balance,
    count(distinct object_key) as objects,
    max(landed_hour) as last_landed_hour,
    {", ".join(f"cast(sum({name}) as bigint) as {name}" for name in LEDGER_COUNTS)}
from {{schema}}.ingestion_ledger
group by cast(landed_hour as date), source, balance
"""

_DRIFT = """
select drift, source, event_type, path, kind, events, last_sent_date
from {schema}.schema_drift
order by events desc
"""
