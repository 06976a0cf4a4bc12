-- Grain: one row per run that staged events, day sent, source, event type, field path and kind of value: how many staged events had it.
-- Looks at the keys of the event and of those objects in it that AWS documents.
{{ config(**append_rows(reads='int_staged_events_unioned', dist='path')) }}

-- the records from which the new events were staged
{%- set condition -%}
    reason is null
    {%- if is_increment() %} and {{ in_run_times('recorded_at', ref('int_staged_events_unioned') ~ ' where ' ~ unread('int_staged_events_unioned')) }}{% endif -%}
{%- endset %}

with events as (
    select source, event_id, sent_date, landed_object, staged_at
    from {{ ref('int_staged_events_unioned') }}
    where {{ unread('int_staged_events_unioned') }}
),

-- of the copies of an event the staged one: the first in the object from which it was staged
records as (
    {{ first_rows(ref('landing_records'), condition, ['source', 'event_id', 'sent_date', 'landed_object'], ['landed_at', 'line_md5']) }}
),

staged as (
    select
        records.source,
        records.event_type,
        events.staged_at,
        records.sent_date,
        {{ json_read('records.payload') }} as payload
    from records
    inner join events
        on records.source = events.source
        and records.event_id = events.event_id
        and records.sent_date = events.sent_date
        and records.landed_object = events.landed_object
),

opened as (
    {{ json_docs('staged', 'payload', {
        'mail': ['mail'],
        'common_headers': ['mail', 'commonHeaders'],
        'receipt': ['receipt'],
        'receipt_action': ['receipt', 'action'],
        'metadata': ['metadata'],
        'account_data': ['data'],
        'account_record': ['data', 'record'],
        'attributes': ['attributes'],
        'mail_event': ['facets', 'email_channel', 'mail_event'],
        'mail_event_mail': ['facets', 'email_channel', 'mail_event', 'mail'],
        'protection': ['protectConfiguration'],
        'assessment': ['protectConfigurationAssessment'],
    }) }}
),

-- of each source the objects that AWS documents
documents as (
    select
        source,
        event_type,
        staged_at,
        sent_date,
        payload,
        case when source in ('ses_event', 'ses_notification') then {{ ses_detail('payload', 'event_type') }} end as detail,
        case when source in ('ses_event', 'ses_notification', 'ses_inbound') then mail end as mail,
        case when source in ('ses_event', 'ses_notification', 'ses_inbound') then common_headers end as common_headers,
        case when source = 'ses_inbound' then receipt end as receipt,
        case when source = 'ses_inbound' then receipt_action end as receipt_action,
        case when source = 'ses_account' then metadata end as metadata,
        case when source = 'ses_account' then account_data end as account_data,
        case when source = 'ses_account' then account_record end as account_record,
        -- apps name the attributes of their own events as they like
        case when source = 'pinpoint' and {{ text_matches('event_type', '^_(email|sms|campaign|journey)[.]') }} then attributes end as attributes,
        case when source = 'pinpoint' then mail_event end as mail_event,
        case when source = 'pinpoint' then mail_event_mail end as mail_event_mail,
        case when source = 'eum' then protection end as protection,
        case when source = 'eum' then assessment end as assessment
    from opened
),

fields as (
    {{ json_fields('documents', ['source', 'event_type', 'staged_at', 'sent_date'], {
        'event': 'payload',
        'detail': 'detail',
        'mail': 'mail',
        'mail.commonHeaders': 'common_headers',
        'receipt': 'receipt',
        'receipt.action': 'receipt_action',
        'metadata': 'metadata',
        'data': 'account_data',
        'data.record': 'account_record',
        'attributes': 'attributes',
        'facets.email_channel.mail_event': 'mail_event',
        'facets.email_channel.mail_event.mail': 'mail_event_mail',
        'protectConfiguration': 'protection',
        'protectConfigurationAssessment': 'assessment',
    }) }}
),

named as (
    select
        source,
        event_type,
        case parent when 'event' then '' when 'detail' then {{ ses_detail_name('event_type') }} || '.' else parent || '.' end || field as full_path,
        kind,
        events,
        staged_at,
        sent_date
    from fields
),

cut as (
    select
        source,
        event_type,
        {{ text_column('path', 'full_path') }},
        kind,
        events,
        staged_at,
        sent_date
    from named
)

select
    source,
    event_type,
    path,
    kind,
    cast(sum(events) as bigint) as events,
    staged_at,
    sent_date
from cut
{%- if is_increment() %}
where not exists (
    select 1
    from {{ this }} as stored
    where {{ unread('int_staged_events_unioned', 'stored') }} and stored.sent_date = cut.sent_date and stored.staged_at = cut.staged_at
)
{%- endif %}
group by source, event_type, path, kind, staged_at, sent_date
{{ day_order() }}
