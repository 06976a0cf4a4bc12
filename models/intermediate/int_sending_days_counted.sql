-- Grain: one row per day mail was SENT (in the reporting zone) and set of dimensions: what became of that day's mail, in counts.
-- Counts recipients, and complaints once each. Rates depend on what other days show, so fct_sending_daily adds them.
{{ config(**replace_days('sent_day', reads='fct_message_recipients', touched_day=sent_day('mail_sent_at'))) }}

{% set days = touched_days() %}

with recipients as (
    select
        recipients.*,
        {{ sent_day('recipients.sent_at') }} as sent_day,
        coalesce(providers.has_feedback_loop, false) as has_feedback_loop,
        case when recipients.is_simulator then 0 else 1 end as is_real,
        recipients.is_delivered or recipients.is_delivery_implied as is_reached,
        -- rows of one message have one send time, so all of them are here
        count(*) over (partition by recipients.message_id) as recipients_of_message,
        max(recipients.opens) over (partition by recipients.message_id) as certain_opens_of_message,
        max(recipients.possible_opens) over (partition by recipients.message_id) as possible_opens_of_message,
        max(recipients.clicks) over (partition by recipients.message_id) as certain_clicks_of_message,
        max(recipients.possible_clicks) over (partition by recipients.message_id) as possible_clicks_of_message,
        max(case when recipients.outcome in ('complained', 'bounced', 'suppressed', 'soft_bounced') or recipients.complaints > 0 then 1 else 0 end)
            over (partition by recipients.message_id) as has_failures
    from {{ ref('fct_message_recipients') }} as recipients
    left join {{ ref('dim_mailbox_providers') }} as providers on recipients.recipient_domain = providers.recipient_domain
    {%- if is_increment() %}
    where {{ in_days(sent_day('recipients.sent_at'), days) }}
        -- the same in the days that the table is stored by, so that the others are not read
        and {{ in_days('recipients.sent_date', days_around(days, 1, 1)) }}
    {%- endif %}
),

placed as (
    select
        *,
        -- whose opens and clicks can be told from those of others: all events of the message decide it, not the open's own destination
        recipients_of_message = 1 as is_alone,
        -- each possible open was made by one of those reached; which one it counts at says nothing about that one
        row_number() over (
            partition by message_id order by case when is_reached and possible_opens > 0 and opens = 0 then 0 else 1 end, message_recipient_id
        ) as opener_place,
        row_number() over (
            partition by message_id order by case when is_reached and possible_clicks > 0 and clicks = 0 then 0 else 1 end, message_recipient_id
        ) as clicker_place
    from recipients
),

judged as (
    select
        *,
        is_alone and opens > 0 and human_opens = 0 and opens > machine_opens as is_unknown_opener,
        is_alone and clicks > 0 and human_clicks = 0 and clicks > machine_clicks as is_unknown_clicker,
        is_reached and possible_opens > 0 and opens = 0 and opener_place <= possible_opens_of_message as is_possible_opener,
        is_reached and possible_clicks > 0 and clicks = 0 and clicker_place <= possible_clicks_of_message as is_possible_clicker
    from placed
),

