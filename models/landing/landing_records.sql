-- Grain: one row per landed line that is not blank, wrapped by `email-events` or bare as Firehose writes it, valid or not.
-- The only model that opens landed objects: it identifies the event, and gives a `reason` where the line is not a usable event.
{{ config(**append_rows(reads='landing_objects', day='dt', dist='event_id')) }}

{% set days, names, damaged = new_objects() %}

with objects as (
    -- by key: the same zone, its root spelled in another way, holds the same objects
    select {{ object_key('landed_object') }} as object_key
    from {{ ref('landing_objects') }} as seen
    where damage is null and {{ unread('landing_objects') }}
    {%- if is_increment() %}
        -- a run can die after its rows were added and before its watermark was
        and not exists (
            select 1 from {{ this }} as stored
            where stored.recorded_at > {{ watermark() }} and stored.dt = seen.dt and {{ object_key('stored.landed_object') }} = {{ object_key('seen.landed_object') }}
        )
    {%- endif %}
),

lines as (
    select landed.landed_object, landed.dt, landed.hour, landed.line, landed.doc
    from {{ landed_rows(days, names, damaged) }} as landed
    inner join objects on {{ object_key('landed.landed_object') }} = objects.object_key
),

---------- wrapped or bare
labelled as (
    {{ json_docs('lines', 'doc', {
        'source_label': ['source'],
        'landed_at_label': ['landed_at'],
        'inner_payload': ['payload'],
        'inner_envelope': ['envelope'],
    }) }}
),

read_labels as (
    select
        *,
        {{ json_text('source_label', []) }} as source_text,
        {{ json_text('landed_at_label', []) }} as landed_at_text
    from labelled
),

opened as (
    select
        *,
        inner_payload is not null and coalesce(source_text in ({{ text_list(landed_sources()) }}), false) as is_wrapped
    from read_labels
),

unwrapped as (
    select
        landed_object,
        dt,
        hour,
        line,
        case when is_wrapped then source_text end as label_source,
        -- a bare line arrived in the hour of its partition
        coalesce(case when is_wrapped then {{ text_timestamp('landed_at_text') }} end, {{ hour_start('dt', 'hour') }}) as landed_at,
        case when is_wrapped then inner_envelope end as envelope,
        case when is_wrapped then inner_payload else doc end as payload
    from opened
),

---------- which source and type
marked as (
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
        -- only an object has one of these keys
        case when coalesce(ses_type, notification_type, pinpoint_type) is not null then 'object' else {{ json_kind('payload') }} end as payload_kind,
        -- in the order of ingestion/events/identify.py
        case
            when label_source is not null then label_source
            when ses_type is null and pinpoint_type is null and coalesce(notification_type, 'Received') = 'Received'
                and {{ has_value('payload', ['receipt']) }} and {{ has_value('payload', ['mail']) }} then 'ses_inbound'
            when eum_version is not null and {{ text_matches('ses_type', '^(TEXT|MEDIA|VOICE|RCS)_') }} then 'eum'
            -- other services have event_type, too
            when pinpoint_type is not null and (
                {{ has_value('payload', ['application']) }} or {{ has_value('payload', ['client']) }} or {{ has_value('payload', ['attributes']) }}
                or {{ has_value('payload', ['metrics']) }} or {{ has_value('payload', ['facets']) }} or {{ has_value('payload', ['session']) }}
                or {{ has_value('payload', ['device']) }} or {{ has_value('payload', ['awsAccountId']) }}
            ) then 'pinpoint'
            when ses_type is not null and {{ has_value('payload', ['mail']) }} then 'ses_event'
            when notification_type is not null and {{ has_value('payload', ['mail']) }} then 'ses_notification'
        end as source
    from marked
),

named as (
    select
        *,
        source in ('ses_event', 'ses_notification') as is_ses,
        source in ('ses_event', 'ses_notification', 'ses_inbound') as is_ses_mail,
        case source
            when 'ses_event' then ses_type
            when 'ses_notification' then notification_type
            when 'ses_inbound' then 'Received'
            when 'ses_account' then {{ json_text('envelope', ['detail-type']) }}
            when 'pinpoint' then pinpoint_type
            when 'eum' then ses_type
        end as raw_event_type
    from identified
),

