-- Grain: one row per day of event (in the reporting zone) and day sent that some event has, now or before a restatement.
-- Facts are stored by the day sent: this is how fct_events_daily finds the events of a day without reading every day.
{{ config(**dict(
    append_rows(reads='fct_recipient_events', day='event_day', dist='even'), post_hook=['{{ save_watermark() }}', '{{ save_reporting_zone() }}']
)) }}

{% do check_reporting_zone() %}

with pairs as (
    select distinct {{ reporting_day('occurred_at') }} as event_day, sent_date
    from {{ ref('fct_recipient_events') }}
    where occurred_at is not null and {{ unread('fct_recipient_events') }}
)

select pairs.sent_date, pairs.event_day
from pairs
{%- if is_increment() %}
left join {{ this }} as known on pairs.event_day = known.event_day and pairs.sent_date = known.sent_date
where known.event_day is null
{%- endif %}
{{ day_order('pairs.event_day') }}
