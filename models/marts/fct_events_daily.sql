-- Grain: one row per day an event HAPPENED (in the reporting zone), event type and set of dimensions.
-- Events whose own time is unreadable have no day and are left out here; fct_recipient_events has them.
{{ config(**replace_days('event_day', reads='fct_recipient_events', touched_day=reporting_day('occurred_at'))) }}

{% set days = touched_days() %}
{{ depend_on('int_event_days_paired') }}
{%- if is_increment() %}
    {#- facts are stored by the day sent: which of those days have events on the touched days, and on those of the new rows #}
    {%- set new_pairs = 'select sent_date, ' ~ reporting_day('occurred_at') ~ ' as event_day from ' ~ ref('fct_recipient_events') ~ ' where ' ~ unread('fct_recipient_events') %}
    {%- set pairs = '(select sent_date, event_day from ' ~ ref('int_event_days_paired') ~ ' union all ' ~ new_pairs ~ ') as pairs' %}
    {%- set sent_days = day_texts('sent_date', pairs ~ ' where ' ~ in_days('event_day', days)) %}
{%- endif %}

with events as (
    select
        events.*,
        {{ reporting_day('events.occurred_at') }} as event_day,
        -- which of several recipients it was is unknown, and an event must count under one provider
        case
            when events.recipient_key is null then 'unknown'
            when not events.recipient_is_certain and events.event_type <> 'complaint' then 'several'
            else coalesce(providers.mailbox_provider, 'other')
        end as provider,
        -- an event that names several recipients counts once a day, with the first of those that are certain; copies may differ in the day
        row_number() over (partition by events.event_id, {{ reporting_day('events.occurred_at') }} order by case when events.recipient_is_certain then 0 else 1 end, events.recipient_event_id) as mention
    from {{ ref('fct_recipient_events') }} as events
    left join {{ ref('dim_mailbox_providers') }} as providers on events.recipient_domain = providers.recipient_domain
    where events.occurred_at is not null
        and not events.is_simulator
        and not events.is_retold
    {%- if is_increment() %}
        and {{ in_days(reporting_day('events.occurred_at'), days) }}
        and {{ in_days('events.sent_date', sent_days) }}
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
        provider as mailbox_provider,
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
        provider, outgoing_ip, bounce_class, complaint_class, delay_type
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
