-- Grain: one row per event of a Pinpoint campaign: a send to an endpoint, or a push notification that was received or opened.
{{ config(materialized='view') }}

select
    {{ pinpoint_endpoint_columns() }}
    ---------- the event
    event_type,
    campaign_id,
    campaign_activity_id,
    treatment_id,
    campaign_send_status,
    delivery_type,
    ---------- timestamps, UTC
    occurred_at,
    sent_date
from {{ ref('stg_pinpoint__events') }}
where substr(event_type, 1, 10) = '_campaign.'
