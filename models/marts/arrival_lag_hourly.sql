-- Grain: one row per source and hour of arrival: how late the events were that were staged from it. Nearest rank.
{{ config(materialized='view') }}

with arrivals as (
    select
        source,
        {{ hour_of('landed_at') }} as landed_hour,
        {{ seconds_between('occurred_at', 'landed_at') }} as lag_seconds
    from {{ ref('int_staged_events_unioned') }}
    where occurred_at is not null
),

ranked as (
    select
        source,
        landed_hour,
        lag_seconds,
        row_number() over (partition by source, landed_hour order by lag_seconds) as lag_rank,
        count(*) over (partition by source, landed_hour) as lag_count
    from arrivals
)

select
    {{ surrogate_key(['source', ms_text('landed_hour')]) }} as arrival_lag_id,
    source,
    cast(count(*) as bigint) as events,
    min(case when lag_rank >= ceil(lag_count * 0.5) then lag_seconds end) as arrival_lag_p50_seconds,
    min(case when lag_rank >= ceil(lag_count * 0.9) then lag_seconds end) as arrival_lag_p90_seconds,
    min(case when lag_rank >= ceil(lag_count * 0.99) then lag_seconds end) as arrival_lag_p99_seconds,
    landed_hour
from ranked
group by source, landed_hour
