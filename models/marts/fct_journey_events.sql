-- Grain: one row per event of a Pinpoint journey: a send to an endpoint, or a push notification that was received or opened.
{{ config(materialized='view') }}

select
    {{ pinpoint_endpoint_columns() }}
    ---------- the event
    event_type,
    journey_id,
    journey_run_id,
    journey_activity_id,
    journey_activity_type,
    journey_send_status,
    journey_send_status_message,
    journey_send_status_code,
    ---------- timestamps, UTC
    occurred_at,
    sent_date
from {{ ref('stg_pinpoint__events') }}
where substr(event_type, 1, 9) = '_journey.'
