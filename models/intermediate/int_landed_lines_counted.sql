-- Grain: one row per landed object and source: what its lines were, each counted on its own and none as a difference.
-- Lines that are no event have no source of their own and count under `none`, unless their wrapping named one.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append', day='dt', dist='landed_object')) }}

-- read only after staging: a repeat is a line whose event another line brought
with {{ new_records() }},

records as (
    select landed_object, dt, hour, source, reason, event_id, sent_date, landed_at
    from new_records
),

events as (
    select landed_object, source, event_id, sent_date, landed_at
    from records
    where reason is null and source in ('ses_event', 'ses_notification')
),

days as (
    select distinct sent_date
    from events
),

staged as (
    {%- for source, model in [('ses_event', 'stg_ses__events'), ('ses_notification', 'stg_ses__notifications')] %}
    select '{{ source }}' as source, staged.event_id, staged.sent_date, staged.landed_object, staged.landed_at, staged.occurred_at
    from {{ ref(model) }} as staged
    inner join days on staged.sent_date = days.sent_date
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

numbered as (
    select
        events.landed_object,
        events.source,
        staged.landed_object as staged_object,
        row_number() over (partition by events.landed_object, events.source, events.event_id, events.sent_date order by events.landed_at) as mention
    from events
    inner join staged on events.event_id = staged.event_id and events.source = staged.source and events.sent_date = staged.sent_date
),

repeats as (
    select landed_object, source, count(*) as repeats
    from numbered
    where mention > 1 or staged_object <> landed_object
    group by landed_object, source
),

-- how late events arrive: nearest rank, over the events that this object brought
lags as (
    select
        landed_object,
        source,
        {{ seconds_between('occurred_at', 'landed_at') }} as lag_seconds,
        row_number() over (partition by landed_object, source order by {{ seconds_between('occurred_at', 'landed_at') }}) as lag_rank,
        count(*) over (partition by landed_object, source) as lag_count
    from staged
    where occurred_at is not null
        and landed_object in (select landed_object from records)
),

arrivals as (
    select
        landed_object,
        source,
        {% for percent in [50, 90, 99] -%}
        min(case when lag_rank >= ceil(lag_count * {{ percent / 100 }}) then lag_seconds end) as arrival_lag_p{{ percent }}_seconds{{ ',' if not loop.last }}
        {% endfor %}
    from lags
    group by landed_object, source
),

staged_counts as (
    select landed_object, source, count(*) as staged
    from staged
    group by landed_object, source
),

counted as (
    select
        landed_object,
        dt,
        hour,
        coalesce(source, 'none') as source,
        count(*) as landed,
        sum(case when reason is not null then 1 else 0 end) as rejected,
        sum(case when reason is null and source not in ('ses_event', 'ses_notification') then 1 else 0 end) as not_modelled
    from records
    group by landed_object, dt, hour, coalesce(source, 'none')
)

select
    counted.landed_object,
    counted.hour,
    counted.source,
    cast(counted.landed as bigint) as landed,
    cast(coalesce(staged_counts.staged, 0) as bigint) as staged,
    cast(coalesce(repeats.repeats, 0) as bigint) as repeats,
    cast(counted.rejected as bigint) as rejected,
    cast(counted.not_modelled as bigint) as not_modelled,
    arrivals.arrival_lag_p50_seconds,
    arrivals.arrival_lag_p90_seconds,
    arrivals.arrival_lag_p99_seconds,
    {{ run_time() }} as counted_at,
    counted.dt
from counted
left join staged_counts on counted.landed_object = staged_counts.landed_object and counted.source = staged_counts.source
left join repeats on counted.landed_object = repeats.landed_object and counted.source = repeats.source
left join arrivals on counted.landed_object = arrivals.landed_object and counted.source = arrivals.source
{%- if is_incremental() %}
where {{ object_key('counted.landed_object') }} not in (select {{ object_key('landed_object') }} from {{ this }})
{%- endif %}
