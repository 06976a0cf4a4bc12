-- Grain: one row per message and recipient: what became of it.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('fct_recipient_events')], 'restated_at') }}", **engine_config('merge', key='message_recipient_id')) }}

with events as (
    select *
    from {{ ref('fct_recipient_events') }}
    where recipient_key is not null
    {%- if is_incremental() %}
        and restated_at > {{ watermark() }}
    {%- endif %}
),

-- the bounce that decides: the last hard one, else the last of any kind
bounces as (
    select
        message_id,
        recipient_key,
        bounce_type,
        bounce_sub_type,
        recipient_status,
        diagnostic_code,
        row_number() over (
            partition by message_id, recipient_key
            order by case bounce_class when 'hard' then 1 when 'suppressed' then 2 when 'soft' then 3 else 4 end, occurred_at desc nulls last, recipient_event_id
        ) as bounce_rank
    from events
    where event_type = 'bounce'
),

summed as (
    select
        message_id,
        recipient_key,
        min(account_id) as account_id,
        min(region) as region,
        min(configuration_set) as configuration_set,
        min(sending_identity) as sending_identity,
        min(from_domain) as from_domain,
        min(tenant_name) as tenant_name,
        min(campaign) as campaign,
        min(recipient_domain) as recipient_domain,
        max(case when is_simulator then 1 else 0 end) as is_simulator,
        max(case when event_type = 'send' then 1 else 0 end) as has_send,
        max(case when event_type = 'reject' then 1 else 0 end) as is_rejected,
        max(case when event_type = 'rendering_failure' then 1 else 0 end) as is_rendering_failed,
        max(case when event_type = 'delivery' then 1 else 0 end) as is_delivered,
        max(case when bounce_class = 'hard' then 1 else 0 end) as is_hard_bounced,
        max(case when bounce_class = 'soft' then 1 else 0 end) as is_soft_bounced,
        max(case when bounce_class = 'undetermined' then 1 else 0 end) as is_undetermined_bounced,
        -- one scope decides where there are several
        max(suppression_scope) as suppression_scope,
        max(case when complaint_class = 'complaint' and recipient_is_certain then 1 else 0 end) as is_complained,
        max(case when complaint_class = 'complaint' and not recipient_is_certain then 1 else 0 end) as is_possibly_complained,
        max(case when complaint_class = 'not_spam' and recipient_is_certain then 1 else 0 end) as is_not_spam,
        max(case when event_type = 'subscription' and recipient_is_certain and is_unsubscribed_from_all then 1 else 0 end) as is_unsubscribed,
        ---------- counts
        sum(case when event_type = 'delivery_delay' then 1 else 0 end) as delays,
        sum(case when event_type = 'open' and recipient_is_certain then 1 else 0 end) as opens,
        sum(case when event_type = 'open' and recipient_is_certain and actor = 'human' then 1 else 0 end) as human_opens,
        sum(case when event_type = 'open' and recipient_is_certain and actor = 'machine' then 1 else 0 end) as machine_opens,
        sum(case when event_type = 'open' and not recipient_is_certain then 1 else 0 end) as possible_opens,
        sum(case when event_type = 'click' and recipient_is_certain then 1 else 0 end) as clicks,
        sum(case when event_type = 'click' and recipient_is_certain and actor = 'human' then 1 else 0 end) as human_clicks,
        sum(case when event_type = 'click' and recipient_is_certain and actor = 'machine' then 1 else 0 end) as machine_clicks,
        sum(case when event_type = 'click' and not recipient_is_certain then 1 else 0 end) as possible_clicks,
        ---------- times
        min(case when event_type = 'delivery' then occurred_at end) as delivered_at,
        min(case when event_type = 'delivery_delay' then occurred_at end) as first_delayed_at,
        max(case when event_type = 'delivery_delay' then occurred_at end) as last_delayed_at,
        min(case when bounce_class = 'hard' then occurred_at end) as hard_bounced_at,
        min(case when bounce_class in ('soft', 'undetermined') then occurred_at end) as soft_bounced_at,
        min(case when complaint_class = 'complaint' and recipient_is_certain then occurred_at end) as complained_at,
        min(case when event_type = 'open' and recipient_is_certain then occurred_at end) as first_opened_at,
        max(case when event_type = 'open' and recipient_is_certain then occurred_at end) as last_opened_at,
        min(case when event_type = 'open' and recipient_is_certain and actor = 'human' then occurred_at end) as first_human_opened_at,
        min(case when event_type = 'click' and recipient_is_certain then occurred_at end) as first_clicked_at,
        max(case when event_type = 'click' and recipient_is_certain then occurred_at end) as last_clicked_at,
        min(case when event_type = 'click' and recipient_is_certain and actor = 'human' then occurred_at end) as first_human_clicked_at,
        min(case when event_type = 'subscription' and recipient_is_certain and is_unsubscribed_from_all then occurred_at end) as unsubscribed_at,
        min(sent_at) as sent_at,
        min(sent_date) as sent_date
    from events
    group by message_id, recipient_key
)

