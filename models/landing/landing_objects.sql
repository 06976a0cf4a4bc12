-- Grain: one row per landed object. Fixes the list of new objects of a run before anything reads them.
{{ config(**append_rows(day='dt', dist='landed_object')) }}

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
{% if is_increment() %}
-- by key: the same zone, its root spelled in another way, holds the same objects
left join {{ this }} as stored
    on {{ object_key('found.landed_object') }} = {{ object_key('stored.landed_object') }} and stored.dt >= '{{ since[:10] }}'
where stored.landed_object is null
{% endif %}