summed as (
    select
        sent_day,
        account_id,
        region,
        configuration_set,
        sending_identity,
        from_domain,
        tenant_name,
        campaign,
        mailbox_provider,
        sum(case when is_sent then is_real else 0 end) as sends,
        sum(case when is_send_implied then is_real else 0 end) as implied_sends,
        sum(case when is_attempted then is_real else 0 end) as attempts,
        sum(case when is_delivered then is_real else 0 end) as deliveries,
        sum(case when is_delivery_implied then is_real else 0 end) as implied_deliveries,
        sum(case when is_hard_bounced then 0 when is_reached then is_real else 0 end) as delivered_in_the_end,
        sum(case when is_hard_bounced then is_real else 0 end) as hard_bounces,
        sum(case when is_hard_bounced and is_reached then is_real else 0 end) as hard_bounces_after_delivery,
        sum(case when outcome = 'soft_bounced' and is_soft_bounced then is_real else 0 end) as soft_bounces,
        sum(case when is_soft_bounced then 0 when outcome = 'soft_bounced' then is_real else 0 end) as undetermined_bounces,
        sum(case when is_reached and (is_soft_bounced or is_undetermined_bounced) then is_real else 0 end) as soft_bounces_after_delivery,
        sum(case when suppression_scope = 'global' then is_real else 0 end) as globally_suppressed,
        sum(case when suppression_scope = 'account' then is_real else 0 end) as account_suppressed,
        sum(case when suppression_scope = 'tenant' then is_real else 0 end) as tenant_suppressed,
        sum(case when suppression_scope = 'validation' then is_real else 0 end) as validation_suppressed,
        sum(case when suppression_scope = 'unsubscribed' then is_real else 0 end) as unsubscribed_suppressed,
        sum(case when is_rejected then is_real else 0 end) as rejects,
        sum(case when is_rendering_failed then is_real else 0 end) as rendering_failures,
        sum(case when delays > 0 then is_real else 0 end) as delayed,
        sum(case when outcome in ('in_flight', 'delayed') then is_real else 0 end) as in_flight,
        sum(uncertain_bounces * is_real) as uncertain_bounces,
        sum(uncertain_deliveries * is_real) as uncertain_deliveries,
        sum(uncertain_delays * is_real) as uncertain_delays,
        sum(case when is_not_spam then is_real else 0 end) as not_spam,
        sum(complaints * is_real) as complaints,
        sum(possible_complaints * is_real) as possible_complaints,
        sum(case when complaints > 0 and is_reached then is_real else 0 end) as complainers,
        sum(case when is_reached and has_feedback_loop then is_real else 0 end) as feedback_loop_deliveries,
        sum(case when has_feedback_loop then complaints * is_real else 0 end) as feedback_loop_complaints,
        sum(case when complaints > 0 and is_reached and has_feedback_loop then is_real else 0 end) as feedback_loop_complainers,
        sum(case when is_unsubscribed then is_real else 0 end) as unsubscribes,
        sum(1 - is_real) as simulator_recipients,
        sum(case when is_alone and is_reached then is_real else 0 end) as certain_deliveries,
        sum(case when is_alone and opens > 0 then is_real else 0 end) as openers,
        sum(case when is_alone and human_opens > 0 then is_real else 0 end) as human_openers,
        sum(case when is_unknown_opener then is_real else 0 end) as unknown_openers,
        -- somebody opened a message of which no certain recipient did
        sum(case when opens > 0 or (is_possible_opener and opener_place = 1 and certain_opens_of_message = 0) then is_real else 0 end) as openers_least,
        sum(case when opens > 0 or is_possible_opener then is_real else 0 end) as openers_most,
        sum(case when is_alone and clicks > 0 then is_real else 0 end) as clickers,
        sum(case when is_alone and human_clicks > 0 then is_real else 0 end) as human_clickers,
        sum(case when is_unknown_clicker then is_real else 0 end) as unknown_clickers,
        sum(case when clicks > 0 or (is_possible_clicker and clicker_place = 1 and certain_clicks_of_message = 0) then is_real else 0 end) as clickers_least,
        sum(case when clicks > 0 or is_possible_clicker then is_real else 0 end) as clickers_most,
        sum(opens * is_real) as opens,
        sum(human_opens * is_real) as human_opens,
        sum(machine_opens * is_real) as machine_opens,
        sum(clicks * is_real) as clicks,
        sum(human_clicks * is_real) as human_clicks,
        sum(machine_clicks * is_real) as machine_clicks,
        -- of messages that somebody opened or clicked, whoever it was
        sum(case when opens > 0 or possible_opens > 0 then is_real else 0 end) as recipients_of_opened,
        sum(case when clicks > 0 or possible_clicks > 0 then is_real else 0 end) as recipients_of_clicked,
        sum(case when has_failures = 1 then 0 else is_real end) as without_failures,
        sum(case when tenant_is_from_send then is_real else 0 end) as with_tenant_from_send
    from judged
    group by sent_day, account_id, region, configuration_set, sending_identity, from_domain, tenant_name, campaign, mailbox_provider
)

