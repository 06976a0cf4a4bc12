-- Grain: one row per event about sent mail and recipient that it is (or may be) about. An event that names no recipient keeps one row.
-- Servers report addresses that the message was not sent to (a forwarding address, a list member). Such an event is about the message's
-- only destination, or may be about any destination that it does not name; the address stands beside it as `reported_address`.
{{ config(**append_rows(reads='int_mail_events_unioned')) }}

with lists as (
    select
        source,
        event_id,
        event_type,
        sent_date,
        named_recipient_count,
        {{ json_read('named_recipients') }} as named_recipients,
        {{ json_read('destinations') }} as destinations
    from {{ ref('int_mail_events_unioned') }}
    where {{ unread('int_mail_events_unioned') }}
),

-- the other types name the destinations themselves, and so do most deliveries
lists_beside_destinations as (
    select *
    from lists
    where event_type in ('delivery', 'delivery_delay', 'bounce', 'complaint')
        and coalesce({{ json_written('named_recipients') }}, '') <> coalesce({{ json_written('destinations') }}, '')
),

named as (
    {{ json_each('lists', ['source', 'event_id', 'event_type', 'sent_date', 'named_recipient_count'], 'named_recipients', 'recipient') }}
),

destinations as (
    {{ json_each('lists_beside_destinations', ['source', 'event_id', 'event_type', 'sent_date', 'named_recipient_count'], 'destinations', 'recipient') }}
),

exploded as (
    select source, event_id, event_type, sent_date, named_recipient_count, recipient, recipient_position, 1 as is_named
    from named
    union all
    select source, event_id, event_type, sent_date, named_recipient_count, recipient, recipient_position, 0 as is_named
    from destinations
),

-- SES writes addresses as texts or in objects, Pinpoint in objects with keys of its own
recipient_texts as (
    {{ json_strings('exploded', 'recipient', {
        'address_text': [],
        'email_address': ['emailAddress'],
        'pinpoint_address': ['email_address'],
        'action_text': ['action'],
        'status_text': ['status'],
        'ses_diagnostic': ['diagnosticCode'],
        'pinpoint_diagnostic': ['diagnostic_code'],
    }) }}
),

written as (
    select
        *,
        -- a foreign server writes both; only the words and codes of RFC 3464 and RFC 3463 go on to the marts
        case
            when lower(action_text) in ('failed', 'delayed', 'delivered', 'relayed', 'expanded') then action_text
            when action_text is not null then 'other'
        end as recipient_action,
        {{ text_extract('status_text', '([245][.][0-9.]*[0-9])') }} as recipient_status,
        coalesce(email_address, pinpoint_address, address_text) as written_address
    from recipient_texts
),

-- one element may name several people
{{ each_address('written', 'written_address', 'given_address') }},

{{ encoded_address('each_given_address', 'given_address', 'recipient_address', 'recipient_domain', ref('int_domains_encoded')) }},

numbered as (
    select
        *,
        -- the same address twice is one recipient
        row_number() over (
            partition by event_id, source, sent_date, recipient_address order by is_named desc, recipient_position, address_number
        ) as mention,
        min(is_named) over (partition by event_id, source, sent_date, recipient_address) as is_no_destination
    from encoded_recipient_address
),

counted as (
    select
        *,
        sum(case when mention = 1 and recipient_address is not null then is_named else 0 end) over (partition by event_id, source, sent_date) as people,
        sum(case when mention = 1 and recipient_address is not null then 1 - is_no_destination else 0 end)
            over (partition by event_id, source, sent_date) as destination_people
    from numbered
),

-- of several such addresses in one event, the first in the alphabet: copies may list them in another order
reported as (
    select
        source,
        event_id,
        sent_date,
        recipient_address,
        recipient_domain,
        recipient_action,
        recipient_status,
        ses_diagnostic,
        pinpoint_diagnostic,
        row_number() over (partition by event_id, source, sent_date order by recipient_address) as report
    from counted
    where mention = 1 and is_named = 1 and is_no_destination = 1 and recipient_address is not null and destination_people > 0
),

recipients as (
    select
        counted.source,
        counted.event_id,
        counted.sent_date,
        -- the further addresses of an element come after the list's last
        case
            when counted.address_number > 1 then counted.recipient_position + (counted.address_number - 1) * counted.named_recipient_count
            else counted.recipient_position
        end as recipient_position,
        counted.recipient_address,
        counted.recipient_domain,
        case when counted.is_named = 1 then counted.recipient_action else reported.recipient_action end as recipient_action,
        case when counted.is_named = 1 then counted.recipient_status else reported.recipient_status end as recipient_status,
        case
            when counted.is_named = 1 then coalesce(counted.ses_diagnostic, counted.pinpoint_diagnostic)
            else coalesce(reported.ses_diagnostic, reported.pinpoint_diagnostic)
        end as diagnostic_code,
        case when counted.is_named = 0 then reported.recipient_address end as reported_address,
        case when counted.is_named = 0 then reported.recipient_domain end as reported_domain,
        -- opens, clicks, subscriptions and complaints are about one person: of several candidates, any may be the one
        case
            when counted.recipient_address is null then false
            when counted.event_type in ('open', 'click', 'subscription', 'complaint')
                then case when reported.event_id is null then counted.people else counted.destination_people end = 1
            else counted.is_named = 1 or counted.destination_people = 1
        end as recipient_is_certain
    from counted
    left join reported
        on counted.event_id = reported.event_id and counted.source = reported.source and counted.sent_date = reported.sent_date and reported.report = 1
    where counted.mention = 1
        and case
            when counted.recipient_address is null then counted.people = 0
            when counted.is_named = 1 then counted.is_no_destination = 0 or counted.destination_people = 0
            else reported.event_id is not null
        end
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
    {{ text_column('from_domain_tag', 'case when events.from_domain_tag is not null then coalesce(from_domains.encoded, events.from_domain) end') }},
    {{ text_column('from_domain', 'coalesce(from_domains.encoded, events.from_domain)') }},
    events.subject,
    events.destination_count,
    events.named_recipient_count,
    ---------- the recipient
    recipients.recipient_position,
    {{ text_column('recipient_address', 'recipients.recipient_address') }},
    {{ md5_text('recipients.recipient_address') }} as recipient_key,
    {{ text_column('recipient_domain', 'recipients.recipient_domain') }},
    {{ text_column('reported_address', 'recipients.reported_address') }},
    {{ md5_text('recipients.reported_address') }} as reported_recipient_key,
    {{ text_column('reported_domain', 'recipients.reported_domain') }},
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
left join {{ ref('int_domains_encoded') }} as from_domains on events.from_domain = from_domains.domain
{%- if is_increment() %}
left join known on events.source = known.source and events.event_id = known.event_id and events.sent_date = known.sent_date
where {{ unread('int_mail_events_unioned', 'events') }} and known.event_id is null
{%- endif %}
{{ day_order('events.sent_date') }}
