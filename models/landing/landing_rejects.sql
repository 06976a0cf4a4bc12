-- Grain: one row per landed line that is no event, with the reason. Python's quarantine has none of these: they come from objects that others wrote.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append', day='dt', dist='landed_object')) }}

with {{ new_records() }}

select
    landed_object,
    reason,
    source,
    event_type,
    message_id,
    line,
    landed_at,
    hour,
    {{ run_time() }} as rejected_at,
    dt
from new_records
where reason is not null
{%- if is_incremental() %}
    and not exists (
        select 1 from {{ this }} as taken
        where taken.dt = new_records.dt and {{ object_key('taken.landed_object') }} = {{ object_key('new_records.landed_object') }}
    )
{%- endif %}
