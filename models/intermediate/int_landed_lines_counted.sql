-- Grain: one row per landed object and source: its lines by what became of them, each counted on its own and none as a difference.
-- Invalid lines without a source count under `none`.
{{ config(**append_rows(reads='landing_records', day='dt', dist='landed_object')) }}

with records as (
    select
        landed_object,
        dt,
        hour,
        coalesce(source, 'none') as source,
        event_id,
        sent_date,
        reason is null as is_valid,
        count(*) as copies
    from {{ ref('landing_records') }}
    where {{ unread('landing_records') }}
    group by landed_object, dt, hour, coalesce(source, 'none'), event_id, sent_date, reason is null
),

-- read only after staging: a repeat is a line whose event another line brought
staged as (
    select source, event_id, sent_date, landed_object, staged_at, {{ seconds_between('occurred_at', 'landed_at') }} as lag_seconds
    from {{ ref('int_staged_events_unioned') }}
    {%- if is_increment() %}
    where {{ in_days('sent_date', unread_days('landing_records')) }}
    {%- endif %}
),

counted as (
    select
        records.landed_object,
        records.dt,
        records.hour,
        records.source,
        sum(records.copies) as landed,
        sum(case when not records.is_valid or staged.landed_object is null then 0 when staged.landed_object = records.landed_object then records.copies - 1 else records.copies end) as repeats,
        sum(case when records.is_valid then 0 else records.copies end) as rejected
    from records
    left join staged on records.event_id = staged.event_id and records.source = staged.source and records.sent_date = staged.sent_date
    group by records.landed_object, records.dt, records.hour, records.source
),

-- how late events arrive: nearest rank, over the events that were staged from an object
lags as (
    select
        landed_object,
        source,
        lag_seconds,
        row_number() over (partition by landed_object, source order by lag_seconds nulls last) as lag_rank,
        count(lag_seconds) over (partition by landed_object, source) as lag_count
    from staged
    {%- if is_increment() %}
    where staged_at > {{ watermark() }}
    {%- endif %}
),

brought as (
    select
        landed_object,
        source,
        min(case when lag_rank >= ceil(lag_count * 0.5) then lag_seconds end) as arrival_lag_p50_seconds,
        min(case when lag_rank >= ceil(lag_count * 0.9) then lag_seconds end) as arrival_lag_p90_seconds,
        min(case when lag_rank >= ceil(lag_count * 0.99) then lag_seconds end) as arrival_lag_p99_seconds,
        count(*) as staged
    from lags
    group by landed_object, source
)

select
    counted.landed_object,
    counted.hour,
    counted.source,
    cast(counted.landed as bigint) as landed,
    cast(coalesce(brought.staged, 0) as bigint) as staged,
    cast(counted.repeats as bigint) as repeats,
    cast(counted.rejected as bigint) as rejected,
    brought.arrival_lag_p50_seconds,
    brought.arrival_lag_p90_seconds,
    brought.arrival_lag_p99_seconds,
    {{ run_time() }} as counted_at,
    counted.dt
from counted
left join brought on counted.landed_object = brought.landed_object and counted.source = brought.source
{%- if is_increment() %}
where not exists (
    select 1 from {{ this }} as stored
    where stored.counted_at > {{ watermark() }} and stored.dt = counted.dt and {{ object_key('stored.landed_object') }} = {{ object_key('counted.landed_object') }}
)
{%- endif %}
