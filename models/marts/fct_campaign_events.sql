-- Grain: one row per event of a Pinpoint campaign: a send to an endpoint, or a push notification that was received or opened.
{{ config(materialized='view') }}

with endpoints as (
    select
        *,
        case when endpoint_channel = 'EMAIL' then endpoint_address end as endpoint_text
    from {{ ref('stg_pinpoint__events') }}
    where substr(event_type, 1, 10) = '_campaign.'
),

{{ read_address('endpoints', 'endpoint_text', 'given_address') }},

{{ encoded_address('read_given_address', 'given_address', 'recipient_address', 'recipient_domain', ref('int_domains_encoded')) }}

select
    ---------- ids
    event_id,
    account_id,
    app_id,
    client_id,
    -- whom it is about: the keys join to dim_recipients, and to the destinations of fct_sms_messages
    {{ md5_text('recipient_address') }} as recipient_key,
    case when endpoint_channel in ('SMS', 'VOICE') then {{ phone_key('endpoint_address') }} end as destination_key,
    endpoint_channel,
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
from encoded_recipient_address
