{# first_copies: the CTEs up to `first_copies`: of the events of `source` in new objects, the first copy of each
   that is not staged yet. Copies that disagree on the day their message was sent are kept once per day: which came first must not matter. #}
{% macro first_copies(source) -%}
    {{ new_records(source) }},

    arriving as (
        -- of two copies that arrived at once, the one with the lower md5 is the first
        select *, {{ md5_text('line') }} as line_md5
        from new_records
        where reason is null
    ),

    {%- if is_incremental() %}

    known as (
        -- their days are not known before they are read
        select distinct held.event_id, held.sent_date
        from {{ this }} as held
        inner join (select distinct sent_date from arriving) as days on held.sent_date = days.sent_date
    ),
    {%- endif %}

    numbered as (
        select
            arriving.*,
            row_number() over (partition by arriving.event_id, arriving.sent_date order by arriving.landed_at, arriving.landed_object, arriving.line_md5) as copy_number
        from arriving
        {%- if is_incremental() %}
        left join known on arriving.event_id = known.event_id and arriving.sent_date = known.sent_date
        where known.event_id is null
        {%- endif %}
    ),

    first_copies as (
        select *
        from numbered
        where copy_number = 1
    )
{%- endmacro %}

{# ses_texts: the CTEs from `first_copies` to `ses_texts`: every scalar of an SES event that staging knows, as text. `tags`
   (column: tag) are read from mail.tags: element 0, or the value itself where somebody wrote plain text instead of an array. #}
{% macro ses_texts(tags={}) -%}
    {%- set mail = {
        'account_id': ['mail', 'sendingAccountId'],
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
        'headers_truncated_text': ['mail', 'headersTruncated'],
    } -%}
    {%- for column, tag in tags.items() -%}
        {%- do mail.update({column ~ '_first': ['mail', 'tags', tag, 0], column ~ '_text': ['mail', 'tags', tag]}) -%}
    {%- endfor -%}
    mail_texts as (
        {{ json_texts('first_copies', 'payload', mail) }}
    ),

    ses_texts as (
        {{ json_texts('mail_texts', 'detail', {
            'feedback_id': ['feedbackId'],
            'bounce_type': ['bounceType'],
            'bounce_sub_type': ['bounceSubType'],
            'reporting_mta': ['reportingMTA'],
            'remote_mta_ip': ['remoteMtaIp'],
            'smtp_response': ['smtpResponse'],
            'processing_time_text': ['processingTimeMillis'],
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
            'unsubscribe_text': ['newTopicPreferences', 'unsubscribeAll'],
            'was_unsubscribed_text': ['oldTopicPreferences', 'unsubscribeAll'],
        }) }}
    )
{%- endmacro %}

{# The columns that sent and received mail have alike. #}
{% macro ses_header_columns() -%}
    {{ text_column('header_from', 'coalesce(header_from_first, header_from_text)') }},
    {{ text_columns(['subject', 'header_message_id', 'header_date', 'return_path']) }},
    {{ text_bool('headers_truncated_text') }} as headers_truncated,
    {{ json_length(json_doc('payload', ['mail', 'destination'])) }} as destination_count,
    {{ json_length('named_recipients') }} as named_recipient_count,
{%- endmacro %}

{# The columns that event publishing and feedback notifications have alike. #}
{% macro ses_mail_columns() %}
    ---------- ids
    event_id,
    message_id,
    {{ text_columns(['account_id', 'feedback_id']) }},
    ---------- the message
    event_type,
    {{ text_columns(['mail_from', 'source_arn']) }},
    {{ text_column('region', text_extract('source_arn', '^[^:]*:[^:]*:[^:]*:([^:]*):')) }},
    {{ text_column('sending_identity', text_extract('source_arn', ':identity/(.*)$')) }},
    {{ ses_header_columns() }}
    ---------- delivery, delay, bounce
    {{ text_columns(['bounce_type', 'bounce_sub_type', 'reporting_mta', 'remote_mta_ip', 'smtp_response']) }},
    {{ text_bigint('processing_time_text') }} as processing_time_ms,
    {{ text_column('delay_type') }},
    {{ trimmed_timestamp('expires_text') }} as expires_at,
    ---------- complaint
    {{ text_columns(['complaint_sub_type', 'complaint_feedback_type']) }},
    {{ trimmed_timestamp('complaint_arrived_text') }} as complaint_arrived_at,
    ---------- open, click, and the reporter of a complaint
    {{ text_columns(['ip_address', 'user_agent', 'link', 'bot_verdict']) }},
    ---------- reject, rendering failure, subscription
    {{ text_columns(['reject_reason', 'template_name', 'error_message', 'contact_list', 'subscription_source']) }},
    {{ text_bool('unsubscribe_text') }} as is_unsubscribed_from_all,
    {{ text_bool('was_unsubscribed_text') }} as was_unsubscribed_from_all,
{%- endmacro %}

{# The columns that end every staging model. #}
{% macro staged_last_columns() %}
    ---------- timestamps, UTC
    occurred_at,
    {{ text_column('occurred_at_text', event_time_text('occurred_at', 'own_time_text')) }},
    mail_sent_at,
    landed_at,
    {{ run_time() }} as staged_at,
    ---------- json
    {{ json_stored('named_recipients') }} as named_recipients,
    {{ json_stored('envelope') }} as envelope,
    {{ json_stored('payload') }} as payload,
    ---------- where it lies
    landed_object,
    sent_date
{%- endmacro %}
