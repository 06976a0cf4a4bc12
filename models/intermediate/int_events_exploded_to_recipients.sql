-- Grain: one row per event about sent mail and recipient that it names (or may be about). An event that names no recipient keeps one row.
{{ config(**append_rows(reads='int_mail_events_unioned')) }}

with lists as (
    select
        source,
        event_id,
        event_type,
        sent_date,
        named_recipient_count,
        {{ json_read('named_recipients') }} as named_recipients
    from {{ ref('int_mail_events_unioned') }}
    where {{ unread('int_mail_events_unioned') }}
),

exploded as (
    {{ json_each('lists', ['source', 'event_id', 'event_type', 'sent_date', 'named_recipient_count'], 'named_recipients', 'recipient') }}
),

-- SES writes addresses as texts or in objects, Pinpoint in objects with keys of its own
recipient_texts as (
    {{ json_texts('exploded', 'recipient', {
        'address_text': [],
        'email_address': ['emailAddress'],
        'pinpoint_address': ['email_address'],
        'recipient_action': ['action'],
        'recipient_status': ['status'],
        'ses_diagnostic': ['diagnosticCode'],
        'pinpoint_diagnostic': ['diagnostic_code'],
    }) }}
),

written as (
    select
        *,
        coalesce(
            {{ json_string('email_address', json_doc('recipient', ['emailAddress'])) }},
            {{ json_string('pinpoint_address', json_doc('recipient', ['email_address'])) }},
            {{ json_string('address_text', 'recipient') }}
        ) as written_address
    from recipient_texts
),

-- one element may name several people
addressed as (
    {{ addresses_each('written', 'written_address', 'recipient_address') }}
),

numbered as (
    select
        *,
        -- the same address twice in a list is one recipient
        row_number() over (partition by event_id, source, sent_date, recipient_address order by recipient_position, address_number) as mention
    from addressed
),

counted as (
    select
        *,
        sum(case when mention = 1 and recipient_address is not null then 1 else 0 end) over (partition by event_id, source, sent_date) as people
    from numbered
),

recipients as (
    select
        source,
        event_id,
        sent_date,
        -- the further addresses of an element come after the list's last
        case when address_number > 1 then recipient_position + (address_number - 1) * named_recipient_count else recipient_position end as recipient_position,
        recipient_address,
        -- a foreign server writes both; only the words and codes of RFC 3464 and RFC 3463 go on to the marts
        case
            when lower(recipient_action) in ('failed', 'delayed', 'delivered', 'relayed', 'expanded') then recipient_action
            when recipient_action is not null then 'other'
        end as recipient_action,
        {{ text_extract('recipient_status', '([245][.][0-9]+[.][0-9]+)') }} as recipient_status,
        coalesce(ses_diagnostic, pinpoint_diagnostic) as diagnostic_code,
        -- opens, clicks, subscriptions and complaints are about one person: of several that are named, any may be the one
        recipient_address is not null and (event_type not in ('open', 'click', 'subscription', 'complaint') or people = 1) as recipient_is_certain
    from counted
    where mention = 1 and (recipient_address is not null or people = 0)
)

{%- if is_increment() %},

known as (
    select distinct source, event_id, sent_date
    from {{ this }}
    where {{ in_days('sent_date', unread_days('int_mail_events_unioned')) }}
)
{%- endif %}

select
    ---------- ids
    events.source,
    events.event_id,
    events.message_id,
    events.account_id,
    events.region,
    events.feedback_id,
    ---------- the message
    events.event_type,
    events.sending_identity,
    events.from_domain_tag,
    events.from_domain,
    events.subject,
    events.destination_count,
    events.named_recipient_count,
    ---------- the recipient
    recipients.recipient_position,
    {{ text_column('recipient_address', 'recipients.recipient_address') }},
    {{ md5_text('recipients.recipient_address') }} as recipient_key,
    {{ text_column('recipient_domain', address_domain('recipients.recipient_address')) }},
    {{ text_column('recipient_action', 'recipients.recipient_action') }},
    {{ text_column('recipient_status', 'recipients.recipient_status') }},
    {{ text_column('diagnostic_code', 'recipients.diagnostic_code') }},
    recipients.recipient_is_certain,
    ---------- delivery, delay, bounce
    events.bounce_type,
    events.bounce_sub_type,
    events.reporting_mta,
    events.remote_mta_ip,
    events.smtp_response,
    events.processing_time_ms,
    events.delay_type,
    events.expires_at,
    ---------- complaint
    events.complaint_sub_type,
    events.complaint_feedback_type,
    ---------- open and click
    events.ip_address,
    events.user_agent,
    events.link,
    events.bot_verdict,
    ---------- reject, rendering failure, subscription
    events.reject_reason,
    events.template_name,
    events.error_message,
    events.contact_list,
    events.is_unsubscribed_from_all,
    ---------- tags
    events.configuration_set,
    events.campaign,
    events.tenant_name,
    events.outgoing_ip,
    ---------- timestamps, UTC
    events.occurred_at,
    events.occurred_at_text,
    events.mail_sent_at,
    events.staged_at,
    events.sent_date
from {{ ref('int_mail_events_unioned') }} as events
inner join recipients on events.source = recipients.source and events.event_id = recipients.event_id and events.sent_date = recipients.sent_date
{%- if is_increment() %}
left join known on events.source = known.source and events.event_id = known.event_id and events.sent_date = known.sent_date
where {{ unread('int_mail_events_unioned', 'events') }} and known.event_id is null
{%- endif %}
{{ day_order('events.sent_date') }}
