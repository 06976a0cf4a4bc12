-- Grain: one row per message. Events are counted once, for however many recipients they may be about.
{{ config(**restate_messages(key='message_id', reads='fct_recipient_events')) }}

with events as (
    select
        *,
        -- what a server took or refused was not held back, whatever else was told
        max(case when {{ shows_delivery() }} or (bounce_class = 'hard' and recipient_is_certain) then 1 else 0 end) over (partition by message_id, recipient_key) as reached_a_server
    from {{ ref('fct_recipient_events') }}
    where not is_retold
        and {{ unread('fct_recipient_events') }}
),

summed as (
    select
        message_id,
        min(account_id) as account_id,
        min(region) as region,
        min(configuration_set) as configuration_set,
        min(sending_identity) as sending_identity,
        min(from_domain) as from_domain,
        min(tenant_name) as tenant_name,
        max(case when tenant_is_from_send then 1 else 0 end) as tenant_is_from_send,
        min(campaign) as campaign,
        min(subject) as subject,
        max(case when event_type = 'send' then 1 else 0 end) as is_sent,
        max(case when event_type not in ('send', 'rendering_failure', 'reject') and recipient_is_certain then 1 else 0 end) as was_on_its_way,
        coalesce(min(case when recipient_key is not null then case when is_simulator then 1 else 0 end end), 0) as is_simulator,
        ---------- recipients
        count(distinct recipient_key) as recipients,
        count(distinct case when event_type = 'delivery' and recipient_is_certain then recipient_key end) as delivered_recipients,
        count(distinct case when event_type = 'delivery_delay' and recipient_is_certain then recipient_key end) as delayed_recipients,
        count(distinct case when bounce_class = 'hard' and recipient_is_certain then recipient_key end) as hard_bounced_recipients,
        count(distinct case when bounce_class = 'soft' and recipient_is_certain then recipient_key end) as soft_bounced_recipients,
        count(distinct case when suppression_scope is not null and recipient_is_certain and reached_a_server = 0 then recipient_key end) as suppressed_recipients,
        count(distinct case when event_type = 'open' and recipient_is_certain then recipient_key end) as certain_openers,
        count(distinct case when event_type = 'click' and recipient_is_certain then recipient_key end) as certain_clickers,
        count(distinct case when event_type = 'open' then recipient_key end) as possible_openers,
        count(distinct case when event_type = 'click' then recipient_key end) as possible_clickers,
        ---------- events
        count(distinct event_id) as events,
        count(distinct case when recipient_key is null then event_id end) as events_without_recipient,
        count(distinct case when complaint_class = 'complaint' then coalesce(feedback_id, event_id) end) as complaints,
        count(distinct case when event_type = 'bounce' and not recipient_is_certain and recipient_key is not null then event_id end) as uncertain_bounces,
        count(distinct case when event_type = 'delivery' and not recipient_is_certain and recipient_key is not null then event_id end) as uncertain_deliveries,
        count(distinct case when event_type = 'delivery_delay' and not recipient_is_certain and recipient_key is not null then event_id end) as uncertain_delays,
        count(distinct case when event_type = 'open' then event_id end) as opens,
        count(distinct case when event_type = 'open' and actor = 'human' then event_id end) as human_opens,
        count(distinct case when event_type = 'open' and actor = 'machine' then event_id end) as machine_opens,
        count(distinct case when event_type = 'open' and not recipient_is_certain then event_id end) as uncertain_opens,
        count(distinct case when event_type = 'click' then event_id end) as clicks,
        count(distinct case when event_type = 'click' and actor = 'human' then event_id end) as human_clicks,
        count(distinct case when event_type = 'click' and actor = 'machine' then event_id end) as machine_clicks,
        count(distinct case when event_type = 'click' and not recipient_is_certain then event_id end) as uncertain_clicks,
        ---------- times
        min(occurred_at) as first_event_at,
        max(occurred_at) as last_event_at,
        min(sent_at) as sent_at,
        min(sent_date) as sent_date
    from events
    group by message_id
),

-- who opened a message to several is not known: at least one, at most one for each open, and no more than the opens name
ranged as (
    select
        *,
        case when certain_openers = 0 and uncertain_opens > 0 then 1 else certain_openers end as openers_least,
        case when certain_openers + uncertain_opens < possible_openers then certain_openers + uncertain_opens else possible_openers end as openers_at_most,
        case when certain_clickers = 0 and uncertain_clicks > 0 then 1 else certain_clickers end as clickers_least,
        case when certain_clickers + uncertain_clicks < possible_clickers then certain_clickers + uncertain_clicks else possible_clickers end as clickers_at_most
    from summed
)

select
    ---------- ids
    message_id,
    account_id,
    region,
    ---------- the message
    configuration_set,
    sending_identity,
    from_domain,
    tenant_name,
    case when tenant_name is not null then tenant_is_from_send = 1 end as tenant_is_from_send,
    campaign,
    subject,
    is_simulator = 1 as is_simulator,
    is_sent = 1 as is_sent,
    is_sent = 0 and was_on_its_way = 1 as is_send_implied,
    ---------- recipients
    cast(recipients as bigint) as recipients,
    cast(delivered_recipients as bigint) as delivered_recipients,
    cast(delayed_recipients as bigint) as delayed_recipients,
    cast(hard_bounced_recipients as bigint) as hard_bounced_recipients,
    cast(soft_bounced_recipients as bigint) as soft_bounced_recipients,
    cast(suppressed_recipients as bigint) as suppressed_recipients,
    cast(openers_least as bigint) as openers_least,
    -- somebody opened it even where no event names a recipient
    cast(case when openers_at_most < openers_least then openers_least else openers_at_most end as bigint) as openers_most,
    cast(clickers_least as bigint) as clickers_least,
    cast(case when clickers_at_most < clickers_least then clickers_least else clickers_at_most end as bigint) as clickers_most,
    ---------- events
    cast(events as bigint) as events,
    cast(events_without_recipient as bigint) as events_without_recipient,
    cast(complaints as bigint) as complaints,
    cast(uncertain_bounces as bigint) as uncertain_bounces,
    cast(uncertain_deliveries as bigint) as uncertain_deliveries,
    cast(uncertain_delays as bigint) as uncertain_delays,
    cast(opens as bigint) as opens,
    cast(human_opens as bigint) as human_opens,
    cast(machine_opens as bigint) as machine_opens,
    cast(clicks as bigint) as clicks,
    cast(human_clicks as bigint) as human_clicks,
    cast(machine_clicks as bigint) as machine_clicks,
    ---------- timestamps, UTC
    sent_at,
    first_event_at,
    last_event_at,
    {{ run_time() }} as restated_at,
    sent_date
from ranged
{{ day_order() }}