select
    ---------- ids
    {{ surrogate_key(['summed.message_id', 'summed.recipient_key']) }} as message_recipient_id,
    summed.message_id,
    summed.recipient_key,
    summed.account_id,
    summed.region,
    ---------- the message
    summed.configuration_set,
    summed.sending_identity,
    summed.from_domain,
    summed.tenant_name,
    summed.campaign,
    summed.recipient_domain,
    summed.is_simulator = 1 as is_simulator,
    ---------- what became of it
    -- worst news wins; a soft bounce after a delivery (an automatic reply) does not undo it
    case
        when summed.is_complained = 1 then 'complained'
        when summed.is_hard_bounced = 1 then 'bounced'
        when summed.suppression_scope is not null and summed.is_delivered = 0 then 'suppressed'
        when summed.is_delivered = 1 then 'delivered'
        when summed.is_soft_bounced = 1 or summed.is_undetermined_bounced = 1 then 'soft_bounced'
        when summed.is_rejected = 1 then 'rejected'
        when summed.is_rendering_failed = 1 then 'rendering_failed'
        when summed.delays > 0 then 'delayed'
        else 'in_flight'
    end as outcome,
    summed.has_send = 0 as is_send_implied,
    summed.is_delivered = 1 as is_delivered,
    summed.is_hard_bounced = 1 as is_hard_bounced,
    summed.is_soft_bounced = 1 as is_soft_bounced,
    summed.is_undetermined_bounced = 1 as is_undetermined_bounced,
    summed.suppression_scope,
    summed.is_complained = 1 as is_complained,
    summed.is_possibly_complained = 1 as possibly_complained,
    summed.is_not_spam = 1 as is_not_spam,
    summed.is_unsubscribed = 1 as is_unsubscribed,
    summed.is_rejected = 1 as is_rejected,
    summed.is_rendering_failed = 1 as is_rendering_failed,
    bounces.bounce_type,
    bounces.bounce_sub_type,
    bounces.recipient_status as bounce_status,
    bounces.diagnostic_code,
    ---------- counts
    cast(summed.delays as bigint) as delays,
    cast(summed.opens as bigint) as opens,
    cast(summed.human_opens as bigint) as human_opens,
    cast(summed.machine_opens as bigint) as machine_opens,
    cast(summed.possible_opens as bigint) as possible_opens,
    cast(summed.clicks as bigint) as clicks,
    cast(summed.human_clicks as bigint) as human_clicks,
    cast(summed.machine_clicks as bigint) as machine_clicks,
    cast(summed.possible_clicks as bigint) as possible_clicks,
    ---------- timestamps, UTC
    summed.sent_at,
    summed.delivered_at,
    {{ seconds_between('summed.sent_at', 'summed.delivered_at') }} as delivery_seconds,
    summed.first_delayed_at,
    summed.last_delayed_at,
    summed.hard_bounced_at,
    summed.soft_bounced_at,
    summed.complained_at,
    summed.first_opened_at,
    summed.last_opened_at,
    summed.first_human_opened_at,
    summed.first_clicked_at,
    summed.last_clicked_at,
    summed.first_human_clicked_at,
    summed.unsubscribed_at,
    {{ run_time() }} as restated_at,
    summed.sent_date
from summed
left join bounces
    on summed.message_id = bounces.message_id and summed.recipient_key = bounces.recipient_key and bounces.bounce_rank = 1
