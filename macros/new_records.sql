{# new_records: the CTEs up to `new_records`: one row per line that is not blank, wrapped or bare, in one shape, of the objects that
   this model has not taken; with the `reason` where it is no event. `event_id` is the same for every copy of an event, by whatever
   way it came. Macros and not models: only who reads knows what it has not read. With `source`, its lines alone, and as soon as
   that can be told of a line. #}
{% macro new_records(source=none) -%}
{%- set words = (staged_sources() | selectattr('name', 'equalto', source) | first).words if source else [] -%}
lines as (
    select landed_object, dt, hour, line, doc
    from {{ landed_rows(*new_objects()) }} as landed
    {%- if words %}
    where {{ line_may_hold('line', words) }}
    {%- endif %}
),

labelled as (
    {{ json_texts('lines', 'doc', {'label_source': ['source'], 'label_landed_at': ['landed_at']}) }}
),

opened as (
    select
        *,
        case when label_source in ({{ landed_source_list() }}) then {{ json_doc('doc', ['payload']) }} end as inner_payload
    from labelled
),

unwrapped as (
    select
        landed_object,
        dt,
        hour,
        line,
        case when inner_payload is not null then label_source end as label_source,
        coalesce(inner_payload, doc) as payload,
        case when inner_payload is not null then {{ json_doc('doc', ['envelope']) }} end as envelope,
        -- a bare line has the hour of its partition
        coalesce(case when inner_payload is not null then {{ text_timestamp('label_landed_at') }} end, {{ hour_start('dt', 'hour') }}) as landed_at
    from opened
),

read as (
    {{ json_texts('unwrapped', 'payload', {
        'ses_type': ['eventType'],
        'notification_type': ['notificationType'],
        'pinpoint_type': ['event_type'],
        'eum_version': ['eventVersion'],
        'account_id': ['mail', 'sendingAccountId'],
        'mail_message_id': ['mail', 'messageId'],
        'mail_timestamp': ['mail', 'timestamp'],
        'pinpoint_timestamp': ['event_timestamp'],
        'eum_timestamp': ['eventTimestamp'],
    }) }}
),

identified as (
    select
        *,
        -- what has one of these keys is an object
        case when coalesce(ses_type, notification_type, pinpoint_type) is not null then 'object' else {{ json_kind('payload') }} end as payload_kind,
        -- in the order of the event reference, section 0
        case
            when label_source is not null then label_source
            when ses_type is null and pinpoint_type is null and coalesce(notification_type, 'Received') = 'Received'
                and {{ is_said('payload', ['receipt']) }} and {{ is_said('payload', ['mail']) }} then 'ses_inbound'
            when eum_version is not null and {{ text_matches('ses_type', '^(TEXT|MEDIA|VOICE|RCS)_') }} then 'eum'
            when pinpoint_type is not null then 'pinpoint'
            when ses_type is not null and {{ is_said('payload', ['mail']) }} then 'ses_event'
            when notification_type is not null and {{ is_said('payload', ['mail']) }} then 'ses_notification'
        end as source
    from read
),

named as (
    select
        *,
        {{ event_type_name(
            "case source when 'ses_event' then ses_type when 'eum' then ses_type when 'ses_notification' then notification_type"
            ~ " when 'ses_inbound' then 'Received' when 'pinpoint' then pinpoint_type"
            ~ " when 'ses_account' then " ~ json_text('envelope', ['detail-type']) ~ " end"
        ) }} as event_type,
        source in ('ses_event', 'ses_notification') as is_ses,
        source in ('ses_event', 'ses_notification', 'ses_inbound') as is_ses_mail
    from identified
    {%- if source %}
    where source = '{{ source }}'
    {%- endif %}
),

detailed as (
    select
        *,
        case
            when is_ses then {{ ses_detail('payload', 'event_type') }}
            when source = 'ses_inbound' then {{ json_doc('payload', ['receipt']) }}
            when source is not null then payload
        end as detail,
        case
            when is_ses then {{ ses_named_recipients('payload', 'event_type') }}
            when source = 'ses_inbound' then {{ json_doc('payload', ['receipt', 'recipients']) }}
            when source = 'pinpoint' then {{ pinpoint_named_recipients('payload', 'event_type') }}
        end as named_recipients
    from named
),

timed as (
    {{ json_texts('detailed', 'detail', dict(other_key_fields(), **{
        'detail_timestamp': ['timestamp'],
        'feedback_id': ['feedbackId'],
        'link': ['link'],
        'ip_address': ['ipAddress'],
        'user_agent': ['userAgent'],
        'delay_type': ['delayType'],
        'reject_reason': ['reason'],
        'template_name': ['templateName'],
        'contact_list': ['contactList'],
    })) }}
),

typed as (
    select
        *,
        -- Send, Reject and Rendering Failure have no time of their own
        is_ses and event_type in ('send', 'reject', 'rendering_failure') as has_mail_time,
        nullif(case source when 'pinpoint' then coalesce(pinpoint_mail_id, pinpoint_text_id) when 'eum' then eum_message_id else mail_message_id end, '') as message_id,
        case
            when source = 'pinpoint' then case when {{ is_pinpoint_mail('event_type') }}
                then coalesce({{ text_ms_timestamp('pinpoint_mail_sent') }}, {{ text_ms_timestamp('pinpoint_timestamp') }}) end
            when source = 'eum' then {{ text_ms_timestamp('eum_requested') }}
            else {{ trimmed_timestamp('mail_timestamp') }}
        end as mail_sent_at,
        case
            -- the time of Pinpoint's event is the time of the send, for whatever came after it as well
            when source = 'pinpoint' and {{ is_pinpoint_mail('event_type') }} and event_type <> '_email.send'
                then coalesce({{ text_ms_timestamp('pinpoint_arrival') }}, {{ text_ms_timestamp('pinpoint_timestamp') }})
            when source = 'pinpoint' then {{ text_ms_timestamp('pinpoint_timestamp') }}
            when source = 'eum' then {{ text_ms_timestamp('eum_timestamp') }}
            when source = 'ses_account' then {{ trimmed_timestamp(json_text('envelope', ['time'])) }}
            else {{ trimmed_timestamp('detail_timestamp') }}
        end as own_time
    from timed
),

judged as (
    select
        *,
        case when has_mail_time then mail_sent_at else own_time end as occurred_at,
        case when not has_mail_time then
            case source when 'pinpoint' then pinpoint_timestamp when 'eum' then eum_timestamp when 'ses_account' then {{ json_text('envelope', ['time']) }}
                -- two events may differ in nothing else, even where it is no time at all
                else coalesce(detail_timestamp, {{ json_written(json_doc('detail', ['timestamp'])) }}) end
        end as own_time_text,
        -- the least that an event must have; the same rules, in the same order, as ingestion/events/check.py
        case
            when payload is null or payload_kind <> 'object' then
                case when {{ text_matches('line', control_sentence()) }} then 'control' when payload is null then 'not_json' else 'not_an_object' end
            when source is null then
                case
                    when notification_type = 'AmazonSnsSubscriptionSucceeded' and ses_type is null then 'control'
                    when {{ json_text('payload', ['Type']) }} in ('SubscriptionConfirmation', 'UnsubscribeConfirmation') then 'control'
                    else 'unknown_shape'
                end
            when event_type is null or event_type = '' then 'missing_field'
            -- numbers are read as text; only such a text is looked at again
            when case when {{ text_matches('event_type', '^[-+.0-9eE]+$|^true$|^false$') }}
                then coalesce({{ json_kind(json_doc('payload', ['eventType'])) }}, {{ json_kind(json_doc('payload', ['notificationType'])) }}, {{ json_kind(json_doc('payload', ['event_type'])) }}) <> 'string' else false end
                then 'wrong_type'
            when is_ses_mail and message_id is null then
                case when {{ json_kind(json_doc('payload', ['mail'])) }} = 'object' and coalesce({{ json_kind(json_doc('payload', ['mail', 'messageId'])) }}, 'null') in ('null', 'string')
                    then 'missing_field' else 'wrong_type' end
            when is_ses_mail
                and case when {{ text_matches('message_id', '^[-+.0-9eE]+$|^true$|^false$') }} then {{ json_kind(json_doc('payload', ['mail', 'messageId'])) }} <> 'string' else false end
                then 'wrong_type'
            -- any number of milliseconds will do
            when case source
                when 'pinpoint' then {{ text_bigint('pinpoint_timestamp') }} is null
                when 'eum' then {{ text_bigint('eum_timestamp') }} is null
                else mail_sent_at is null and own_time is null
            end
                then
                    case when case source
                        when 'pinpoint' then {{ is_said('payload', ['event_timestamp']) }}
                        when 'eum' then {{ is_said('payload', ['eventTimestamp']) }}
                        else {{ is_said('payload', ['mail', 'timestamp']) }} or {{ is_said('detail', ['timestamp']) }}
                    end then 'bad_timestamp' else 'missing_field' end
        end as reason
    from typed
),

read_records as (
    select
        ---------- ids
        -- over fields of the event alone, never of its transport; the region is no part of it, since opens and clicks do not know theirs
        case when is_ses then {{ event_key([
            "'ses'",
            'account_id',
            'event_type',
            'message_id',
            event_time_text('occurred_at', 'own_time_text'),
            json_text('named_recipients', [0, 'emailAddress']),
            json_text('named_recipients', [0]),
            "cast(" ~ json_length('named_recipients') ~ " as varchar(20))",
            'feedback_id',
            'link',
            'ip_address',
            'user_agent',
            'delay_type',
            'reject_reason',
            'template_name',
            'contact_list',
        ]) }} else {{ other_event_id() }} end as event_id,
        {{ text_column('message_id') }},
        ---------- what it is
        {{ text_column('source') }},
        {{ text_column('event_type') }},
        reason,
        ---------- timestamps, UTC
        occurred_at,
        own_time_text,
        mail_sent_at,
        landed_at,
        ---------- json
        payload,
        envelope,
        detail,
        named_recipients,
        ---------- where it lies
        landed_object,
        line,
        dt,
        hour,
        -- what is about no mail lives by the day it happened; before the unknown day there are no days
        greatest({{ unknown_day() }}, coalesce(
            cast(mail_sent_at as date),
            case when source in ('eum', 'ses_account') or (source = 'pinpoint' and not {{ is_pinpoint_mail('event_type') }}) then cast(occurred_at as date) end,
            {{ unknown_day() }}
        )) as sent_date
    from judged
),

new_records as (
    select read_records.*
    from read_records
    inner join {{ ref('landing_objects') }} as objects on {{ object_key('read_records.landed_object') }} = {{ object_key('objects.landed_object') }}
    {%- if is_incremental() %}
    where objects.seen_at > {{ watermark() }}
    {%- endif %}
)
{%- endmacro %}

{# True when something but null stands there. #}
{% macro is_said(doc, path) -%} coalesce({{ json_kind(json_doc(doc, path)) }}, 'null') <> 'null' {%- endmacro %}

{# What SES and SNS write where a topic is set up; the same as in ingestion/envelopes.py. #}
{% macro control_sentence() -%}
    ^ *"?(Successfully validated SNS topic for Amazon SES event publishing[.]|(You have chosen to subscribe to the topic|You have chosen to deactivate subscription|You have successfully subscribed your Amazon SNS topic)[^{]*)"? *$
{%- endmacro %}
