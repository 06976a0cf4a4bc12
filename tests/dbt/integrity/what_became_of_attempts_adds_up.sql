-- No attempt ends in two ways, bounds enclose the counts of mail to one recipient and of that to several, and a rate is NULL with a reason or without a denominator alone.
select *
from {{ ref('fct_sending_daily') }}
where attempts < 0
    or delivered_in_the_end + hard_bounces + soft_bounces + undetermined_bounces > attempts
    or aws_hard_bounces > aws_attempts
    or reached > attempts
    or complainers > reached
    or feedback_loop_complainers > feedback_loop_deliveries
    or openers > certain_deliveries
    or openers > openers_least
    or openers_least > openers_most
    or openers_most - openers > reached - certain_deliveries
    or clickers > certain_deliveries
    or clickers > clickers_least
    or clickers_least > clickers_most
    or clickers_most - clickers > reached - certain_deliveries
    or human_openers + unknown_openers > openers
    or human_clickers + unknown_clickers > clickers
    or human_open_rate not between human_open_rate_least and human_open_rate_most
    or human_click_rate not between human_click_rate_least and human_click_rate_most
    or (hard_bounce_rate is null) <> (attempt_rates_reason is not null or attempts = 0)
    or (delivery_rate is null) <> (delivery_rates_reason is not null or attempts = 0)
    or (complaint_rate is null) <> (delivery_rates_reason is not null or reached = 0)
    or (open_rate is null) <> (open_rates_reason is not null or certain_deliveries = 0)
    or (click_rate is null) <> (click_rates_reason is not null or certain_deliveries = 0)
    or (human_open_rate is null) <> (human_open_rate_reason is not null or judged_open_deliveries = 0)
    or (human_click_rate is null) <> (human_click_rate_reason is not null or judged_click_deliveries = 0)
