-- Grain: one row per text, media or voice message, told by Pinpoint, by End User Messaging or by both: what became of it and what it cost.
{{ config(**restate_messages(key='message_id', reads='int_sms_events_unioned')) }}

with {{ restated_events(ref('int_sms_events_unioned'), touched_in='int_sms_events_unioned') }},

-- the event that decides: a delivery, else the last final one, else the last; an opt-out says nothing of the message itself
ranked as (
    select
        *,
        row_number() over (
            partition by message_id
            order by
                case when event_type = '_sms.optout' then 3 when outcome = 'delivered' then 0 when is_final then 1 else 2 end,
                occurred_at desc nulls last, source, event_id
        ) as event_rank
    from events
),

summed as (
    select
        message_id,
        min(source) as source,
        min(account_id) as account_id,
        min(region) as region,
        min(case when event_rank = 1 then channel end) as channel,
        min(case when event_rank = 1 then outcome end) as outcome,
        min(case when event_rank = 1 then message_status end) as message_status,
        min(case when event_rank = 1 then event_type end) as event_type,
        min(case when event_rank = 1 then status_description end) as status_description,
        max(case when is_final then 1 else 0 end) as is_final,
        max(case when is_opt_out then 1 else 0 end) as is_opted_out,
        min(origination) as origination,
        min(destination_key) as destination_key,
        min(iso_country_code) as iso_country_code,
        min(mcc) as mcc,
        min(mnc) as mnc,
        min(carrier_name) as carrier_name,
        min(message_type) as message_type,
        min(campaign_id) as campaign_id,
        min(journey_id) as journey_id,
        min(block_reason) as block_reason,
        max(parts) as parts,
        -- a price told before the end is not the last one, and each event tells the whole
        max(case when is_final then price_usd end) as price_usd,
        max(case when is_final then carrier_fee_usd end) as carrier_fee_usd,
        max(call_seconds) as call_seconds,
        -- the copy that EventBridge brought is the same event
        count(distinct event_type || coalesce({{ ms_text('occurred_at') }}, '')) as events,
        min(requested_at) as requested_at,
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        min(case when outcome = 'delivered' then occurred_at end) as delivered_at,
        min(case when sent_date > {{ unknown_day() }} then sent_date end) as sent_date
    from ranked
    group by message_id
)

select
    ---------- ids
    message_id,
    account_id,
    region,
    destination_key,
    ---------- the message
    source,
    channel,
    origination,
    iso_country_code,
    mcc,
    mnc,
    carrier_name,
    message_type,
    campaign_id,
    journey_id,
    ---------- what became of it
    outcome,
    message_status,
    event_type,
    status_description,
    block_reason,
    is_final = 1 as is_final,
    is_opted_out = 1 as is_opted_out,
    ---------- what it took
    parts,
    price_usd,
    carrier_fee_usd,
    call_seconds,
    cast(events as bigint) as events,
    ---------- timestamps, UTC
    -- Pinpoint does not say when a text message was sent: its first event does
    coalesce(requested_at, first_event_at) as sent_at,
    first_event_at,
    last_event_at,
    delivered_at,
    {{ run_time() }} as restated_at,
    coalesce(sent_date, {{ unknown_day() }}) as sent_date
from summed
{{ day_order() }}