select
    ---------- ids
    {{ surrogate_key(['cast(sent_day as varchar(10))', 'account_id', 'region', 'configuration_set', 'sending_identity', 'from_domain', 'tenant_name', 'campaign', 'mailbox_provider']) }} as sending_daily_id,
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
    cast(sends as bigint) as sends,
    cast(implied_sends as bigint) as implied_sends,
    cast(attempts as bigint) as attempts,
    cast(deliveries as bigint) as deliveries,
    cast(implied_deliveries as bigint) as implied_deliveries,
    cast(deliveries + implied_deliveries as bigint) as reached,
    cast(delivered_in_the_end as bigint) as delivered_in_the_end,
    cast(hard_bounces as bigint) as hard_bounces,
    cast(hard_bounces_after_delivery as bigint) as hard_bounces_after_delivery,
    cast(soft_bounces as bigint) as soft_bounces,
    cast(undetermined_bounces as bigint) as undetermined_bounces,
    cast(soft_bounces_after_delivery as bigint) as soft_bounces_after_delivery,
    cast(globally_suppressed as bigint) as globally_suppressed,
    cast(account_suppressed as bigint) as account_suppressed,
    cast(tenant_suppressed as bigint) as tenant_suppressed,
    cast(validation_suppressed as bigint) as validation_suppressed,
    cast(unsubscribed_suppressed as bigint) as unsubscribed_suppressed,
    -- AWS counts its global list as hard bounces, and takes its other lists out
    cast(hard_bounces + globally_suppressed as bigint) as aws_hard_bounces,
    cast(attempts + globally_suppressed as bigint) as aws_attempts,
    cast(rejects as bigint) as rejects,
    cast(rendering_failures as bigint) as rendering_failures,
    cast(delayed as bigint) as delayed,
    cast(in_flight as bigint) as in_flight,
    cast(complaints as bigint) as complaints,
    cast(possible_complaints as bigint) as possible_complaints,
    cast(complainers as bigint) as complainers,
    cast(uncertain_bounces as bigint) as uncertain_bounces,
    cast(uncertain_deliveries as bigint) as uncertain_deliveries,
    cast(uncertain_delays as bigint) as uncertain_delays,
    cast(not_spam as bigint) as not_spam,
    cast(feedback_loop_deliveries as bigint) as feedback_loop_deliveries,
    cast(feedback_loop_complaints as bigint) as feedback_loop_complaints,
    cast(feedback_loop_complainers as bigint) as feedback_loop_complainers,
    cast(unsubscribes as bigint) as unsubscribes,
    cast(simulator_recipients as bigint) as simulator_recipients,
    cast(certain_deliveries as bigint) as certain_deliveries,
    cast(openers as bigint) as openers,
    cast(human_openers as bigint) as human_openers,
    cast(unknown_openers as bigint) as unknown_openers,
    cast(certain_deliveries - unknown_openers as bigint) as judged_open_deliveries,
    cast(openers_least as bigint) as openers_least,
    cast(openers_most as bigint) as openers_most,
    cast(clickers as bigint) as clickers,
    cast(human_clickers as bigint) as human_clickers,
    cast(unknown_clickers as bigint) as unknown_clickers,
    cast(certain_deliveries - unknown_clickers as bigint) as judged_click_deliveries,
    cast(clickers_least as bigint) as clickers_least,
    cast(clickers_most as bigint) as clickers_most,
    cast(recipients_of_opened as bigint) as recipients_of_opened,
    cast(recipients_of_clicked as bigint) as recipients_of_clicked,
    cast(without_failures as bigint) as without_failures,
    cast(with_tenant_from_send as bigint) as with_tenant_from_send,
    ---------- counts of events
    cast(opens as bigint) as opens,
    cast(human_opens as bigint) as human_opens,
    cast(machine_opens as bigint) as machine_opens,
    cast(opens - human_opens - machine_opens as bigint) as unknown_opens,
    cast(clicks as bigint) as clicks,
    cast(human_clicks as bigint) as human_clicks,
    cast(machine_clicks as bigint) as machine_clicks,
    cast(clicks - human_clicks - machine_clicks as bigint) as unknown_clicks,
    ---------- when
    cast({{ run_time() }} as {{ type_timestamp('days') }}) as built_at,
    sent_day
from summed
