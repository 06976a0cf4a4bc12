-- Grain: one row per click.
{{ config(materialized='view') }}

with ranked as (
    select
        *,
        row_number() over (partition by event_id order by recipient_event_id) as possible_recipient
    from {{ ref('fct_recipient_events') }}
    where event_type = 'click' and not is_retold
)

select
    ---------- ids
    event_id,
    message_id,
    -- nobody knows who clicked a message to several
    case when recipient_is_certain then recipient_key end as recipient_key,
    account_id,
    region,
    ---------- the message
    configuration_set,
    sending_identity,
    from_domain,
    tenant_name,
    campaign,
    ---------- the click
    link,
    {{ text_extract('link', '^[A-Za-z][A-Za-z0-9+.-]*://([^/?#]*)') }} as link_host,
    actor,
    bot_verdict,
    ip_address,
    user_agent,
    ---------- timestamps, UTC
    occurred_at,
    sent_at,
    sent_date
from ranked
where possible_recipient = 1