typed as (
    select
        *,
        {{ event_type_name('raw_event_type') }} as event_type
    from named
),

---------- the fields that identify the event
detailed as (
    select
        *,
        case
            when is_ses then {{ ses_detail('payload', 'event_type') }}
            when source = 'ses_inbound' then {{ json_doc('payload', ['receipt']) }}
            when source is not null then payload
        end as detail
    from typed
),

addressed as (
    select
        *,
        case
            when is_ses then {{ ses_named_recipients('payload', 'detail', 'event_type') }}
            when source = 'ses_inbound' then {{ json_doc('detail', ['recipients']) }}
            when source = 'pinpoint' then {{ pinpoint_named_recipients('payload', 'event_type') }}
        end as named_recipients
    from detailed
),

distinguished as (
    {{ json_texts('addressed', 'detail', {
        'detail_timestamp': ['timestamp'],
        'feedback_id': ['feedbackId'],
        'link': ['link'],
        'ip_address': ['ipAddress'],
        'user_agent': ['userAgent'],
        'delay_type': ['delayType'],
        'reject_reason': ['reason'],
        'template_name': ['templateName'],
        'contact_list': ['contactList'],
        'action_type': ['action', 'type'],
        'action_topic': ['action', 'topicArn'],
        'action_bucket': ['action', 'bucketName'],
        'action_object': ['action', 'objectKey'],
        'action_function': ['action', 'functionArn'],
        'pinpoint_account': ['awsAccountId'],
        'pinpoint_app': ['application', 'app_id'],
        'pinpoint_client': ['client', 'client_id'],
        'pinpoint_session': ['session', 'session_id'],
        'pinpoint_arrival': ['arrival_timestamp'],
        'pinpoint_mail_id': pinpoint_mail('message_id'),
        'pinpoint_mail_sent': pinpoint_mail('message_send_timestamp'),
        'pinpoint_text_id': ['attributes', 'message_id'],
        'pinpoint_text_status': ['attributes', 'record_status'],
        'pinpoint_activity': ['attributes', 'campaign_activity_id'],
        'pinpoint_journey_activity': ['attributes', 'journey_activity_id'],
        'pinpoint_send_status': ['attributes', 'campaign_send_status'],
        'pinpoint_journey_send_status': ['attributes', 'journey_send_status'],
        'pinpoint_feedback': ['attributes', 'feedback'],
        'eum_message_id': ['messageId'],
        'eum_requested': ['messageRequestTimestamp'],
        'eum_status': ['messageStatus'],
        'eum_destination': ['destinationPhoneNumber'],
        'account_text': ['data'],
        'account_origin': ['data', 'origin'],
        'account_status': ['data', 'record', 'status'],
        'account_cause': ['data', 'record', 'cause'],
    }) }}
),

recipients as (
    {{ json_texts('distinguished', 'named_recipients', {
        'first_recipient_address': [0, 'emailAddress'],
        'first_recipient_text': [0],
    }) }}
),

---------- when
clocked as (
    select
        *,
        -- in 2017 Pinpoint's time stood under timestamp
        case when {{ text_bigint('pinpoint_timestamp') }} is null and {{ text_bigint('detail_timestamp') }} is not null then detail_timestamp else pinpoint_timestamp end as pinpoint_time
    from recipients
),

