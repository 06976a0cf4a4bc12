-- Grain: one row per recipient. The only mart that holds addresses.
{{ config(**rebuild_table()) }}

with addresses as (
    select recipient_key, min(recipient_address) as recipient_address, min(recipient_domain) as recipient_domain
    from {{ ref('int_events_exploded_to_recipients') }}
    where recipient_key is not null
    group by recipient_key
    union all
    -- what events report beside the recipients, apart from those that are recipients too
    select reported_recipient_key as recipient_key, min(reported_address) as recipient_address, min(reported_domain) as recipient_domain
    from {{ ref('int_events_exploded_to_recipients') }}
    where reported_recipient_key is not null
        and reported_recipient_key not in (select recipient_key from {{ ref('int_events_exploded_to_recipients') }} where recipient_key is not null)
    group by reported_recipient_key
),

messages as (
    select
        recipient_key,
        max(case when is_simulator then 1 else 0 end) as is_simulator,
        count(*) as messages,
        min(sent_at) as first_sent_at,
        max(sent_at) as last_sent_at,
        max(last_hard_bounced_at) as last_hard_bounced_at,
        max(last_complained_at) as last_complained_at,
        max(last_unsubscribed_at) as last_unsubscribed_at,
        max(last_opened_at) as last_opened_at,
        max(last_clicked_at) as last_clicked_at
    from {{ ref('fct_message_recipients') }}
    group by recipient_key
)

select
    addresses.recipient_key,
    addresses.recipient_address,
    addresses.recipient_domain,
    coalesce(providers.mailbox_provider, 'other') as mailbox_provider,
    coalesce(messages.is_simulator, 0) = 1 as is_simulator,
    cast(coalesce(messages.messages, 0) as bigint) as messages,
    messages.first_sent_at,
    messages.last_sent_at,
    messages.last_hard_bounced_at,
    messages.last_complained_at,
    messages.last_unsubscribed_at,
    messages.last_opened_at,
    messages.last_clicked_at
from addresses
left join messages on addresses.recipient_key = messages.recipient_key
left join {{ ref('dim_mailbox_providers') }} as providers on addresses.recipient_domain = providers.recipient_domain
