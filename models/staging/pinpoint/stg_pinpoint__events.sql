-- Grain: one row per Pinpoint event (mail, text message, campaign, journey, app) and day its copies say its message was sent. Repeats are dropped here.
{{ config(**append_rows(reads='landing_records')) }}

{% set mail_event = pinpoint_mail_event() %}

with {{ first_copies(['pinpoint']) }},

-- attributes are strings, and integers in events that somebody published again
texts as (
    {{ json_strings('first_copies', 'payload', {
        'app_id': ['application', 'app_id'],
        'client_id': ['client', 'client_id'],
        'cognito_id': ['client', 'cognito_id'],
        'session_id': ['session', 'session_id'],
        'platform_name': ['device', 'platform', 'name'],
        'platform_version': ['device', 'platform', 'version'],
        'device_make': ['device', 'make'],
        'device_model': ['device', 'model'],
        'locale_code': ['device', 'locale', 'code'],
        'raw_event_type': ['event_type'],
        'event_version': ['event_version'],
        'endpoint_text': ['client_context', 'custom', 'endpoint'],
        'mail_from': mail_event + ['mail', 'from_address'],
        'header_from': mail_event + ['mail', 'common_headers', 'from'],
        'subject': mail_event + ['mail', 'common_headers', 'subject'],
        'header_date': mail_event + ['mail', 'common_headers', 'date'],
        'smtp_response': mail_event + ['delivery', 'smtp_response'],
        'reporting_mta': mail_event + ['delivery', 'reporting_mta'],
        'reported_bounce_type': mail_event + ['bounce', 'bounce_type'],
        'bounce_sub_type': mail_event + ['bounce', 'bounce_sub_type'],
        'complaint_feedback_type': mail_event + ['complaint', 'complaint_feedback_type'],
        'bounce_feedback_id': mail_event + ['bounce', 'feedback_id'],
        'complaint_feedback_id': mail_event + ['complaint', 'feedback_id'],
        'open_ip_address': mail_event + ['open', 'ip_address'],
        'click_ip_address': mail_event + ['click', 'ip_address'],
        'open_user_agent': mail_event + ['open', 'user_agent'],
        'click_user_agent': mail_event + ['click', 'user_agent'],
        'click_link': mail_event + ['click', 'link'],
    }, scalars={
        'session_started_text': ['session', 'start_timestamp'],
        'session_stopped_text': ['session', 'stop_timestamp'],
        'arrived_text': ['arrival_timestamp'],
        'feedback': ['attributes', 'feedback'],
        'campaign_id': ['attributes', 'campaign_id'],
        'campaign_activity_id': ['attributes', 'campaign_activity_id'],
        'treatment_id': ['attributes', 'treatment_id'],
        'campaign_type': ['attributes', 'campaign_type'],
        'campaign_send_status': ['attributes', 'campaign_send_status'],
        'delivery_type': ['attributes', 'delivery_type'],
        'journey_id': ['attributes', 'journey_id'],
        'journey_run_id': ['attributes', 'journey_run_id'],
        'journey_activity_id': ['attributes', 'journey_activity_id'],
        'journey_activity_type': ['attributes', 'journey_activity_type'],
        'journey_send_status': ['attributes', 'journey_send_status'],
        'journey_send_status_message': ['attributes', 'journey_send_status_message'],
        'journey_send_status_code': ['attributes', 'journey_send_status_code'],
        'sender_request_id': ['attributes', 'sender_request_id'],
        'record_status': ['attributes', 'record_status'],
        'origination': ['attributes', 'origination_phone_number'],
        'destination': ['attributes', 'destination_phone_number'],
        'iso_country_code': ['attributes', 'iso_country_code'],
        'mcc_mnc': ['attributes', 'mcc_mnc'],
        'message_type': ['attributes', 'message_type'],
        'parts_text': ['attributes', 'number_of_message_parts'],
        'customer_context': ['attributes', 'customer_context'],
        'price_text': ['metrics', 'price_in_millicents_usd'],
        'headers_truncated_text': mail_event + ['mail', 'headers_truncated'],
        'processing_time_text': mail_event + ['delivery', 'processing_time_millis'],
    }) }}
),

docs as (
    {{ json_docs('texts', 'payload', {
        'account_doc': ['awsAccountId'],
        'endpoint_doc': ['endpoint'],
        'destination_list': mail_event + ['mail', 'destination'],
    }) }}
),

-- the endpoint is an object, or text that contains one; text that is not JSON must not lose the row
with_endpoint as (
    select
        *,
        coalesce(endpoint_doc, {{ json_parsed('endpoint_text') }}) as endpoint,
        {{ pinpoint_named_recipients('payload', 'event_type') }} as recipients
    from docs
),

