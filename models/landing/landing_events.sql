-- Grain: one row per landed event, copies included. `event_id` is the same for every copy of an event, by whatever way it came.
with records as (
    select *
    from {{ ref('landing_records') }}
    where reason is null
),

recipients as (
    select
        *,
        case when source in ('ses_event', 'ses_notification') then {{ ses_named_recipients('mail', 'detail', 'event_type') }} end as named_recipients
    from records
)

select
    ---------- ids
    -- over fields of the event alone, never of its transport; the region is no part of it, since opens and clicks do not know theirs
    {{ surrogate_key([
        "'ses'",
        json_text('mail', ['sendingAccountId']),
        'event_type',
        'message_id',
        event_time_text('occurred_at', 'own_time_text'),
        json_text('named_recipients', [0, 'emailAddress']),
        json_text('named_recipients', [0]),
        "cast(" ~ json_length('named_recipients') ~ " as varchar(20))",
        json_text('detail', ['feedbackId']),
        json_text('detail', ['link']),
        json_text('detail', ['ipAddress']),
        json_text('detail', ['userAgent']),
        json_text('detail', ['delayType']),
        json_text('detail', ['reason']),
        json_text('detail', ['templateName']),
        json_text('detail', ['contactList']),
    ]) }} as event_id,
    message_id,
    ---------- text
    source,
    event_type,
    own_time_text,
    ---------- timestamps, UTC
    occurred_at,
    mail_sent_at,
    landed_at,
    ---------- json
    payload,
    envelope,
    mail,
    detail,
    named_recipients,
    ---------- where it lies
    landed_object,
    dt,
    hour,
    sent_date
from recipients
