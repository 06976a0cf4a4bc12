-- Grain: one row per account, region and configuration set that sent mail.
{{ config(**rebuild_table()) }}

select
    {{ surrogate_key(['account_id', 'region', 'configuration_set']) }} as configuration_set_id,
    account_id,
    region,
    configuration_set,
    cast(count(*) as bigint) as messages,
    cast(sum(recipients) as bigint) as recipients,
    min(sent_at) as first_sent_at,
    max(sent_at) as last_sent_at
from {{ ref('fct_messages') }}
where configuration_set is not null and not is_simulator
group by account_id, region, configuration_set
