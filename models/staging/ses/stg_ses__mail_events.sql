-- Grain: one row per SES event about sent mail, source (event publishing or feedback notification) and day that its copies say its
-- message was sent. Repeats are dropped here.
{{ config(**append_rows(reads='landing_records')) }}

with {{ first_copies(['ses_event', 'ses_notification']) }},

mail_texts as (
    {{ json_strings('first_copies', 'payload', {
        'mail_from': ['mail', 'source'],
        'source_arn': ['mail', 'sourceArn'],
        'mail_source_ip': ['mail', 'sourceIp'],
        'mail_caller_identity': ['mail', 'callerIdentity'],
        'header_from_first': ['mail', 'commonHeaders', 'from', 0],
        'header_from_text': ['mail', 'commonHeaders', 'from'],
        'subject': ['mail', 'commonHeaders', 'subject'],
        'header_message_id': ['mail', 'commonHeaders', 'messageId'],
        'header_date': ['mail', 'commonHeaders', 'date'],
        'return_path': ['mail', 'commonHeaders', 'returnPath'],
    }, scalars={'headers_truncated_text': ['mail', 'headersTruncated']}) }}
),

mail_docs as (
    {{ json_docs('mail_texts', 'payload', {
        'mail_tags': ['mail', 'tags'],
        'destination': ['mail', 'destination'],
        'link_tags': ['click', 'linkTags'],
        'account_doc': ['mail', 'sendingAccountId'],
    }) }}
),

tagged as (
    select
        *,
        case when source = 'ses_event' then mail_tags end as tags
    from mail_docs
),

-- a tag is a list of values; hand-made events have plain text
tag_texts as (
    {{ json_strings('tagged', 'tags', {
        'configuration_set_first': ['ses:configuration-set', 0],
        'configuration_set_text': ['ses:configuration-set'],
        'campaign_first': [var('campaign_tag'), 0],
        'campaign_text': [var('campaign_tag')],
        'tenant_name_first': ['ses:tenant-name', 0],
        'tenant_name_text': ['ses:tenant-name'],
        'from_domain_first': ['ses:from-domain', 0],
        'from_domain_text': ['ses:from-domain'],
        'source_ip_first': ['ses:source-ip', 0],
        'source_ip_text': ['ses:source-ip'],
        'caller_identity_first': ['ses:caller-identity', 0],
        'caller_identity_text': ['ses:caller-identity'],
        'operation_first': ['ses:operation', 0],
        'operation_text': ['ses:operation'],
        'source_tls_version_first': ['ses:source-tls-version', 0],
        'source_tls_version_text': ['ses:source-tls-version'],
        'outgoing_ip_first': ['ses:outgoing-ip', 0],
        'outgoing_ip_text': ['ses:outgoing-ip'],
        'outgoing_tls_version_first': ['ses:outgoing-tls-version', 0],
        'outgoing_tls_version_text': ['ses:outgoing-tls-version'],
    }) }}
),

-- the object with the fields of the event's own type
detailed as (
    select
        *,
        {{ ses_detail(json_read('payload'), 'event_type') }} as detail
    from tag_texts
),

detail_texts as (
    {{ json_strings('detailed', 'detail', {
        'feedback_id': ['feedbackId'],
        'bounce_type': ['bounceType'],
        'bounce_sub_type': ['bounceSubType'],
        'reporting_mta': ['reportingMTA'],
        'remote_mta_ip': ['remoteMtaIp'],
        'smtp_response': ['smtpResponse'],
        'delay_type': ['delayType'],
        'expires_text': ['expirationTime'],
        'complaint_sub_type': ['complaintSubType'],
        'complaint_feedback_type': ['complaintFeedbackType'],
        'complaint_arrived_text': ['arrivalDate'],
        'ip_address': ['ipAddress'],
        'user_agent': ['userAgent'],
        'link': ['link'],
        'bot_verdict': ['isBotEvent'],
        'reject_reason': ['reason'],
        'template_name': ['templateName'],
        'error_message': ['errorMessage'],
        'contact_list': ['contactList'],
        'subscription_source': ['source'],
    }, scalars={
        'processing_time_text': ['processingTimeMillis'],
        'unsubscribe_text': ['newTopicPreferences', 'unsubscribeAll'],
        'was_unsubscribed_text': ['oldTopicPreferences', 'unsubscribeAll'],
    }) }}
),

named as (
    select
        *,
        {{ ses_named_recipients(json_read('payload'), 'detail', 'event_type') }} as recipients,
        coalesce(header_from_first, header_from_text) as header_from,
        coalesce(from_domain_first, from_domain_text) as from_domain_value
    from detail_texts
),

