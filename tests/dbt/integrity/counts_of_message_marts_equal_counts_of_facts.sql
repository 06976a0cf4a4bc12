-- Events and recipients, summed over all messages: facts, messages, and pairs of message and recipient.
with facts as (
    select
        count(distinct message_id) as messages,
        count(distinct event_id) as events,
        count(distinct case when recipient_key is not null then message_id || recipient_key end) as recipients,
        count(distinct case when complaint_class = 'complaint' then message_id || coalesce(feedback_id, event_id) end) as complaints,
        count(distinct case when event_type = 'open' then event_id end) as opens,
        count(distinct case when event_type = 'click' then event_id end) as clicks,
        count(distinct case when event_type = 'delivery' and recipient_is_certain then message_id || recipient_key end) as delivered,
        count(distinct case when bounce_class = 'hard' and recipient_is_certain then message_id || recipient_key end) as hard_bounced,
        count(distinct case when event_type = 'bounce' and not recipient_is_certain and recipient_key is not null then event_id end) as uncertain_bounces
    from {{ ref('fct_recipient_events') }}
    where not is_retold
),

messages as (
    select
        count(*) as messages,
        coalesce(sum(events), 0) as events,
        coalesce(sum(recipients), 0) as recipients,
        coalesce(sum(complaints), 0) as complaints,
        coalesce(sum(opens), 0) as opens,
        coalesce(sum(clicks), 0) as clicks,
        coalesce(sum(delivered_recipients), 0) as delivered,
        coalesce(sum(hard_bounced_recipients), 0) as hard_bounced,
        coalesce(sum(uncertain_bounces), 0) as uncertain_bounces
    from {{ ref('fct_messages') }}
),

recipients as (
    select
        count(*) as recipients,
        coalesce(sum(case when is_delivered then 1 else 0 end), 0) as delivered,
        coalesce(sum(case when is_hard_bounced then 1 else 0 end), 0) as hard_bounced,
        coalesce(sum(uncertain_bounces), 0) as uncertain_bounces
    from {{ ref('fct_message_recipients') }}
)

select
    facts.*,
    messages.messages as messages_by_messages,
    messages.events as events_by_messages,
    messages.recipients as recipients_by_messages,
    messages.complaints as complaints_by_messages,
    recipients.recipients as recipients_by_recipients
from facts
cross join messages
cross join recipients
where facts.messages <> messages.messages
    or facts.events <> messages.events
    or facts.recipients <> messages.recipients
    or facts.recipients <> recipients.recipients
    or facts.complaints <> messages.complaints
    or facts.opens <> messages.opens
    or facts.clicks <> messages.clicks
    or facts.delivered <> messages.delivered
    or facts.delivered <> recipients.delivered
    or facts.hard_bounced <> messages.hard_bounced
    or facts.hard_bounced <> recipients.hard_bounced
    or facts.uncertain_bounces <> messages.uncertain_bounces
    or facts.uncertain_bounces <> recipients.uncertain_bounces
