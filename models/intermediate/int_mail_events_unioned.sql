-- Grain: one row per event about sent mail, as staged: event publishing, feedback notifications and Pinpoint's mail in SES's terms.
select
    ---------- ids
    source,
    event_id,
    message_id,
    account_id,
    region,
    feedback_id,
    ---------- the message
    event_type,
    sending_identity,
    from_domain_tag,
    from_domain,
    subject,
    destination_count,
    named_recipient_count,
    ---------- delivery, delay, bounce
    bounce_type,
    bounce_sub_type,
    reporting_mta,
    remote_mta_ip,
    smtp_response,
    processing_time_ms,
    delay_type,
    expires_at,
    ---------- complaint
    complaint_sub_type,
    complaint_feedback_type,
    ---------- open and click
    ip_address,
    user_agent,
    link,
    bot_verdict,
    ---------- reject, rendering failure, subscription
    reject_reason,
    template_name,
    error_message,
    contact_list,
    is_unsubscribed_from_all,
    ---------- tags
    configuration_set,
    campaign,
    tenant_name,
    outgoing_ip,
    ---------- timestamps, UTC
    occurred_at,
    occurred_at_text,
    mail_sent_at,
    staged_at,
    ---------- json
    named_recipients,
    destinations,
    sent_date
from {{ ref('stg_ses__mail_events') }}
union all
select
    ---------- ids
    source,
    event_id,
    message_id,
    account_id,
    cast(null as {{ text_type('region') }}) as region,
    feedback_id,
    ---------- the message
    mail_event_type as event_type,
    cast(null as {{ text_type('sending_identity') }}) as sending_identity,
    cast(null as {{ text_type('from_domain') }}) as from_domain_tag,
    from_domain,
    subject,
    destination_count,
    named_recipient_count,
    ---------- delivery, delay, bounce
    bounce_type,
    bounce_sub_type,
    reporting_mta,
    cast(null as {{ text_type('remote_mta_ip') }}) as remote_mta_ip,
    smtp_response,
    processing_time_ms,
    cast(null as {{ text_type('delay_type') }}) as delay_type,
    cast(null as {{ type_timestamp() }}) as expires_at,
    ---------- complaint
    cast(null as {{ text_type('complaint_sub_type') }}) as complaint_sub_type,
    complaint_feedback_type,
    ---------- open and click
    ip_address,
    user_agent,
    link,
    cast(null as {{ text_type('bot_verdict') }}) as bot_verdict,
    ---------- reject, rendering failure, subscription
    cast(null as {{ text_type('reject_reason') }}) as reject_reason,
    cast(null as {{ text_type('template_name') }}) as template_name,
    cast(null as {{ text_type('error_message') }}) as error_message,
    cast(null as {{ text_type('contact_list') }}) as contact_list,
    case when mail_event_type = 'subscription' then true end as is_unsubscribed_from_all,
    ---------- tags
    cast(null as {{ text_type('configuration_set') }}) as configuration_set,
    coalesce(campaign_id, journey_id) as campaign,
    cast(null as {{ text_type('tenant_name') }}) as tenant_name,
    cast(null as {{ text_type('outgoing_ip') }}) as outgoing_ip,
    ---------- timestamps, UTC
    occurred_at,
    occurred_at_text,
    mail_sent_at,
    staged_at,
    ---------- json
    named_recipients,
    destinations,
    sent_date
from {{ ref('stg_pinpoint__events') }}
where {{ is_pinpoint_mail('event_type') }} and message_id is not null
