-- By day sent, what fct_sending_daily says against its recipients, the simulator apart.
with recipients as (
    select
        {{ sent_day('sent_at') }} as sent_day,
        sum(case when is_simulator then 1 else 0 end) as simulator_recipients,
        sum(case when is_sent and not is_simulator then 1 else 0 end) as sends,
        sum(case when is_send_implied and not is_simulator then 1 else 0 end) as implied_sends,
        sum(case when is_attempted and not is_simulator then 1 else 0 end) as attempts,
        sum(case when is_delivered and not is_simulator then 1 else 0 end) as deliveries,
        sum(case when is_delivery_implied and not is_simulator then 1 else 0 end) as implied_deliveries,
        sum(case when is_hard_bounced and not is_simulator then 1 else 0 end) as hard_bounces,
        sum(case when is_simulator then 0 else complaints end) as complaints,
        sum(case when is_simulator then 0 else uncertain_bounces end) as uncertain_bounces,
        sum(case when is_simulator then 0 else opens end) as opens
    from {{ ref('fct_message_recipients') }}
    group by {{ sent_day('sent_at') }}
),

days as (
    select
        sent_day,
        sum(simulator_recipients) as simulator_recipients,
        sum(sends) as sends,
        sum(implied_sends) as implied_sends,
        sum(attempts) as attempts,
        sum(deliveries) as deliveries,
        sum(implied_deliveries) as implied_deliveries,
        sum(hard_bounces) as hard_bounces,
        sum(complaints) as complaints,
        sum(uncertain_bounces) as uncertain_bounces,
        sum(opens) as opens
    from {{ ref('fct_sending_daily') }}
    group by sent_day
)

select coalesce(days.sent_day, recipients.sent_day) as sent_day, days.sends, recipients.sends as sends_of_recipients
from days
full outer join recipients on days.sent_day = recipients.sent_day
where days.sent_day is null
    or recipients.sent_day is null
    or days.simulator_recipients <> recipients.simulator_recipients
    or days.sends <> recipients.sends
    or days.implied_sends <> recipients.implied_sends
    or days.attempts <> recipients.attempts
    or days.deliveries <> recipients.deliveries
    or days.implied_deliveries <> recipients.implied_deliveries
    or days.hard_bounces <> recipients.hard_bounces
    or days.complaints <> recipients.complaints
    or days.uncertain_bounces <> recipients.uncertain_bounces
    or days.opens <> recipients.opens
