-- Grain: one row per event and recipient; a fact that event publishing and a feedback notification report is one row.
-- Pinpoint reports it with times of its own, so its row stays, marked `is_retold` where SES reports the fact too.
-- Copies of a bounce or complaint are one event (they have the same feedbackId, or the same time where there is none), whoever each of
-- them names.
-- Restates the messages that new events touch: every row of such a message is rewritten, so the marts that follow read only rows newer
-- than their own watermark.
{{ config(**restate_messages(key='recipient_event_id', reads='int_events_exploded_to_recipients')) }}

with {{ restated_events(ref('int_recipient_events_classified'), touched_in='int_events_exploded_to_recipients') }},

ordered as (
    select
        *,
        -- event publishing knows more than a notification; the rest makes the choice the same in any order of arrival
        case source when 'ses_event' then '1' when 'ses_notification' then '2' else '3' end || cast(sent_date as varchar(10)) || event_id as copy_order
    from events
),

facts as (
    select
        recipient_event_id,
        min(copy_order) as first_copy,
        -- a copy may have the time that the winning one spells unreadably
        min(occurred_at) as earliest_occurred_at
    from ordered
    group by recipient_event_id
),

reported_by_ses as (
    select distinct message_id, event_type, coalesce(recipient_key, '') as recipient_key
    from ordered
    where source <> 'pinpoint'
),

-- the copies of a bounce or complaint need not name the same recipients: each recipient has the event_id of the winning copy
reports as (
    select message_id, event_type, coalesce(feedback_id, occurred_at_text) as report_key, substr(min(copy_order), 12) as first_event_id
    from ordered
    where event_type in ('bounce', 'complaint')
    group by message_id, event_type, coalesce(feedback_id, occurred_at_text)
),

-- every row of a message gets each field that any of its events states
messages as (
    select
        message_id,
        min(account_id) as account_id,
        min(region) as region,
        min(configuration_set) as configuration_set,
        min(sending_identity) as sending_identity,
        coalesce(min(from_domain_tag), min(from_domain)) as from_domain,
        min(tenant_name) as tenant_name,
        -- a message has them whatever became of it: a tenant that bounces and complaints alone state is known of failures only
        max(case when tenant_name is not null and event_type in ('send', 'delivery') then 1 else 0 end) as tenant_is_from_send,
        min(campaign) as campaign,
        min(subject) as subject,
        -- of the events that state a day: one before 1970 is not known (the day and the time are those of one event)
        coalesce(min(case when sent_date > {{ unknown_day() }} then mail_sent_at end), min(mail_sent_at)) as sent_at,
        {{ earliest_day() }} as sent_date
    from ordered
    group by message_id
),

-- the tenant of a message that states none, by the seed: the row that names most of its sender
senders as (
    select distinct coalesce(configuration_set, '') as configuration_set, coalesce(sending_identity, '') as sending_identity
    from messages
    where tenant_name is null or tenant_is_from_send = 0
),

mapped as (
    select
        senders.configuration_set,
        senders.sending_identity,
        tenants.tenant_name,
        row_number() over (
            partition by senders.configuration_set, senders.sending_identity
            order by
                case when tenants.configuration_set is null then 1 else 0 end,
                case when tenants.sending_identity is null then 1 else 0 end,
                tenants.tenant_name
        ) as choice
    from senders
    inner join {{ ref('tenants') }} as tenants
        on senders.configuration_set = coalesce(tenants.configuration_set, senders.configuration_set)
        and senders.sending_identity = coalesce(tenants.sending_identity, senders.sending_identity)
)

select
    ---------- ids
    events.recipient_event_id,
    coalesce(reports.first_event_id, events.event_id) as event_id,
    events.message_id,
    events.recipient_key,
    messages.account_id,
    messages.region,
    events.feedback_id,
    ---------- the message
    messages.configuration_set,
    messages.sending_identity,
    messages.from_domain,
    coalesce(messages.tenant_name, mapped.tenant_name) as tenant_name,
    case
        when messages.tenant_name is not null then messages.tenant_is_from_send = 1 or coalesce(messages.tenant_name = mapped.tenant_name, false)
        when mapped.tenant_name is not null then true
    end as tenant_is_from_send,
    messages.campaign,
    messages.subject,
    ---------- the event
    events.source,
    events.event_type,
    events.recipient_domain,
    -- by the domain and the seed alone, so that no later event changes it
    case when events.recipient_key is not null then coalesce(providers.mailbox_provider, 'other') end as mailbox_provider,
    events.reported_recipient_key,
    events.reported_domain,
    events.recipient_is_certain,
    events.is_simulator,
    reported_by_ses.message_id is not null as is_retold,
    ---------- delivery, delay, bounce
    events.bounce_class,
    events.bounce_type,
    events.bounce_sub_type,
    events.suppression_scope,
    events.recipient_action,
    events.recipient_status,
    events.diagnostic_code,
    events.delay_type,
    events.smtp_response,
    events.reporting_mta,
    events.remote_mta_ip,
    events.outgoing_ip,
    events.processing_time_ms,
    ---------- complaint
    events.complaint_class,
    events.complaint_feedback_type,
    ---------- open and click
    events.actor,
    events.bot_verdict,
    events.ip_address,
    events.user_agent,
    events.link,
    ---------- reject, rendering failure, subscription
    events.reject_reason,
    events.template_name,
    events.error_message,
    events.contact_list,
    events.is_unsubscribed_from_all,
    ---------- timestamps, UTC
    coalesce(events.occurred_at, facts.earliest_occurred_at) as occurred_at,
    messages.sent_at,
    {{ run_time() }} as restated_at,
    messages.sent_date
from ordered as events
inner join facts on events.recipient_event_id = facts.recipient_event_id and events.copy_order = facts.first_copy
inner join messages on events.message_id = messages.message_id
left join reported_by_ses
    on case when events.source = 'pinpoint' then events.message_id end = reported_by_ses.message_id
    and events.event_type = reported_by_ses.event_type
    and coalesce(events.recipient_key, '') = reported_by_ses.recipient_key
left join {{ ref('mailbox_providers') }} as providers on events.recipient_domain = providers.recipient_domain
left join reports
    on case when events.event_type in ('bounce', 'complaint') then events.message_id end = reports.message_id
    and events.event_type = reports.event_type
    and coalesce(events.feedback_id, events.occurred_at_text) = reports.report_key
left join mapped
    on coalesce(messages.configuration_set, '') = mapped.configuration_set
    and coalesce(messages.sending_identity, '') = mapped.sending_identity
    and mapped.choice = 1
{{ day_order('messages.sent_date') }}
