-- Grain: one row per account, tenant and campaign: values of the message tag that var('campaign_tag') names.
{{ config(**rebuild_table()) }}

select
    {{ surrogate_key(['account_id', 'tenant_name', 'campaign']) }} as campaign_id,
    account_id,
    tenant_name,
    campaign,
    cast(count(*) as bigint) as messages,
    cast(sum(recipients) as bigint) as recipients,
    min(sent_at) as first_sent_at,
    max(sent_at) as last_sent_at
from {{ ref('fct_messages') }}
where campaign is not null and not is_simulator
group by account_id, tenant_name, campaign
