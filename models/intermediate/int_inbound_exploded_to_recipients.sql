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

each_domain as (
    select
        *,
        {{ address_domain('given_address') }} as given_domain,
        {{ address_domain('given_sender') }} as given_sender_domain,
        {{ address_domain('given_author') }} as given_author_domain
    from read_given_author
),

addressed as (
    select
        each_domain.*,
        {{ address_at_domain('each_domain.given_address', 'each_domain.given_domain', 'recipients.encoded') }} as recipient_address,
        coalesce(recipients.encoded, each_domain.given_domain) as recipient_domain,
        {{ address_at_domain('each_domain.given_sender', 'each_domain.given_sender_domain', 'senders.encoded') }} as sender_address,
        coalesce(senders.encoded, each_domain.given_sender_domain) as sender_domain,
        coalesce(authors.encoded, each_domain.given_author_domain) as from_domain
    from each_domain
    left join {{ ref('int_domains_encoded') }} as recipients on each_domain.given_domain = recipients.domain
    left join {{ ref('int_domains_encoded') }} as senders on each_domain.given_sender_domain = senders.domain
    left join {{ ref('int_domains_encoded') }} as authors on each_domain.given_author_domain = authors.domain
)

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
from addressed
