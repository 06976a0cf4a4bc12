{# first_copies: the CTEs `arriving`, (`known`) and `first_copies`: of the events of `source` in new objects, the first copy of each
   that is not staged yet. Copies that disagree on the day their message was sent are kept once per day: which came first must not matter. #}
{% macro first_copies(source) -%}
    arriving as (
        {{ new_lines(ref('landing_events')) }} and lines.source = '{{ source }}'
    ),

    {%- if is_incremental() %}

    known as (
        {{ known_keys(['event_id', 'sent_date'], 'arriving') }}
    ),
    {%- endif %}

    numbered as (
        select
            arriving.*,
            row_number() over (partition by arriving.event_id, arriving.sent_date order by arriving.landed_at, arriving.landed_object) as copy_number
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

{# The columns that event publishing and feedback notifications have alike. #}
{% macro ses_mail_columns() %}
    ---------- ids
    event_id,
    message_id,
    {{ json_text('mail', ['sendingAccountId']) }} as account_id,
    {{ json_text('detail', ['feedbackId']) }} as feedback_id,
    ---------- the message
    event_type,
    {{ json_text('mail', ['source']) }} as mail_from,
    {{ json_text('mail', ['sourceArn']) }} as source_arn,
    {{ text_extract(json_text('mail', ['sourceArn']), '^[^:]*:[^:]*:[^:]*:([^:]*):') }} as region,
    {{ text_extract(json_text('mail', ['sourceArn']), ':identity/(.*)$') }} as sending_identity,
    {{ json_first('mail', ['commonHeaders', 'from']) }} as header_from,
    {{ json_text('mail', ['commonHeaders', 'subject']) }} as subject,
    {{ json_text('mail', ['commonHeaders', 'messageId']) }} as header_message_id,
    {{ json_text('mail', ['commonHeaders', 'date']) }} as header_date,
    {{ json_text('mail', ['commonHeaders', 'returnPath']) }} as return_path,
    {{ json_bool('mail', ['headersTruncated']) }} as headers_truncated,
    {{ json_length(json_doc('mail', ['destination'])) }} as destination_count,
    {{ json_length('named_recipients') }} as named_recipient_count,
    ---------- delivery, delay, bounce
    {{ json_text('detail', ['bounceType']) }} as bounce_type,
    {{ json_text('detail', ['bounceSubType']) }} as bounce_sub_type,
    {{ json_text('detail', ['reportingMTA']) }} as reporting_mta,
    {{ json_text('detail', ['remoteMtaIp']) }} as remote_mta_ip,
    {{ json_text('detail', ['smtpResponse']) }} as smtp_response,
    {{ json_bigint('detail', ['processingTimeMillis']) }} as processing_time_ms,
    {{ json_text('detail', ['delayType']) }} as delay_type,
    {{ json_timestamp('detail', ['expirationTime']) }} as expires_at,
    ---------- complaint
    {{ json_text('detail', ['complaintSubType']) }} as complaint_sub_type,
    {{ json_text('detail', ['complaintFeedbackType']) }} as complaint_feedback_type,
    {{ json_timestamp('detail', ['arrivalDate']) }} as complaint_arrived_at,
    ---------- open, click, and the reporter of a complaint
    {{ json_text('detail', ['ipAddress']) }} as ip_address,
    {{ json_text('detail', ['userAgent']) }} as user_agent,
    {{ json_text('detail', ['link']) }} as link,
    {{ json_text('detail', ['isBotEvent']) }} as bot_verdict,
    ---------- reject, rendering failure, subscription
    {{ json_text('detail', ['reason']) }} as reject_reason,
    {{ json_text('detail', ['templateName']) }} as template_name,
    {{ json_text('detail', ['errorMessage']) }} as error_message,
    {{ json_text('detail', ['contactList']) }} as contact_list,
    {{ json_text('detail', ['source']) }} as subscription_source,
    {{ json_bool('detail', ['newTopicPreferences', 'unsubscribeAll']) }} as is_unsubscribed_from_all,
    {{ json_bool('detail', ['oldTopicPreferences', 'unsubscribeAll']) }} as was_unsubscribed_from_all,
{%- endmacro %}

{# The columns that end every staging model of SES mail. #}
{% macro ses_mail_last_columns() %}
    ---------- timestamps, UTC
    occurred_at,
    {{ event_time_text('occurred_at', 'own_time_text') }} as occurred_at_text,
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
