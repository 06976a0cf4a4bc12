-- Grain: one row per day mail was SENT (in the reporting zone) and set of dimensions: what became of that day's mail.
-- A rate is NULL where its denominator is 0, or with a reason where the events that it counts are not published. Whether they are is
-- seen in the same sender's mail of some days around, and later mail may show it: so the rates of all days are built in every run.
{{ config(**rebuild_table()) }}

{% set window = 7 %}
{% set young_days = 3 %}

-- mail dated after the last arrival is not the newest: a sender's clock is wrong. Days of zones ahead of UTC begin a day earlier.
with arrived as (
    select cast({{ hour_start('max(dt)', 'max(hour)') }} as date) as last_arrival_day
    from {{ ref('landing_objects') }}
),

newest as (
    select max(counted.sent_day) as newest_day
    from {{ ref('int_sending_days_counted') }} as counted
    cross join arrived
    where counted.sent_day <= {{ days_after('arrived.last_arrival_day', 1) }}
),

counted as (
    select
        days.*,
        {{ surrogate_key(['days.account_id', 'days.region', 'days.configuration_set', 'days.sending_identity']) }} as sender_key,
        coalesce(days.tenant_name, '') as tenant_text,
        coalesce(days.sent_day > {{ days_after('newest.newest_day', -young_days) }}, true) as is_young
    from {{ ref('int_sending_days_counted') }} as days
    cross join newest
),

by_day as (
    select
        sender_key,
        tenant_text,
        sent_day,
        sum(sends) as sends,
        sum(deliveries) as deliveries,
        sum(recipients_of_opened) as opens,
        sum(recipients_of_clicked) as clicks,
        sum(opens + clicks) as certain_engagement,
        sum(human_opens + machine_opens + human_clicks + machine_clicks) as verdicts,
        sum(without_failures) as without_failures,
        sum(with_tenant_from_send) as with_tenant_from_send
    from counted
    group by sender_key, tenant_text, sent_day
),

-- what was seen of a sender within the days around a day
seen as (
    select
        by_day.sender_key,
        by_day.tenant_text,
        {{ days_after('by_day.sent_day', 'around.n') }} as sent_day,
        min(case when by_day.sends > 0 then by_day.sent_day end) as first_send_day,
        max(case when by_day.sends > 0 then by_day.sent_day end) as last_send_day,
        min(case when by_day.deliveries > 0 then by_day.sent_day end) as first_delivery_day,
        max(case when by_day.deliveries > 0 then by_day.sent_day end) as last_delivery_day,
        min(case when by_day.opens > 0 then by_day.sent_day end) as first_open_day,
        max(case when by_day.opens > 0 then by_day.sent_day end) as last_open_day,
        min(case when by_day.clicks > 0 then by_day.sent_day end) as first_click_day,
        max(case when by_day.clicks > 0 then by_day.sent_day end) as last_click_day,
        min(case when by_day.verdicts > 0 then by_day.sent_day end) as first_verdict_day,
        max(case when by_day.verdicts > 0 then by_day.sent_day end) as last_verdict_day,
        sum(by_day.certain_engagement) as certain_engagement,
        sum(by_day.without_failures) as without_failures,
        sum(by_day.with_tenant_from_send) as with_tenant_from_send
    from by_day
    cross join ({{ days_between(-window, window) }}) as around
    group by by_day.sender_key, by_day.tenant_text, {{ days_after('by_day.sent_day', 'around.n') }}
),

seen_of_senders as (
    select
        sender_key,
        sent_day,
        min(first_send_day) as first_send_day,
        max(last_send_day) as last_send_day,
        min(first_delivery_day) as first_delivery_day,
        max(last_delivery_day) as last_delivery_day,
        min(first_open_day) as first_open_day,
        max(last_open_day) as last_open_day,
        min(first_click_day) as first_click_day,
        max(last_click_day) as last_click_day,
        min(first_verdict_day) as first_verdict_day,
        max(last_verdict_day) as last_verdict_day,
        sum(certain_engagement) as certain_engagement,
        sum(case when tenant_text = '' then without_failures else 0 end) as without_tenant_or_failures
    from seen
    group by sender_key, sent_day
),

-- Published: between the first and the last such event around the day. What comes after a young day is not known yet.
covered as (
    select
        counted.*,
        -- SES names the tenant in notifications of bounces and complaints; elsewhere a tag must
        counted.tenant_name is not null and tenants.with_tenant_from_send = 0 and senders.without_tenant_or_failures > 0 as has_tenant_from_failures,
        coalesce(counted.sent_day >= senders.first_send_day and (counted.sent_day <= senders.last_send_day or counted.is_young), false) as has_sends,
        coalesce(counted.sent_day >= senders.first_delivery_day and (counted.sent_day <= senders.last_delivery_day or counted.is_young), false) as has_deliveries,
        coalesce(counted.sent_day >= senders.first_open_day and (counted.sent_day <= senders.last_open_day or counted.is_young), false) as has_opens,
        coalesce(counted.sent_day >= senders.first_click_day and (counted.sent_day <= senders.last_click_day or counted.is_young), false) as has_clicks,
        coalesce(counted.sent_day >= senders.first_verdict_day and (counted.sent_day <= senders.last_verdict_day or counted.is_young), false) as has_verdicts,
        senders.certain_engagement > 0 as has_engagement
    from counted
    inner join seen as tenants
        on counted.sender_key = tenants.sender_key and counted.tenant_text = tenants.tenant_text and counted.sent_day = tenants.sent_day
    inner join seen_of_senders as senders on counted.sender_key = senders.sender_key and counted.sent_day = senders.sent_day
),

