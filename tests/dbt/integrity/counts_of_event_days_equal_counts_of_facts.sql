-- By day and type, what fct_events_daily says against the facts, the simulator and events without a readable time apart.
with facts as (
    select
        {{ reporting_day('occurred_at') }} as event_day,
        event_type,
        count(distinct event_id) as events,
        count(*) as recipient_events
    from {{ ref('fct_recipient_events') }}
    where occurred_at is not null and not is_simulator and not is_retold
    group by {{ reporting_day('occurred_at') }}, event_type
),

days as (
    select
        event_day,
        event_type,
        sum(events) as events,
        sum(certain_recipient_events + possible_recipient_events) as recipient_events
    from {{ ref('fct_events_daily') }}
    group by event_day, event_type
)

select
    coalesce(days.event_day, facts.event_day) as event_day,
    coalesce(days.event_type, facts.event_type) as event_type,
    days.events,
    facts.events as events_of_facts
from days
full outer join facts on days.event_day = facts.event_day and days.event_type = facts.event_type
where days.event_day is null
    or facts.event_day is null
    or days.events <> facts.events
    or days.recipient_events <> facts.recipient_events
