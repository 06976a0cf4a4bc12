-- Grain: one row per action on a received message and recipient that matched the receipt rule. A receipt without recipients keeps one row.
with staged as (
    select
        event_id,
        message_id,
        account_id,
        region,
        mail_from,
        header_from,
        subject,
        spam_verdict,
        virus_verdict,
        spf_verdict,
        dkim_verdict,
        dmarc_verdict,
        dmarc_policy,
        action_type,
        content_bytes,
        bucket_name,
        object_key,
        processing_time_ms,
        occurred_at,
        mail_sent_at,
        staged_at,
        sent_date,
        {{ json_read('named_recipients') }} as named_recipients
    from {{ ref('stg_ses__inbound') }}
),

exploded as (
    {{ json_each('staged', [
        'event_id', 'message_id', 'account_id', 'region', 'mail_from', 'header_from', 'subject', 'spam_verdict', 'virus_verdict', 'spf_verdict',
        'dkim_verdict', 'dmarc_verdict', 'dmarc_policy', 'action_type', 'content_bytes', 'bucket_name', 'object_key', 'processing_time_ms',
        'occurred_at', 'mail_sent_at', 'staged_at', 'sent_date',
    ], 'named_recipients', 'recipient') }}
),

written as (
    select
        *,
        {{ json_string(json_text('recipient', []), 'recipient') }} as written_address
    from exploded
),

{{ each_address('written', 'written_address', 'recipient_address') }},

{{ read_address('each_recipient_address', 'mail_from', 'sender_address') }},

{{ read_address('read_sender_address', 'header_from', 'author_address') }}

select
    ---------- ids
    event_id,
    message_id,
    account_id,
    region,
    ---------- the recipient
    recipient_address,
    {{ text_column('recipient_domain', address_domain('recipient_address')) }},
    ---------- the message
    sender_address,
    {{ text_column('sender_domain', address_domain('sender_address')) }},
    {{ text_column('from_domain', address_domain('author_address')) }},
    subject,
    ---------- verdicts
    spam_verdict,
    virus_verdict,
    spf_verdict,
    dkim_verdict,
    dmarc_verdict,
    dmarc_policy,
    ---------- what was done
    action_type,
    content_bytes,
    bucket_name,
    object_key,
    processing_time_ms,
    ---------- timestamps, UTC
    occurred_at,
    mail_sent_at,
    staged_at,
    sent_date
from read_author_address
