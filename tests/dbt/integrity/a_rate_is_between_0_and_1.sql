-- Bounces and deliveries are of attempts. (Opens without a delivery, where deliveries are not published, are left to the reader.)
select sending_daily_id, sent_day, attempts, deliveries, hard_bounces, hard_bounce_rate, delivery_rate
from {{ ref('fct_sending_daily') }}
where attempts < 0
    or hard_bounces > attempts
    or deliveries > attempts
    or aws_hard_bounces > aws_attempts
    or hard_bounce_rate not between 0 and 1
    or delivery_rate not between 0 and 1
