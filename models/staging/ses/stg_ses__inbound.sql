-- Grain: one row per action that SES took on a message it received, and day its copies say it was received. Repeats are dropped here.
{{ config(**append_rows(reads='landing_records')) }}

with {{ first_copies(['ses_inbound']) }},

texts as (
    {{ json_strings('first_copies', 'payload', {
        'mail_from': ['mail', 'source'],
        'header_from_first': ['mail', 'commonHeaders', 'from', 0],
        'header_from_text': ['mail', 'commonHeaders', 'from'],
        'subject': ['mail', 'commonHeaders', 'subject'],
        'header_message_id': ['mail', 'commonHeaders', 'messageId'],
        'header_date': ['mail', 'commonHeaders', 'date'],
        'return_path': ['mail', 'commonHeaders', 'returnPath'],
        'spam_verdict': ['receipt', 'spamVerdict', 'status'],
        'virus_verdict': ['receipt', 'virusVerdict', 'status'],
        'spf_verdict': ['receipt', 'spfVerdict', 'status'],
        'dkim_verdict': ['receipt', 'dkimVerdict', 'status'],
        'dmarc_verdict': ['receipt', 'dmarcVerdict', 'status'],
        'dmarc_policy': ['receipt', 'dmarcPolicy'],
        'action_type': ['receipt', 'action', 'type'],
        'topic_arn': ['receipt', 'action', 'topicArn'],
        'content_encoding': ['receipt', 'action', 'encoding'],
        'bucket_name': ['receipt', 'action', 'bucketName'],
        'object_key': ['receipt', 'action', 'objectKey'],
        'function_arn': ['receipt', 'action', 'functionArn'],
        'invocation_type': ['receipt', 'action', 'invocationType'],
        'organization_arn': ['receipt', 'action', 'organizationArn'],
        'smtp_reply_code': ['receipt', 'action', 'smtpReplyCode'],
        'bounce_status_code': ['receipt', 'action', 'statusCode'],
        'bounce_message': ['receipt', 'action', 'message'],
        'bounce_sender': ['receipt', 'action', 'sender'],
    }, scalars={
        'headers_truncated_text': ['mail', 'headersTruncated'],
        'processing_time_text': ['receipt', 'processingTimeMillis'],
    }) }}
),

docs as (
    {{ json_docs('texts', 'payload', {
        'destination': ['mail', 'destination'],
        'recipients': ['receipt', 'recipients'],
    }) }}
),

owned as (
    select
        *,
        coalesce(topic_arn, function_arn, organization_arn) as action_arn
    from docs
)

select
    ---------- ids
    source,
    event_id,
    message_id,
    {{ text_column('account_id', text_extract('action_arn', '^arn:[^:]*:[^:]*:[^:]*:([^:]*):')) }},
    ---------- the message
    event_type,
    {{ text_column('region', text_extract('action_arn', '^arn:[^:]*:[^:]*:([^:]*):')) }},
    {{ text_column('mail_from') }},
    {{ text_column('header_from', 'coalesce(header_from_first, header_from_text)') }},
    {{ text_column('subject') }},
    {{ text_column('header_message_id') }},
    {{ text_column('header_date') }},
    {{ text_column('return_path') }},
    {{ text_bool('headers_truncated_text') }} as headers_truncated,
    {{ json_length('destination') }} as destination_count,
    {{ json_length('recipients') }} as named_recipient_count,
    ---------- verdicts
    {{ text_column('spam_verdict') }},
    {{ text_column('virus_verdict') }},
    {{ text_column('spf_verdict') }},
    {{ text_column('dkim_verdict') }},
    {{ text_column('dmarc_verdict') }},
    {{ text_column('dmarc_policy') }},
    ---------- what was done
    {{ text_column('action_type') }},
    {{ text_column('topic_arn') }},
    {{ text_column('content_encoding') }},
    {{ json_text_bytes(json_read('payload'), ['content']) }} as content_bytes,
    {{ text_column('bucket_name') }},
    {{ text_column('object_key') }},
    {{ text_column('function_arn') }},
    {{ text_column('invocation_type') }},
    {{ text_column('organization_arn') }},
    {{ text_column('smtp_reply_code') }},
    {{ text_column('bounce_status_code') }},
    {{ text_column('bounce_message') }},
    {{ text_column('bounce_sender') }},
    {{ text_bigint('processing_time_text') }} as processing_time_ms,
    ---------- timestamps, UTC
    occurred_at,
    occurred_at_text,
    mail_sent_at,
    landed_at,
    recorded_at,
    {{ run_time() }} as staged_at,
    ---------- json
    {{ json_stored('recipients') }} as named_recipients,
    ---------- stored in; landing_records has the payload
    landed_object,
    sent_date
from owned