-- an event without the tag takes the domain of its first author, else of its envelope's sender
untagged as (
    select
        *,
        case when from_domain_value is null then header_from end as author_text,
        case when from_domain_value is null then mail_from end as sender_text
    from named
),

{{ read_address('untagged', 'author_text', 'author_address') }},

{{ read_address('read_author_address', 'sender_text', 'sender_address') }},

authored as (
    select
        *,
        -- what stands there is a domain, unless a stranger wrote the event
        case when from_domain_value not like '%@%' then from_domain_value end as from_domain_written,
        coalesce({{ address_domain('author_address') }}, {{ address_domain('sender_address') }}) as author_domain
    from read_sender_address
)

select
    ---------- ids
    source,
    event_id,
    message_id,
    {{ text_column('account_id', json_string('account_doc', [])) }},
    {{ text_column('feedback_id') }},
    ---------- the message
    event_type,
    {{ text_column('mail_from') }},
    {{ text_column('source_arn') }},
    {{ text_column('region', text_extract('source_arn', '^[^:]*:[^:]*:[^:]*:([^:]*):')) }},
    {{ text_column('sending_identity', text_extract('source_arn', '^[^/]*:identity/(.*)$')) }},
    {{ text_column('header_from') }},
    {{ text_column('subject') }},
    {{ text_column('header_message_id') }},
    {{ text_column('header_date') }},
    {{ text_column('return_path') }},
    {{ text_bool('headers_truncated_text') }} as headers_truncated,
    {{ json_length('destination') }} as destination_count,
    {{ json_length('recipients') }} as named_recipient_count,
    ---------- delivery, delay, bounce
    {{ text_column('bounce_type') }},
    {{ text_column('bounce_sub_type') }},
    {{ text_column('reporting_mta') }},
    {{ text_column('remote_mta_ip') }},
    {{ text_column('smtp_response') }},
    {{ text_bigint('processing_time_text') }} as processing_time_ms,
    {{ text_column('delay_type') }},
    {{ trimmed_timestamp('expires_text') }} as expires_at,
    ---------- complaint
    {{ text_column('complaint_sub_type') }},
    {{ text_column('complaint_feedback_type') }},
    {{ trimmed_timestamp('complaint_arrived_text') }} as complaint_arrived_at,
    ---------- open, click, and the reporter of a complaint
    {{ text_column('ip_address') }},
    {{ text_column('user_agent') }},
    {{ text_column('link') }},
    {{ text_column('bot_verdict') }},
    ---------- reject, rendering failure, subscription
    {{ text_column('reject_reason') }},
    {{ text_column('template_name') }},
    {{ text_column('error_message') }},
    {{ text_column('contact_list') }},
    {{ text_column('subscription_source') }},
    {{ text_bool('unsubscribe_text') }} as is_unsubscribed_from_all,
    {{ text_bool('was_unsubscribed_text') }} as was_unsubscribed_from_all,
    ---------- tags of event publishing; a notification has the sender's domain, address and identity in its mail, an event without the tag its domain
    {{ text_column('configuration_set', 'coalesce(configuration_set_first, configuration_set_text)') }},
    {{ text_column('campaign', 'coalesce(campaign_first, campaign_text)') }},
    {{ text_column('tenant_name', 'coalesce(tenant_name_first, tenant_name_text)') }},
    {{ text_column('from_domain_tag', 'from_domain_written') }},
    {{ text_column('from_domain', 'coalesce(from_domain_written, author_domain)') }},
    {{ text_column('source_ip', "case when source = 'ses_event' then coalesce(source_ip_first, source_ip_text) else mail_source_ip end") }},
    {{ text_column('caller_identity', "case when source = 'ses_event' then coalesce(caller_identity_first, caller_identity_text) else mail_caller_identity end") }},
    {{ text_column('operation', 'coalesce(operation_first, operation_text)') }},
    {{ text_column('source_tls_version', 'coalesce(source_tls_version_first, source_tls_version_text)') }},
    {{ text_column('outgoing_ip', 'coalesce(outgoing_ip_first, outgoing_ip_text)') }},
    {{ text_column('outgoing_tls_version', 'coalesce(outgoing_tls_version_first, outgoing_tls_version_text)') }},
    ---------- timestamps, UTC
    occurred_at,
    occurred_at_text,
    mail_sent_at,
    landed_at,
    recorded_at,
    {{ run_time() }} as staged_at,
    ---------- json
    {{ json_stored('recipients') }} as named_recipients,
    {{ json_stored('destination') }} as destinations,
    {{ json_stored('tags') }} as tags,
    {{ json_stored('link_tags') }} as link_tags,
    ---------- stored in; landing_records has the payload
    landed_object,
    sent_date
from authored
