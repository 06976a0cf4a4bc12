-- Grain: one row per message and recipient: what became of it.
{{ config(**restate_messages(key='message_recipient_id', reads='fct_recipient_events')) }}

with events as (
    select
        *,
        -- a complaint counts once, at one of the recipients it names: which one of several candidates says nothing
        row_number() over (
            partition by message_id, event_type, coalesce(feedback_id, event_id), event_type <> 'complaint' and recipient_is_certain
            order by recipient_is_certain desc, is_simulator, recipient_event_id
        ) as mention
    from {{ ref('fct_recipient_events') }}
    where recipient_key is not null
        and not is_retold
        and {{ unread('fct_recipient_events') }}
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
    where event_type = 'bounce' and recipient_is_certain
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
        max(case when tenant_is_from_send then 1 else 0 end) as tenant_is_from_send,
        min(campaign) as campaign,
        min(recipient_domain) as recipient_domain,
        min(mailbox_provider) as mailbox_provider,
        max(case when is_simulator then 1 else 0 end) as is_simulator,
        max(case when event_type = 'send' then 1 else 0 end) as is_sent,
        max(case when event_type not in ('send', 'rendering_failure', 'reject') and recipient_is_certain then 1 else 0 end) as was_on_its_way,
        max(case when event_type = 'reject' then 1 else 0 end) as is_rejected,
        max(case when event_type = 'rendering_failure' then 1 else 0 end) as is_rendering_failed,
        max(case when event_type = 'delivery' and recipient_is_certain then 1 else 0 end) as is_delivered,
        max(case when {{ shows_delivery() }} then 1 else 0 end) as is_reached,
        max(case when bounce_class = 'hard' and recipient_is_certain then 1 else 0 end) as is_hard_bounced,
        max(case when bounce_class = 'soft' and recipient_is_certain then 1 else 0 end) as is_soft_bounced,
        max(case when bounce_class = 'undetermined' and recipient_is_certain then 1 else 0 end) as is_undetermined_bounced,
        -- one scope decides where there are several
        max(case when recipient_is_certain then suppression_scope end) as told_suppression_scope,
        max(case when complaint_class = 'complaint' and recipient_is_certain then 1 else 0 end) as is_complained,
        max(case when complaint_class = 'complaint' and not recipient_is_certain then 1 else 0 end) as is_possibly_complained,
        max(case when complaint_class = 'not_spam' and recipient_is_certain then 1 else 0 end) as is_not_spam,
        max(case when event_type = 'subscription' and recipient_is_certain and is_unsubscribed_from_all then 1 else 0 end) as is_unsubscribed,
        ---------- counts
        sum(case when complaint_class = 'complaint' and mention = 1 then 1 else 0 end) as complaints,
        sum(case when complaint_class = 'complaint' and mention = 1 and not recipient_is_certain then 1 else 0 end) as possible_complaints,
        sum(case when event_type = 'bounce' and mention = 1 and not recipient_is_certain then 1 else 0 end) as uncertain_bounces,
        sum(case when event_type = 'delivery' and mention = 1 and not recipient_is_certain then 1 else 0 end) as uncertain_deliveries,
        sum(case when event_type = 'delivery_delay' and mention = 1 and not recipient_is_certain then 1 else 0 end) as uncertain_delays,
        sum(case when event_type = 'delivery_delay' and recipient_is_certain then 1 else 0 end) as delays,
        sum(case when event_type = 'open' and recipient_is_certain then 1 else 0 end) as opens,
        sum(case when event_type = 'open' and recipient_is_certain and actor = 'human' then 1 else 0 end) as human_opens,
        sum(case when event_type = 'open' and recipient_is_certain and actor = 'machine' then 1 else 0 end) as machine_opens,
        sum(case when event_type = 'open' and not recipient_is_certain then 1 else 0 end) as possible_opens,
        sum(case when event_type = 'click' and recipient_is_certain then 1 else 0 end) as clicks,
        sum(case when event_type = 'click' and recipient_is_certain and actor = 'human' then 1 else 0 end) as human_clicks,
        sum(case when event_type = 'click' and recipient_is_certain and actor = 'machine' then 1 else 0 end) as machine_clicks,
        sum(case when event_type = 'click' and not recipient_is_certain then 1 else 0 end) as possible_clicks,
        ---------- times
        min(case when event_type = 'delivery' and recipient_is_certain then occurred_at end) as delivered_at,
        min(case when event_type = 'delivery_delay' and recipient_is_certain then occurred_at end) as first_delayed_at,
        max(case when event_type = 'delivery_delay' and recipient_is_certain then occurred_at end) as last_delayed_at,
        min(case when bounce_class = 'hard' and recipient_is_certain then occurred_at end) as hard_bounced_at,
        max(case when bounce_class = 'hard' and recipient_is_certain then occurred_at end) as last_hard_bounced_at,
        min(case when bounce_class in ('soft', 'undetermined') and recipient_is_certain then occurred_at end) as soft_bounced_at,
        min(case when complaint_class = 'complaint' and recipient_is_certain then occurred_at end) as complained_at,
        max(case when complaint_class = 'complaint' and recipient_is_certain then occurred_at end) as last_complained_at,
        min(case when event_type = 'open' and recipient_is_certain then occurred_at end) as first_opened_at,
        max(case when event_type = 'open' and recipient_is_certain then occurred_at end) as last_opened_at,
        min(case when event_type = 'open' and recipient_is_certain and actor = 'human' then occurred_at end) as first_human_opened_at,
        min(case when event_type = 'click' and recipient_is_certain then occurred_at end) as first_clicked_at,
        max(case when event_type = 'click' and recipient_is_certain then occurred_at end) as last_clicked_at,
        min(case when event_type = 'click' and recipient_is_certain and actor = 'human' then occurred_at end) as first_human_clicked_at,
        min(case when event_type = 'subscription' and recipient_is_certain and is_unsubscribed_from_all then occurred_at end) as unsubscribed_at,
        max(case when event_type = 'subscription' and recipient_is_certain and is_unsubscribed_from_all then occurred_at end) as last_unsubscribed_at,
        min(sent_at) as sent_at,
        min(sent_date) as sent_date
    from events
    group by message_id, recipient_key
),

