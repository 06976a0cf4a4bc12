-- Grain: one row per recipient domain that the seed knows or an event names.
{{ config(**rebuild_table()) }}

with seen as (
    select distinct recipient_domain
    from {{ ref('fct_recipient_events') }}
    where recipient_domain is not null
)

select
    recipient_domain,
    mailbox_provider,
    has_feedback_loop
from {{ ref('mailbox_providers') }}
union all
select
    seen.recipient_domain,
    'other' as mailbox_provider,
    false as has_feedback_loop
from seen
left join {{ ref('mailbox_providers') }} as providers on seen.recipient_domain = providers.recipient_domain
where providers.recipient_domain is null
