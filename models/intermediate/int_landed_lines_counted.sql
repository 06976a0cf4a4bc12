-- Grain: one row per landed object and source: what its lines were, each counted on its own and none as a difference.
-- Lines that are no event have no source of their own and count under `none`, unless their wrapping named one.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append', day='dt', dist='landed_object')) }}

{% set last = watermark() %}

-- Athena reads a CTE as often as it is named, and `new_records` opens the objects: it is named twice.
with {{ new_records() }},

days as (
    select distinct sent_date
    from new_records
),

-- read only after staging: a repeat is a line whose event another line brought
held as (
    select staged.source, staged.event_id, staged.sent_date, min(staged.landed_object) as landed_object
    from (
        {%- for source in staged_sources() %}
        select '{{ source.name }}' as source, event_id, sent_date, landed_object
        from {{ ref(source.model) }}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as staged
    inner join days on staged.sent_date = days.sent_date
    group by staged.source, staged.event_id, staged.sent_date
),

matched as (
    select
        new_records.landed_object,
        new_records.dt,
        new_records.hour,
        new_records.source,
        new_records.reason,
        held.landed_object as staged_object,
        row_number() over (
            partition by new_records.landed_object, new_records.source, new_records.event_id, new_records.sent_date, new_records.reason
            order by new_records.landed_at
        ) as mention
    from new_records
    left join held on new_records.event_id = held.event_id and new_records.source = held.source and new_records.sent_date = held.sent_date
),

counted as (
    select
        landed_object,
        dt,
        hour,
        coalesce(source, 'none') as source,
        count(*) as landed,
        sum(case when reason is null and staged_object is not null and (mention > 1 or staged_object <> landed_object) then 1 else 0 end) as repeats,
        sum(case when reason is not null then 1 else 0 end) as rejected,
        sum(case when reason is null and source not in ({{ landed_source_list() }}) then 1 else 0 end) as not_modelled
    from matched
    group by landed_object, dt, hour, coalesce(source, 'none')
),

-- how late events arrive: nearest rank, over the events that an object brought
lags as (
    select
        landed_object,
        source,
        lag_seconds,
        row_number() over (partition by landed_object, source order by lag_seconds nulls last) as lag_rank,
        count(lag_seconds) over (partition by landed_object, source) as lag_count
    from (
        {%- for source in staged_sources() %}
        select '{{ source.name }}' as source, landed_object, {{ seconds_between('occurred_at', 'landed_at') }} as lag_seconds
        from {{ ref(source.model) }}
        {% if is_incremental() %}where staged_at > {{ last }}{% endif %}
        {{ 'union all' if not loop.last }}
        {%- endfor %}
    ) as staged
),

brought as (
    select
        landed_object,
        source,
        {% for percent in [50, 90, 99] -%}
        min(case when lag_rank >= ceil(lag_count * {{ percent / 100 }}) then lag_seconds end) as arrival_lag_p{{ percent }}_seconds,
        {% endfor -%}
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
    cast(counted.not_modelled as bigint) as not_modelled,
    brought.arrival_lag_p50_seconds,
    brought.arrival_lag_p90_seconds,
    brought.arrival_lag_p99_seconds,
    {{ run_time() }} as counted_at,
    counted.dt
from counted
left join brought on counted.landed_object = brought.landed_object and counted.source = brought.source
{%- if is_incremental() %}
where not exists (
    select 1 from {{ this }} as taken
    where taken.dt = counted.dt and {{ object_key('taken.landed_object') }} = {{ object_key('counted.landed_object') }}
)
{%- endif %}
