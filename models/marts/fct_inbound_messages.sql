-- Grain: one row per message that SES received and recipient that matched a receipt rule: its verdicts, and what was done with it.
{{ config(**restate_messages(key='inbound_message_id', reads='int_inbound_exploded_to_recipients')) }}

with {{ restated_events(ref('int_inbound_exploded_to_recipients'), touched_in='int_inbound_exploded_to_recipients') }},

summed as (
    select
        message_id,
        recipient_key,
        min(recipient_domain) as recipient_domain,
        min(account_id) as account_id,
        min(region) as region,
        min(sender_key) as sender_key,
        min(sender_domain) as sender_domain,
        min(from_domain) as from_domain,
        min(subject) as subject,
        -- where copies disagree FAIL comes first, and it does in the alphabet
        min(spam_verdict) as spam_verdict,
        min(virus_verdict) as virus_verdict,
        min(spf_verdict) as spf_verdict,
        min(dkim_verdict) as dkim_verdict,
        min(dmarc_verdict) as dmarc_verdict,
        min(dmarc_policy) as dmarc_policy,
        count(distinct event_id) as actions,
        max(case when action_type = 'S3' then 1 else 0 end) as is_stored,
        max(case when action_type = 'SNS' then 1 else 0 end) as is_published,
        max(case when action_type = 'Lambda' then 1 else 0 end) as is_handed_to_lambda,
        max(case when action_type = 'WorkMail' then 1 else 0 end) as is_handed_to_workmail,
        max(case when action_type = 'Bounce' then 1 else 0 end) as is_bounced,
        max(case when action_type = 'Stop' then 1 else 0 end) as is_stopped,
        min(bucket_name) as bucket_name,
        min(object_key) as object_key,
        max(content_bytes) as content_bytes,
        max(processing_time_ms) as processing_time_ms,
        min(mail_sent_at) as received_at,
        min(occurred_at) as first_action_at,
        max(occurred_at) as last_action_at,
        min(case when sent_date > {{ unknown_day() }} then sent_date end) as sent_date
    from events
    group by message_id, recipient_key
)

select
    ---------- ids
    {{ surrogate_key(['message_id', 'recipient_key']) }} as inbound_message_id,
    message_id,
    recipient_key,
    sender_key,
    account_id,
    region,
    ---------- the message
    recipient_domain,
    sender_domain,
    from_domain,
    subject,
    ---------- verdicts
    spam_verdict,
    virus_verdict,
    spf_verdict,
    dkim_verdict,
    dmarc_verdict,
    dmarc_policy,
    ---------- what was done
    cast(actions as bigint) as actions,
    is_stored = 1 as is_stored,
    is_published = 1 as is_published,
    is_handed_to_lambda = 1 as is_handed_to_lambda,
    is_handed_to_workmail = 1 as is_handed_to_workmail,
    is_bounced = 1 as is_bounced,
    is_stopped = 1 as is_stopped,
    bucket_name,
    object_key,
    content_bytes,
    processing_time_ms,
    ---------- timestamps, UTC
    received_at,
    first_action_at,
    last_action_at,
    {{ run_time() }} as restated_at,
    coalesce(sent_date, {{ unknown_day() }}) as sent_date
from summed
{{ day_order() }}