by_reported as (
    select
        *,
        -- where every delivery is reported, it implies its send
        case
            when has_tenant_from_failures then 'tenant_known_from_failures_only'
            when not has_sends and not has_deliveries then 'sends_not_published'
        end as attempt_rates_reason,
        case
            when has_tenant_from_failures then 'tenant_known_from_failures_only'
            when not has_deliveries then 'deliveries_not_published'
        end as delivery_rates_reason
    from covered
),

by_engagement as (
    select
        *,
        case when delivery_rates_reason is not null then delivery_rates_reason when not has_opens then 'opens_not_published' end as open_rates_reason,
        case when delivery_rates_reason is not null then delivery_rates_reason when not has_clicks then 'clicks_not_published' end as click_rates_reason
    from by_reported
),

reasoned as (
    select
        *,
        case when open_rates_reason is not null then open_rates_reason when has_engagement and not has_verdicts then 'verdicts_not_published' end as human_open_rate_reason,
        case when click_rates_reason is not null then click_rates_reason when has_engagement and not has_verdicts then 'verdicts_not_published' end as human_click_rate_reason
    from by_engagement
)

select
    ---------- ids
    sending_daily_id,
    account_id,
    region,
    ---------- dimensions
    configuration_set,
    sending_identity,
    from_domain,
    tenant_name,
    campaign,
    mailbox_provider,
    ---------- counts of recipients
    sends,
    implied_sends,
    attempts,
    deliveries,
    implied_deliveries,
    reached,
    delivered_in_the_end,
    hard_bounces,
    hard_bounces_after_delivery,
    soft_bounces,
    undetermined_bounces,
    soft_bounces_after_delivery,
    globally_suppressed,
    account_suppressed,
    tenant_suppressed,
    validation_suppressed,
    unsubscribed_suppressed,
    aws_hard_bounces,
    aws_attempts,
    rejects,
    rendering_failures,
    delayed,
    in_flight,
    complaints,
    possible_complaints,
    complainers,
    uncertain_bounces,
    uncertain_deliveries,
    uncertain_delays,
    not_spam,
    feedback_loop_deliveries,
    feedback_loop_complaints,
    feedback_loop_complainers,
    unsubscribes,
    simulator_recipients,
    certain_deliveries,
    openers,
    human_openers,
    unknown_openers,
    judged_open_deliveries,
    openers_least,
    openers_most,
    clickers,
    human_clickers,
    unknown_clickers,
    judged_click_deliveries,
    clickers_least,
    clickers_most,
    ---------- counts of events
    opens,
    human_opens,
    machine_opens,
    unknown_opens,
    clicks,
    human_clicks,
    machine_clicks,
    unknown_clicks,
    human_opens + machine_opens + human_clicks + machine_clicks as verdicts,
    opens + clicks as opens_and_clicks,
    ---------- rates, 0 to 1
    case when delivery_rates_reason is null then {{ ratio('delivered_in_the_end', 'attempts') }} end as delivery_rate,
    case when attempt_rates_reason is null then {{ ratio('hard_bounces', 'attempts') }} end as hard_bounce_rate,
    case when attempt_rates_reason is null then {{ ratio('aws_hard_bounces', 'aws_attempts') }} end as aws_hard_bounce_rate,
    case when delivery_rates_reason is null then {{ ratio('complainers', 'reached') }} end as complaint_rate,
    case when delivery_rates_reason is null then {{ ratio('feedback_loop_complainers', 'feedback_loop_deliveries') }} end as aws_complaint_rate,
    case when open_rates_reason is null then {{ ratio('openers', 'certain_deliveries') }} end as open_rate,
    case when open_rates_reason is null then {{ ratio('openers_least', 'reached') }} end as open_rate_least,
    case when open_rates_reason is null then {{ ratio('openers_most', 'reached') }} end as open_rate_most,
    case when human_open_rate_reason is null then {{ ratio('human_openers', 'judged_open_deliveries') }} end as human_open_rate,
    case when open_rates_reason is null then {{ ratio('human_openers', 'certain_deliveries') }} end as human_open_rate_least,
    case when open_rates_reason is null then {{ ratio('human_openers + unknown_openers', 'certain_deliveries') }} end as human_open_rate_most,
    case when click_rates_reason is null then {{ ratio('clickers', 'certain_deliveries') }} end as click_rate,
    case when click_rates_reason is null then {{ ratio('clickers_least', 'reached') }} end as click_rate_least,
    case when click_rates_reason is null then {{ ratio('clickers_most', 'reached') }} end as click_rate_most,
    case when human_click_rate_reason is null then {{ ratio('human_clickers', 'judged_click_deliveries') }} end as human_click_rate,
    case when click_rates_reason is null then {{ ratio('human_clickers', 'certain_deliveries') }} end as human_click_rate_least,
    case when click_rates_reason is null then {{ ratio('human_clickers + unknown_clickers', 'certain_deliveries') }} end as human_click_rate_most,
    {{ ratio('human_opens + machine_opens + human_clicks + machine_clicks', '(opens + clicks)') }} as verdict_share,
    ---------- why they are NULL
    attempt_rates_reason,
    delivery_rates_reason,
    open_rates_reason,
    human_open_rate_reason,
    click_rates_reason,
    human_click_rate_reason,
    ---------- when
    is_young,
    built_at,
    sent_day
from reasoned
