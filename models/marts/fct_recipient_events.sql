-- Grain: one row per event and recipient; a fact told by event publishing and by a feedback notification is one row.
-- Pinpoint tells it in times of its own, so its row stays, marked as retold where SES tells of it as well.
-- Restates the messages that new events touch: every row of such a message is written anew, so the marts that follow
-- need nothing but the rows newer than their own watermark.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('int_events_exploded_to_recipients')], 'staged_at') }}", **engine_config('merge', key='recipient_event_id')) }}

with {{ restated_events(ref('int_recipient_events_classified'), touched_in='int_events_exploded_to_recipients') }},

ranked as (
    select
        events.*,
        -- event publishing knows more than a notification; the rest only makes the choice the same in any order of arrival
        row_number() over (
            partition by recipient_event_id
            order by case source when 'ses_event' then 1 when 'ses_notification' then 2 else 3 end, sent_date, event_id
        ) as copy_rank,
        -- a copy may have the time that the winning one spells unreadably
        min(events.occurred_at) over (partition by recipient_event_id) as told_occurred_at,
        max(case when source = 'pinpoint' then 0 else 1 end) over (partition by events.message_id, event_type, recipient_key) as told_by_ses,
        ---------- what any event of the message knows, all of them know
        min(events.account_id) over (partition by events.message_id) as message_account_id,
        min(events.region) over (partition by events.message_id) as message_region,
        min(events.configuration_set) over (partition by events.message_id) as message_configuration_set,
        min(events.sending_identity) over (partition by events.message_id) as message_sending_identity,
        coalesce(
            min(case when events.source = 'ses_event' then events.from_domain end) over (partition by events.message_id),
            min(events.from_domain) over (partition by events.message_id)
        ) as message_from_domain,
        min(events.tenant_name) over (partition by events.message_id) as message_tenant_name,
        min(events.campaign) over (partition by events.message_id) as message_campaign,
        min(events.subject) over (partition by events.message_id) as message_subject,
        min(events.mail_sent_at) over (partition by events.message_id) as message_sent_at,
        -- a message lives in the earliest day that its events say
        min(case when events.sent_date > {{ unknown_day() }} then events.sent_date end) over (partition by events.message_id) as message_sent_date
    from events
)

select
    ---------- ids
    recipient_event_id,
    event_id,
    message_id,
    recipient_key,
    message_account_id as account_id,
    message_region as region,
    feedback_id,
    ---------- the message
    message_configuration_set as configuration_set,
    message_sending_identity as sending_identity,
    message_from_domain as from_domain,
    message_tenant_name as tenant_name,
    message_campaign as campaign,
    message_subject as subject,
    ---------- the event
    source,
    event_type,
    recipient_domain,
    recipient_is_certain,
    is_simulator,
    source = 'pinpoint' and told_by_ses = 1 as is_retold,
    ---------- delivery, delay, bounce
    bounce_class,
    bounce_type,
    bounce_sub_type,
    suppression_scope,
    recipient_action,
    recipient_status,
    diagnostic_code,
    delay_type,
    smtp_response,
    reporting_mta,
    remote_mta_ip,
    outgoing_ip,
    processing_time_ms,
    ---------- complaint
    complaint_class,
    complaint_feedback_type,
    ---------- open and click
    actor,
    bot_verdict,
    ip_address,
    user_agent,
    link,
    ---------- reject, rendering failure, subscription
    reject_reason,
    template_name,
    error_message,
    contact_list,
    is_unsubscribed_from_all,
    ---------- timestamps, UTC
    coalesce(occurred_at, told_occurred_at) as occurred_at,
    message_sent_at as sent_at,
    {{ run_time() }} as restated_at,
    coalesce(message_sent_date, {{ unknown_day() }}) as sent_date
from ranked
where copy_rank = 1
{{ day_order() }}
