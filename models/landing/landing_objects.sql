-- Grain: one row per landed object. Fixes the list of new objects of a run before anything reads them.
{{ config(materialized='incremental', **engine_config('append', day='dt', dist='landed_object')) }}

{% set since = partitions_since() %}

with found as (
    select landed_object, dt, hour
    from {{ found_objects(since, var('landing_until', none)) }} as objects
)

select
    found.landed_object,
    found.hour,
    {{ run_time() }} as seen_at,
    found.dt
from found
{% if is_incremental() %}
-- by key: the same zone, its root spelled in another way, holds the same objects
left join {{ this }} as held
    on {{ object_key('found.landed_object') }} = {{ object_key('held.landed_object') }} and held.dt >= '{{ since[:10] }}'
where held.landed_object is null
{% endif %}
