-- Grain: one row per landed event, copies included.
select
    ---------- ids
    event_id,
    message_id,
    ---------- what it is
    source,
    event_type,
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
    {{ md5_text('line') }} as line_md5,
    dt,
    hour,
    sent_date
from {{ ref('landing_records') }}
where reason is null