decided as (
    select
        *,
        -- what a server took or refused was not held back, whatever else was told
        case when is_reached = 0 and is_hard_bounced = 0 then told_suppression_scope end as suppression_scope,
        -- SES tries no delivery of what it rejects or cannot render, unless another event shows that it did
        case
            when is_reached + is_hard_bounced > 0 then 1
            when told_suppression_scope is not null then 0
            when is_soft_bounced + is_undetermined_bounced + delays > 0 then 1
            when is_rejected + is_rendering_failed > 0 then 0
            else greatest(is_sent, was_on_its_way)
        end as is_attempted
    from summed
)

select
    ---------- ids
    {{ surrogate_key(['decided.message_id', 'decided.recipient_key']) }} as message_recipient_id,
    decided.message_id,
    decided.recipient_key,
    decided.account_id,
    decided.region,
    ---------- the message
    decided.configuration_set,
    decided.sending_identity,
    decided.from_domain,
    decided.tenant_name,
    case when decided.tenant_name is not null then decided.tenant_is_from_send = 1 end as tenant_is_from_send,
    decided.campaign,
    decided.recipient_domain,
    decided.mailbox_provider,
    decided.is_simulator = 1 as is_simulator,
    ---------- what became of it
    -- worst news wins; a soft bounce after a delivery (an automatic reply) does not undo it
    case
        when decided.is_complained = 1 then 'complained'
        when decided.is_hard_bounced = 1 then 'bounced'
        when decided.suppression_scope is not null then 'suppressed'
        when decided.is_reached = 1 then 'delivered'
        when decided.is_soft_bounced = 1 or decided.is_undetermined_bounced = 1 then 'soft_bounced'
        when decided.is_rejected = 1 then 'rejected'
        when decided.is_rendering_failed = 1 then 'rendering_failed'
        when decided.delays > 0 then 'delayed'
        else 'in_flight'
    end as outcome,
    decided.is_sent = 1 as is_sent,
    decided.is_sent = 0 and decided.was_on_its_way = 1 as is_send_implied,
    decided.is_attempted = 1 as is_attempted,
    decided.is_delivered = 1 as is_delivered,
    decided.is_reached = 1 and decided.is_delivered = 0 as is_delivery_implied,
    decided.is_hard_bounced = 1 as is_hard_bounced,
    decided.is_soft_bounced = 1 as is_soft_bounced,
    decided.is_undetermined_bounced = 1 as is_undetermined_bounced,
    decided.suppression_scope,
    decided.is_complained = 1 as is_complained,
    decided.is_possibly_complained = 1 as possibly_complained,
    decided.is_not_spam = 1 as is_not_spam,
    decided.is_unsubscribed = 1 as is_unsubscribed,
    decided.is_rejected = 1 as is_rejected,
    decided.is_rendering_failed = 1 as is_rendering_failed,
    bounces.bounce_type,
    bounces.bounce_sub_type,
    bounces.recipient_status as bounce_status,
    bounces.diagnostic_code,
    ---------- counts
    cast(decided.complaints as bigint) as complaints,
    cast(decided.possible_complaints as bigint) as possible_complaints,
    cast(decided.uncertain_bounces as bigint) as uncertain_bounces,
    cast(decided.uncertain_deliveries as bigint) as uncertain_deliveries,
    cast(decided.uncertain_delays as bigint) as uncertain_delays,
    cast(decided.delays as bigint) as delays,
    cast(decided.opens as bigint) as opens,
    cast(decided.human_opens as bigint) as human_opens,
    cast(decided.machine_opens as bigint) as machine_opens,
    cast(decided.possible_opens as bigint) as possible_opens,
    cast(decided.clicks as bigint) as clicks,
    cast(decided.human_clicks as bigint) as human_clicks,
    cast(decided.machine_clicks as bigint) as machine_clicks,
    cast(decided.possible_clicks as bigint) as possible_clicks,
    ---------- timestamps, UTC
    decided.sent_at,
    decided.delivered_at,
    {{ seconds_between('decided.sent_at', 'decided.delivered_at') }} as delivery_seconds,
    decided.first_delayed_at,
    decided.last_delayed_at,
    decided.hard_bounced_at,
    decided.last_hard_bounced_at,
    decided.soft_bounced_at,
    decided.complained_at,
    decided.last_complained_at,
    decided.first_opened_at,
    decided.last_opened_at,
    decided.first_human_opened_at,
    decided.first_clicked_at,
    decided.last_clicked_at,
    decided.first_human_clicked_at,
    decided.unsubscribed_at,
    decided.last_unsubscribed_at,
    {{ run_time() }} as restated_at,
    decided.sent_date
from decided
left join bounces
    on decided.message_id = bounces.message_id and decided.recipient_key = bounces.recipient_key and bounces.bounce_rank = 1
{{ day_order() }}
