-- Grain: one row per event and recipient it names (or may be about), for event publishing, feedback notifications and Pinpoint's mail alike.
-- An event that names nobody keeps one row without a recipient. The last model that reads the events' JSON.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('stg_ses__events'), ref('stg_ses__notifications'), ref('stg_pinpoint__events')], 'staged_at') }}", **engine_config('append')) }}

{% set last = watermark() %}
{% set days = fresh_days([ref('stg_ses__events'), ref('stg_ses__notifications'), ref('stg_pinpoint__events')], last) %}

{% set text_columns = [
    'event_id', 'message_id', 'account_id', 'region', 'feedback_id', 'event_type', 'sending_identity', 'from_domain', 'subject',
    'bounce_type', 'bounce_sub_type', 'reporting_mta', 'remote_mta_ip', 'smtp_response', 'delay_type', 'complaint_sub_type',
    'complaint_feedback_type', 'ip_address', 'user_agent', 'link', 'bot_verdict', 'reject_reason', 'template_name',
    'error_message', 'contact_list', 'occurred_at_text'] %}
{% set typed_columns = [
    'processing_time_ms', 'expires_at', 'is_unsubscribed_from_all', 'destination_count', 'named_recipient_count', 'occurred_at', 'mail_sent_at', 'staged_at', 'sent_date'] %}
{% set shared = text_columns + typed_columns %}
{% set tagged = ['configuration_set', 'campaign', 'tenant_name', 'outgoing_ip'] %}
{% set pinpoint = {
    'event_type': 'mail_event_type',
    'campaign': 'coalesce(campaign_id, journey_id)',
    'is_unsubscribed_from_all': "case when mail_event_type = 'subscription' then true end",
    'expires_at': 'cast(null as ' ~ type_timestamp() ~ ')',
} %}
{% set not_pinpoint = [
    'region', 'sending_identity', 'remote_mta_ip', 'delay_type', 'complaint_sub_type', 'bot_verdict', 'reject_reason', 'template_name', 'error_message',
    'contact_list', 'configuration_set', 'tenant_name', 'outgoing_ip'] %}

with staged as (
    select 'ses_event' as source, {{ shared | join(', ') }}, {{ tagged | join(', ') }}, {{ json_read('named_recipients') }} as named_recipients
    from {{ ref('stg_ses__events') }}
    {% if is_incremental() %}where staged_at > {{ last }}{% endif %}
    union all
    select
        'ses_notification' as source, {{ shared | join(', ') }},
        {% for column in tagged %}cast(null as {{ text_type(column) }}) as {{ column }}, {% endfor %}
        {{ json_read('named_recipients') }} as named_recipients
    from {{ ref('stg_ses__notifications') }}
    {% if is_incremental() %}where staged_at > {{ last }}{% endif %}
    union all
    select
        'pinpoint' as source,
        {% for column in shared + tagged %}{{ 'cast(null as ' ~ text_type(column) ~ ')' if column in not_pinpoint else pinpoint.get(column, column) }} as {{ column }}, {% endfor %}
        {{ json_read('named_recipients') }} as named_recipients
    from {{ ref('stg_pinpoint__events') }}
    where {{ is_pinpoint_mail('event_type') }} and message_id is not null
    {% if is_incremental() %}    and staged_at > {{ last }}{% endif %}
),

exploded as (
    {{ json_each('staged', ['source'] + shared + tagged, 'named_recipients', 'recipient') }}
),

addressed as (
    select
        exploded.*,
        {{ address_only("coalesce(" ~ json_text('recipient', ['emailAddress']) ~ ", " ~ json_text('recipient', ['email_address']) ~ ", " ~ json_text('recipient', []) ~ ")") }} as recipient_address,
        {{ json_text('recipient', ['action']) }} as recipient_action,
        {{ json_text('recipient', ['status']) }} as recipient_status,
        coalesce({{ json_text('recipient', ['diagnosticCode']) }}, {{ json_text('recipient', ['diagnostic_code']) }}) as diagnostic_code
    from exploded
),

numbered as (
    select
        addressed.*,
        -- the same address twice in a list is one recipient
        row_number() over (partition by event_id, source, sent_date, recipient_address order by recipient_position) as mention
    from addressed
),

counted as (
    select
        numbered.*,
        sum(case when mention = 1 and recipient_address is not null then 1 else 0 end) over (partition by event_id, source, sent_date) as people
    from numbered
)

{%- if is_incremental() %},

known as (
    {{ known_keys(['event_id', 'source', 'sent_date'], days) }}
)
{%- endif %}

select
    counted.source,
    {% for column in text_columns + tagged %}counted.{{ column }}, {% endfor %}
    counted.recipient_position,
    {{ text_column('recipient_address', 'counted.recipient_address') }},
    {{ md5_text('counted.recipient_address') }} as recipient_key,
    {{ text_column('recipient_domain', address_domain('counted.recipient_address')) }},
    {{ text_column('recipient_action', 'counted.recipient_action') }},
    {{ text_column('recipient_status', 'counted.recipient_status') }},
    {{ text_column('diagnostic_code', 'counted.diagnostic_code') }},
    -- opens, clicks, subscriptions and complaints are about one person; with several named, nobody can say which
    counted.recipient_address is not null and (
        counted.event_type not in ('open', 'click', 'subscription', 'complaint') or counted.people = 1
    ) as recipient_is_certain,
    {% for column in typed_columns %}counted.{{ column }}{{ ', ' if not loop.last }}{% endfor %}
from counted
{%- if is_incremental() %}
left join known on counted.event_id = known.event_id and counted.source = known.source and counted.sent_date = known.sent_date
{%- endif %}
where counted.mention = 1
    and (counted.recipient_address is not null or counted.people = 0)
    {%- if is_incremental() %}
    and known.event_id is null
    {%- endif %}
{{ day_order() }}
