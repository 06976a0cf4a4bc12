-- Grain: one row per landed line that is not blank, wrapped or bare, in one shape; with the reason where it is no event.
with lines as (
    select landed_object, dt, hour, line, doc
    from {{ landed_rows() }} as landed
),

wrapped as (
    select
        *,
        {{ json_text('doc', ['source']) }} in ('ses_event', 'ses_notification', 'ses_inbound', 'ses_account', 'pinpoint', 'eum')
        and {{ json_kind(json_doc('doc', ['payload'])) }} is not null as is_wrapped
    from lines
),

unwrapped as (
    select
        *,
        case when is_wrapped then {{ json_doc('doc', ['payload']) }} else doc end as payload,
        case when is_wrapped then {{ json_doc('doc', ['envelope']) }} end as envelope,
        coalesce(case when is_wrapped then {{ json_timestamp('doc', ['landed_at']) }} end, {{ hour_start('dt', 'hour') }}) as landed_at
    from wrapped
),

identified as (
    select
        *,
        -- in the order of the event reference, section 0
        case
            when is_wrapped then {{ json_text('doc', ['source']) }}
            when {{ json_text('payload', ['notificationType']) }} = 'Received' and {{ json_kind(json_doc('payload', ['receipt'])) }} = 'object' then 'ses_inbound'
            when {{ json_text('payload', ['eventVersion']) }} is not null and {{ text_matches(json_text('payload', ['eventType']), '^(TEXT|MEDIA|VOICE|RCS)_') }} then 'eum'
            when {{ json_text('payload', ['event_type']) }} is not null then 'pinpoint'
            when {{ json_text('payload', ['eventType']) }} is not null and {{ json_kind(json_doc('payload', ['mail'])) }} = 'object' then 'ses_event'
            when {{ json_text('payload', ['notificationType']) }} is not null and {{ json_kind(json_doc('payload', ['mail'])) }} = 'object' then 'ses_notification'
        end as source,
        {{ json_doc('payload', ['mail']) }} as mail
    from unwrapped
),

named as (
    select
        *,
        {{ event_type_name(
            "case source when 'ses_event' then " ~ json_text('payload', ['eventType'])
            ~ " when 'eum' then " ~ json_text('payload', ['eventType'])
            ~ " when 'ses_notification' then " ~ json_text('payload', ['notificationType'])
            ~ " when 'ses_inbound' then 'Received' when 'pinpoint' then " ~ json_text('payload', ['event_type'])
            ~ " when 'ses_account' then " ~ json_text('envelope', ['detail-type']) ~ " end"
        ) }} as event_type,
        {{ json_text('mail', ['messageId']) }} as message_id,
        {{ json_timestamp('mail', ['timestamp']) }} as mail_sent_at
    from identified
),

detailed as (
    select
        *,
        case when source in ('ses_event', 'ses_notification') then {{ ses_detail('payload', 'event_type') }} end as detail
    from named
),

timed as (
    select
        *,
        {{ json_text('detail', ['timestamp']) }} as own_time_text,
        {{ json_timestamp('detail', ['timestamp']) }} as own_time,
        case
            when source = 'pinpoint' then {{ json_bigint('payload', ['event_timestamp']) }} is not null
            when source = 'eum' then {{ json_bigint('payload', ['eventTimestamp']) }} is not null
            when source = 'ses_account' then {{ json_text('envelope', ['time']) }} is not null
            when source = 'ses_inbound' then mail_sent_at is not null or {{ json_timestamp('payload', ['receipt', 'timestamp']) }} is not null
            else mail_sent_at is not null or {{ json_timestamp('detail', ['timestamp']) }} is not null
        end as has_time
    from detailed
)

select
    ---------- where it lies
    landed_object,
    dt,
    hour,
    line,
    ---------- what it is
    source,
    event_type,
    -- the least that an event must have; the same rules as ingestion/events/check.py
    case
        when doc is null then 'not_json'
        when {{ json_kind('payload') }} <> 'object' then 'not_an_object'
        when source is null then 'unknown_shape'
        when event_type is null then 'missing_field'
        when source in ('ses_event', 'ses_notification', 'ses_inbound') and message_id is null then 'missing_field'
        when not has_time then 'bad_timestamp'
    end as reason,
    message_id,
    ---------- timestamps, UTC
    landed_at,
    mail_sent_at,
    -- Send, Reject and Rendering Failure have no time of their own
    case when event_type in ('send', 'reject', 'rendering_failure') then mail_sent_at else own_time end as occurred_at,
    case when event_type not in ('send', 'reject', 'rendering_failure') then own_time_text end as own_time_text,
    coalesce(cast(mail_sent_at as date), {{ unknown_day() }}) as sent_date,
    ---------- json
    payload,
    envelope,
    mail,
    detail
from timed
