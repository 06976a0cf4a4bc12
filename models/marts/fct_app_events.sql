-- Grain: one row per event that an app reported to Pinpoint: sessions, sign-ins, purchases, and events that apps name themselves.
{{ config(materialized='view') }}

select
    ---------- ids
    event_id,
    account_id,
    app_id,
    client_id,
    session_id,
    ---------- the event
    raw_event_type as event_name,
    ---------- where from
    platform_name,
    platform_version,
    device_make,
    device_model,
    locale_code,
    ---------- the session
    session_started_at,
    session_stopped_at,
    ---------- timestamps, UTC
    occurred_at,
    sent_date
from {{ ref('stg_pinpoint__events') }}
where not {{ text_matches('event_type', '^_(email|sms|campaign|journey)[.]') }}
