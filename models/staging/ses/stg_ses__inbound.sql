-- Grain: one row per action that SES took on a message it received, and day its copies say it was received. Repeats are dropped here.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append')) }}

with {{ first_copies('ses_inbound') }},

mail_texts as (
    {{ json_texts('first_copies', 'payload', {
        'mail_from': ['mail', 'source'],
        'header_from_first': ['mail', 'commonHeaders', 'from', 0],
        'header_from_text': ['mail', 'commonHeaders', 'from'],
        'subject': ['mail', 'commonHeaders', 'subject'],
        'header_message_id': ['mail', 'commonHeaders', 'messageId'],
        'header_date': ['mail', 'commonHeaders', 'date'],
        'return_path': ['mail', 'commonHeaders', 'returnPath'],
        'headers_truncated_text': ['mail', 'headersTruncated'],
    }) }}
),

receipt_texts as (
    {{ json_texts('mail_texts', 'detail', {
        'processing_time_text': ['processingTimeMillis'],
        'spam_verdict': ['spamVerdict', 'status'],
        'virus_verdict': ['virusVerdict', 'status'],
        'spf_verdict': ['spfVerdict', 'status'],
        'dkim_verdict': ['dkimVerdict', 'status'],
        'dmarc_verdict': ['dmarcVerdict', 'status'],
        'dmarc_policy': ['dmarcPolicy'],
        'action_type': ['action', 'type'],
        'topic_arn': ['action', 'topicArn'],
        'content_encoding': ['action', 'encoding'],
        'bucket_name': ['action', 'bucketName'],
        'object_key': ['action', 'objectKey'],
        'function_arn': ['action', 'functionArn'],
        'invocation_type': ['action', 'invocationType'],
        'organization_arn': ['action', 'organizationArn'],
        'smtp_reply_code': ['action', 'smtpReplyCode'],
        'bounce_status_code': ['action', 'statusCode'],
        'bounce_message': ['action', 'message'],
        'bounce_sender': ['action', 'sender'],
    }) }}
)

select
    ---------- ids
    event_id,
    message_id,
    {{ text_column('account_id', text_extract('coalesce(topic_arn, function_arn, organization_arn)', '^arn:[^:]*:[^:]*:[^:]*:([^:]*):')) }},
    ---------- the message
    event_type,
    {{ text_column('region', text_extract('coalesce(topic_arn, function_arn, organization_arn)', '^arn:[^:]*:[^:]*:([^:]*):')) }},
    {{ text_column('mail_from') }},
    {{ ses_header_columns() }}
    ---------- verdicts
    {{ text_columns(['spam_verdict', 'virus_verdict', 'spf_verdict', 'dkim_verdict', 'dmarc_verdict', 'dmarc_policy']) }},
    ---------- what was done
    {{ text_columns(['action_type', 'topic_arn', 'content_encoding']) }},
    {{ json_text_bytes('payload', ['content']) }} as content_bytes,
    {{ text_columns(['bucket_name', 'object_key', 'function_arn', 'invocation_type', 'organization_arn']) }},
    {{ text_columns(['smtp_reply_code', 'bounce_status_code', 'bounce_message', 'bounce_sender']) }},
    {{ text_bigint('processing_time_text') }} as processing_time_ms,
    {{ staged_last_columns() }}
from receipt_texts
{{ day_order() }}
