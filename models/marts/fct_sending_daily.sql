-- Grain: one row per day mail was SENT (in the reporting zone) and set of dimensions: what became of that day's mail.
-- Counts recipients, and complaints once each.
{{ config(**replace_days('sent_day', reads='fct_message_recipients', touched_day=sent_day('mail_sent_at'))) }}

{% set days = touched_days() %}

with recipients as (
    select
        recipients.*,
        {{ sent_day('recipients.sent_at') }} as sent_day,
        coalesce(providers.mailbox_provider, 'other') as provider,
        coalesce(providers.has_feedback_loop, false) as has_feedback_loop,
        case when recipients.is_simulator then 0 else 1 end as is_real
    from {{ ref('fct_message_recipients') }} as recipients
    left join {{ ref('dim_mailbox_providers') }} as providers on recipients.recipient_domain = providers.recipient_domain
    {%- if is_increment() %}
    where {{ in_days(sent_day('recipients.sent_at'), days) }}
        -- the same in the days that the table is stored by, so that the others are not read
        and {{ in_days('recipients.sent_date', days_around(days, 1, 1)) }}
    {%- endif %}
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
        provider as mailbox_provider,
        sum(case when is_sent then is_real else 0 end) as sends,
        sum(case when is_send_implied then is_real else 0 end) as implied_sends,
        sum(case when is_delivered then is_real else 0 end) as deliveries,
        sum(case when is_hard_bounced then is_real else 0 end) as hard_bounces,
        sum(case when is_soft_bounced then is_real else 0 end) as soft_bounces,
        sum(case when is_undetermined_bounced then is_real else 0 end) as undetermined_bounces,
        sum(case when suppression_scope = 'global' then is_real else 0 end) as globally_suppressed,
        sum(case when suppression_scope = 'account' then is_real else 0 end) as account_suppressed,
        sum(case when suppression_scope = 'tenant' then is_real else 0 end) as tenant_suppressed,
        sum(case when suppression_scope = 'validation' then is_real else 0 end) as validation_suppressed,
        sum(case when suppression_scope = 'unsubscribed' then is_real else 0 end) as unsubscribed_suppressed,
        sum(case when is_rejected then is_real else 0 end) as rejects,
        sum(case when is_rendering_failed then is_real else 0 end) as rendering_failures,
        sum(case when delays > 0 then is_real else 0 end) as delayed,
        sum(case when outcome in ('in_flight', 'delayed') then is_real else 0 end) as in_flight,
        sum(case when is_not_spam then is_real else 0 end) as not_spam,
        sum(case when is_delivered and has_feedback_loop then is_real else 0 end) as feedback_loop_deliveries,
        sum(case when opens > 0 then is_real else 0 end) as openers,
        sum(case when human_opens > 0 then is_real else 0 end) as human_openers,
        sum(case when clicks > 0 then is_real else 0 end) as clickers,
        sum(case when human_clicks > 0 then is_real else 0 end) as human_clickers,
        sum(case when is_unsubscribed then is_real else 0 end) as unsubscribes,
        sum(complaints * is_real) as complaints,
        sum(case when is_complained then 0 else complaints * is_real end) as possible_complaints,
        sum(case when has_feedback_loop then complaints * is_real else 0 end) as feedback_loop_complaints,
        sum(opens * is_real) as opens,
        sum(human_opens * is_real) as human_opens,
        sum(machine_opens * is_real) as machine_opens,
        sum(clicks * is_real) as clicks,
        sum(human_clicks * is_real) as human_clicks,
        sum(machine_clicks * is_real) as machine_clicks,
        sum(1 - is_real) as simulator_recipients
    from recipients
    group by sent_day, account_id, region, configuration_set, sending_identity, from_domain, tenant_name, campaign, provider
),

based as (
    select
        *,
        -- what was held back before it left counts neither for nor against
        sends + implied_sends - globally_suppressed - account_suppressed - tenant_suppressed - validation_suppressed - unsubscribed_suppressed as attempts,
        -- AWS counts its global list as hard bounces, and takes its other lists out
        hard_bounces + globally_suppressed as aws_hard_bounces,
        sends + implied_sends - account_suppressed - tenant_suppressed - validation_suppressed - unsubscribed_suppressed as aws_attempts
    from summed
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
    cast(deliveries as bigint) as deliveries,
    cast(hard_bounces as bigint) as hard_bounces,
    cast(soft_bounces as bigint) as soft_bounces,
    cast(undetermined_bounces as bigint) as undetermined_bounces,
    cast(globally_suppressed as bigint) as globally_suppressed,
    cast(account_suppressed as bigint) as account_suppressed,
    cast(tenant_suppressed as bigint) as tenant_suppressed,
    cast(validation_suppressed as bigint) as validation_suppressed,
    cast(unsubscribed_suppressed as bigint) as unsubscribed_suppressed,
    cast(rejects as bigint) as rejects,
    cast(rendering_failures as bigint) as rendering_failures,
    cast(delayed as bigint) as delayed,
    cast(in_flight as bigint) as in_flight,
    cast(complaints as bigint) as complaints,
    cast(possible_complaints as bigint) as possible_complaints,
    cast(not_spam as bigint) as not_spam,
    cast(feedback_loop_deliveries as bigint) as feedback_loop_deliveries,
    cast(feedback_loop_complaints as bigint) as feedback_loop_complaints,
    cast(openers as bigint) as openers,
    cast(human_openers as bigint) as human_openers,
    cast(clickers as bigint) as clickers,
    cast(human_clickers as bigint) as human_clickers,
    cast(unsubscribes as bigint) as unsubscribes,
    cast(simulator_recipients as bigint) as simulator_recipients,
    cast(attempts as bigint) as attempts,
    cast(aws_hard_bounces as bigint) as aws_hard_bounces,
    cast(aws_attempts as bigint) as aws_attempts,
    cast(opens as bigint) as opens,
    cast(human_opens as bigint) as human_opens,
    cast(machine_opens as bigint) as machine_opens,
    cast(opens - human_opens - machine_opens as bigint) as unknown_opens,
    cast(clicks as bigint) as clicks,
    cast(human_clicks as bigint) as human_clicks,
    cast(machine_clicks as bigint) as machine_clicks,
    cast(clicks - human_clicks - machine_clicks as bigint) as unknown_clicks,
    ---------- rates, 0 to 1
    {{ ratio('deliveries', 'attempts') }} as delivery_rate,
    {{ ratio('hard_bounces', 'attempts') }} as hard_bounce_rate,
    {{ ratio('aws_hard_bounces', 'aws_attempts') }} as aws_hard_bounce_rate,
    {{ ratio('complaints', 'deliveries') }} as complaint_rate,
    {{ ratio('feedback_loop_complaints', 'feedback_loop_deliveries') }} as aws_complaint_rate,
    {{ ratio('openers', 'deliveries') }} as open_rate,
    {{ ratio('human_openers', 'deliveries') }} as human_open_rate,
    {{ ratio('clickers', 'deliveries') }} as click_rate,
    {{ ratio('human_clickers', 'deliveries') }} as human_click_rate,
    ---------- when
    cast({{ run_time() }} as {{ type_timestamp('days') }}) as built_at,
    sent_day
from based
