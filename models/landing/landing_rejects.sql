-- Grain: one row per landed line that is not a usable event, with the reason. Python's quarantine has none of these: they come from objects that others wrote.
{{ config(materialized='view') }}

select
    landed_object,
    reason,
    source,
    event_type,
    message_id,
    line,
    landed_at,
    hour,
    recorded_at as rejected_at,
    dt
from {{ ref('landing_records') }}
where reason is not null