timed as (
    select
        *,
        cast({{ json_length('named_recipients') }} as varchar(20)) as named_recipient_count_text,
        -- Send, Reject and Rendering Failure have no time of their own
        is_ses and event_type in ({{ ses_types_without_own_time() }}) as has_mail_time,
        nullif(case source when 'pinpoint' then coalesce(pinpoint_mail_id, pinpoint_text_id) when 'eum' then eum_message_id else mail_message_id end, '') as message_id,
        case
            when source = 'pinpoint' then case when {{ is_pinpoint_mail('event_type') }}
                then coalesce({{ text_ms_timestamp('pinpoint_mail_sent') }}, {{ text_ms_timestamp('pinpoint_time') }}) end
            when source = 'eum' then {{ text_ms_timestamp('eum_requested') }}
            else {{ trimmed_timestamp('mail_timestamp') }}
        end as mail_sent_at,
        case
            -- the time of Pinpoint's event is the time of the send, also for the events after it
            when source = 'pinpoint' and {{ is_pinpoint_mail('event_type') }} and event_type <> '_email.send'
                then coalesce({{ text_ms_timestamp('pinpoint_arrival') }}, {{ text_ms_timestamp('pinpoint_time') }})
            when source = 'pinpoint' then {{ text_ms_timestamp('pinpoint_time') }}
            when source = 'eum' then {{ text_ms_timestamp('eum_timestamp') }}
            when source = 'ses_account' then {{ trimmed_timestamp(json_text('envelope', ['time'])) }}
            else {{ trimmed_timestamp('detail_timestamp') }}
        end as own_time
    from clocked
),

dated as (
    select
        *,
        case when has_mail_time then mail_sent_at else own_time end as occurred_at,
        case when not has_mail_time then
            case source
                when 'pinpoint' then pinpoint_time
                when 'eum' then eum_timestamp
                when 'ses_account' then {{ json_text('envelope', ['time']) }}
                -- two events may differ in this alone, even where it is not a time
                else coalesce(detail_timestamp, {{ json_written(json_doc('detail', ['timestamp'])) }})
            end
        end as own_time_text
    from timed
),

---------- what an event must have; the same rules, in the same order, as ingestion/events/validate.py
judged as (
    select
        *,
        {{ event_time_text('occurred_at', 'own_time_text') }} as occurred_at_text,
        -- event_id is made of what was written; a number is no message id, but for Pinpoint's attributes, where integers occur
        case
            when {{ text_matches('message_id', '^[-+.0-9eE]+$|^true$|^false$') }}
                and case
                    when source = 'eum' then {{ json_kind(json_doc('detail', ['messageId'])) }} in ('number', 'boolean')
                    when source = 'pinpoint' then {{ json_kind(json_doc('detail', pinpoint_mail('message_id'))) }} in ('number', 'boolean')
                    else false
                end
                then null
            else message_id
        end as string_message_id,
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
                when 'pinpoint' then {{ text_bigint('pinpoint_time') }} is null
                when 'eum' then {{ text_bigint('eum_timestamp') }} is null
                else mail_sent_at is null and own_time is null
            end
                then
                    case when case source
                        when 'pinpoint' then {{ has_value('payload', ['event_timestamp']) }} or {{ has_value('payload', ['timestamp']) }}
                        when 'eum' then {{ has_value('payload', ['eventTimestamp']) }}
                        else {{ has_value('payload', ['mail', 'timestamp']) }} or {{ has_value('detail', ['timestamp']) }}
                    end then 'bad_timestamp' else 'missing_field' end
        end as reason
    from dated
)

select
    ---------- ids
    {{ event_id() }} as event_id,
    {{ text_column('message_id', 'string_message_id') }},
    ---------- what it is
    {{ text_column('source') }},
    {{ text_column('event_type') }},
    reason,
    ---------- timestamps, UTC
    occurred_at,
    {{ text_column('occurred_at_text') }},
    mail_sent_at,
    landed_at,
    {{ run_time() }} as recorded_at,
    ---------- json
    {{ json_stored('envelope') }} as envelope,
    {{ json_stored("case when reason is null then payload end") }} as payload,
    ---------- stored in
    landed_object,
    hour,
    cast(case when reason is not null then line end as {{ type_text(65535) }}) as line,
    {{ md5_text('line') }} as line_md5,
    -- an event that is not about mail is stored by the day it happened; no day comes before the unknown one
    greatest({{ unknown_day() }}, coalesce(
        cast(mail_sent_at as date),
        case when source in ('eum', 'ses_account') or (source = 'pinpoint' and not {{ is_pinpoint_mail('event_type') }}) then cast(occurred_at as date) end,
        {{ unknown_day() }}
    )) as sent_date,
    dt
from judged
