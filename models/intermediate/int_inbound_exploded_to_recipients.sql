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
        {{ json_string('recipient', []) }} as written_address
    from exploded
),

{{ each_address('written', 'written_address', 'given_address') }},

{{ read_address('each_given_address', 'mail_from', 'given_sender') }},

{{ read_address('read_given_sender', 'header_from', 'given_author') }},

{{ encoded_address('read_given_author', 'given_address', 'recipient_address', 'recipient_domain', ref('int_domains_encoded')) }},

{{ encoded_address('encoded_recipient_address', 'given_sender', 'sender_address', 'sender_domain', ref('int_domains_encoded')) }},

{{ encoded_address('encoded_sender_address', 'given_author', 'author_address', 'from_domain', ref('int_domains_encoded')) }}

select
    ---------- ids
    event_id,
    message_id,
    account_id,
    region,
    ---------- the recipient
    {{ text_column('recipient_address') }},
    {{ md5_text('recipient_address') }} as recipient_key,
    {{ text_column('recipient_domain') }},
    ---------- the message
    {{ md5_text('sender_address') }} as sender_key,
    {{ text_column('sender_domain') }},
    {{ text_column('from_domain') }},
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
from encoded_author_address
