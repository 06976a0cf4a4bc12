-- Grain: one row per day an event HAPPENED (in the reporting zone), event type and set of dimensions.
-- Events whose own time is unreadable have no day and are left out here; fct_recipient_events has them.
{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched_days('event_day', touched_days(ref('fct_recipient_events'), reporting_day('occurred_at'), days_a_message_may_move(), days_a_message_may_move())) }}",
    post_hook="{{ save_watermark([ref('fct_recipient_events')], 'restated_at') }}",
    **engine_config('days', day='event_day')
) }}

-- where one copy of a fact takes the place of another, its time may move to a day beside
{%- set days = touched_days(ref('fct_recipient_events'), reporting_day('occurred_at'), days_a_message_may_move(), days_a_message_may_move()) %}

with events as (
    select
        events.*,
        {{ reporting_day('events.occurred_at') }} as event_day,
        -- nobody knows whose provider it was, and an event must count under one
        case
            when events.recipient_domain is null then 'unknown'
            when not events.recipient_is_certain and events.event_type <> 'complaint' then 'several'
            else coalesce(providers.mailbox_provider, 'other')
        end as mailbox_provider,
        -- an event that names several recipients counts once, with the first of them
        row_number() over (partition by events.event_id order by events.recipient_event_id) as mention
    from {{ ref('fct_recipient_events') }} as events
    left join {{ ref('dim_mailbox_providers') }} as providers on events.recipient_domain = providers.recipient_domain
    where events.occurred_at is not null
        and not events.is_simulator
        and not events.is_retold
    {%- if is_incremental() %}
        and {{ in_days(reporting_day('events.occurred_at'), days) }}
        {%- if days %}
        -- the same again as a range, so that files and blocks outside of it are not read
        and events.occurred_at >= {{ timestamp_literal(days_around(days, 1, 1)[0] ~ ' 00:00:00') }}
        and events.occurred_at <= {{ timestamp_literal(days_around(days, 1, 1)[-1] ~ ' 23:59:59.999') }}
        {%- endif %}
    {%- endif %}
),

summed as (
    select
        event_day,
        event_type,
        account_id,
        region,
        configuration_set,
        sending_identity,
        from_domain,
        tenant_name,
        campaign,
        mailbox_provider,
        outgoing_ip,
        bounce_class,
        complaint_class,
        delay_type,
        sum(case when mention = 1 then 1 else 0 end) as events,
        sum(case when recipient_is_certain then 1 else 0 end) as certain_recipient_events,
        sum(case when recipient_is_certain then 0 else 1 end) as possible_recipient_events,
        sum(case when mention = 1 and actor = 'human' then 1 else 0 end) as human_events,
        sum(case when mention = 1 and actor = 'machine' then 1 else 0 end) as machine_events,
        sum(case when mention = 1 and actor = 'unknown' then 1 else 0 end) as unknown_actor_events
    from events
    group by
        event_day, event_type, account_id, region, configuration_set, sending_identity, from_domain, tenant_name, campaign,
        mailbox_provider, outgoing_ip, bounce_class, complaint_class, delay_type
)

select
    ---------- ids
    {{ surrogate_key(['cast(event_day as varchar(10))', 'event_type', 'account_id', 'region', 'configuration_set', 'sending_identity', 'from_domain', 'tenant_name', 'campaign', 'mailbox_provider', 'outgoing_ip', 'bounce_class', 'complaint_class', 'delay_type']) }} as events_daily_id,
    account_id,
    region,
    ---------- dimensions
    event_type,
    configuration_set,
    sending_identity,
    from_domain,
    tenant_name,
    campaign,
    mailbox_provider,
    outgoing_ip,
    bounce_class,
    complaint_class,
    delay_type,
    ---------- counts
    cast(events as bigint) as events,
    cast(certain_recipient_events as bigint) as certain_recipient_events,
    cast(possible_recipient_events as bigint) as possible_recipient_events,
    cast(human_events as bigint) as human_events,
    cast(machine_events as bigint) as machine_events,
    cast(unknown_actor_events as bigint) as unknown_actor_events,
    ---------- when
    cast({{ run_time() }} as {{ type_timestamp('days') }}) as built_at,
    event_day
from summed
