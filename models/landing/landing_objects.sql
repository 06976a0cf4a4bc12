-- Grain: one row per landed object. Fixes the list of new objects of a run before anything reads them.
-- An object that cannot be read is looked at again in every run, and is new again once it has been replaced (`damage`).
{{ config(**append_rows(day='dt', dist='landed_object', key='landed_object')) }}

{% set since = partitions_since() %}
{%- if is_increment() and execute and not var('landing_from', none) and not var('landing_until', none) %}{% do warn_of_older_objects(this, since) %}{% endif %}

with found as (
    select landed_object, dt, hour
    from {{ found_objects(since, var('landing_until', none)) }} as objects
),

candidates as (
    select found.landed_object, found.dt, found.hour, cast(null as {{ text_type('damage') }}) as damage_before
    from found
    {%- if is_increment() %}
    -- by key: the same zone, its root spelled in another way, holds the same objects
    left join {{ this }} as stored
        on {{ object_key('found.landed_object') }} = {{ object_key('stored.landed_object') }} and stored.dt >= '{{ since[:10] }}'
    where stored.landed_object is null
    union all
    select landed_object, dt, hour, damage as damage_before
    from {{ this }}
    where damage is not null
    {%- endif %}
),

checked as (
    {{ objects_checked('candidates', ['landed_object', 'dt', 'hour', 'damage_before'], ref('int_manifests_exploded_to_objects')) }}
)

select
    landed_object,
    hour,
    cast(damage as {{ text_type('damage') }}) as damage,
    {{ run_time() }} as seen_at,
    dt
from checked
where damage_before is null or damage is null or damage <> damage_before