endpoints as (
    {{ json_strings('with_endpoint', 'endpoint', {
        'endpoint_channel': ['ChannelType'],
        'endpoint_address': ['Address'],
        'endpoint_status': ['EndpointStatus'],
        'endpoint_opt_out': ['OptOut'],
        'endpoint_user_id': ['User', 'UserId'],
    }) }}
),

{{ read_address('endpoints', 'header_from', 'author_address') }},

{{ read_address('read_author_address', 'mail_from', 'sender_address') }},

authored as (
    select
        *,
        coalesce({{ address_domain('author_address') }}, {{ address_domain('sender_address') }}) as author_domain
    from read_sender_address
)

select
    ---------- ids
    source,
    event_id,
    message_id,
    {{ text_column('account_id', json_string('account_doc', [])) }},
    {{ text_column('app_id') }},
    {{ text_column('client_id') }},
    {{ text_column('cognito_id') }},
    {{ text_column('session_id') }},
    ---------- the event
    event_type,
    {{ text_column('raw_event_type') }},
    {{ text_column('event_version') }},
    {{ text_column('feedback') }},
    ---------- where from
    {{ text_column('platform_name') }},
    {{ text_column('platform_version') }},
    {{ text_column('device_make') }},
    {{ text_column('device_model') }},
    {{ text_column('locale_code') }},
    {{ text_column('endpoint_channel') }},
    {{ text_column('endpoint_address') }},
    {{ text_column('endpoint_status') }},
    {{ text_column('endpoint_opt_out') }},
    {{ text_column('endpoint_user_id') }},
    ---------- campaign and journey
    {{ text_column('campaign_id') }},
    {{ text_column('campaign_activity_id') }},
    {{ text_column('treatment_id') }},
    {{ text_column('campaign_type') }},
    {{ text_column('campaign_send_status') }},
    {{ text_column('delivery_type') }},
    {{ text_column('journey_id') }},
    {{ text_column('journey_run_id') }},
    {{ text_column('journey_activity_id') }},
    {{ text_column('journey_activity_type') }},
    {{ text_column('journey_send_status') }},
    {{ text_column('journey_send_status_message') }},
    {{ text_column('journey_send_status_code') }},
    ---------- text messages
    {{ text_column('sender_request_id') }},
    {{ text_column('record_status') }},
    {{ text_column('origination') }},
    {{ text_column('destination') }},
    {{ text_column('iso_country_code') }},
    {{ text_column('mcc_mnc') }},
    {{ text_column('message_type') }},
    {{ text_bigint('parts_text') }} as parts,
    cast({{ text_double('price_text') }} as {{ type_double() }}) / 100000 as price_usd,
    {{ text_column('customer_context') }},
    ---------- mail, in SES's terms
    {{ text_column('mail_event_type', pinpoint_mail_type_name('event_type')) }},
    {{ text_column('mail_from') }},
    {{ text_column('header_from') }},
    {{ text_column('from_domain', 'author_domain') }},
    {{ text_column('subject') }},
    {{ text_column('header_date') }},
    {{ text_bool('headers_truncated_text') }} as headers_truncated,
    {{ json_length('destination_list') }} as destination_count,
    {{ json_length('recipients') }} as named_recipient_count,
    {{ text_column('feedback_id', 'coalesce(bounce_feedback_id, complaint_feedback_id)') }},
    {{ text_column('bounce_type', pinpoint_bounce_type('event_type')) }},
    {{ text_column('reported_bounce_type') }},
    {{ text_column('bounce_sub_type') }},
    {{ text_column('reporting_mta') }},
    {{ text_column('smtp_response') }},
    {{ text_bigint('processing_time_text') }} as processing_time_ms,
    {{ text_column('complaint_feedback_type') }},
    {{ text_column('ip_address', 'coalesce(open_ip_address, click_ip_address)') }},
    {{ text_column('user_agent', 'coalesce(open_user_agent, click_user_agent)') }},
    -- the feedback of a click is the link too
    {{ text_column('link', "coalesce(click_link, case when event_type = '_email.click' then feedback end)") }},
    ---------- timestamps, UTC
    {{ text_ms_timestamp('arrived_text') }} as arrived_at,
    {{ text_ms_timestamp('session_started_text') }} as session_started_at,
    {{ text_ms_timestamp('session_stopped_text') }} as session_stopped_at,
    occurred_at,
    occurred_at_text,
    mail_sent_at,
    landed_at,
    recorded_at,
    {{ run_time() }} as staged_at,
    ---------- json
    {{ json_stored('recipients') }} as named_recipients,
    {{ json_stored('destination_list') }} as destinations,
    ---------- stored in; landing_records has the payload
    landed_object,
    sent_date
from authored
