-- Grain: one row per day mail was SENT (in the reporting zone) and set of dimensions: what became of that day's mail.
-- Counts recipients, and complaints once each.
{% set touched = "touched_days(ref('fct_message_recipients'), sent_day('sent_at'), 0, days_a_message_may_move(), also=['1970-01-01'])" %}
{{ config(
    materialized='incremental',
    pre_hook="{{ forget_touched_days('sent_day', " ~ touched ~ ") }}",
    post_hook="{{ save_watermark([ref('fct_message_recipients')], 'restated_at') }}",
    **engine_config('days', day='sent_day')
) }}

-- a message only moves to an earlier day, so the days after a new one are those it may have left
{%- set days = touched_days(ref('fct_message_recipients'), sent_day('sent_at'), 0, days_a_message_may_move(), also=['1970-01-01']) %}

with recipients as (
    select
        recipients.*,
        {{ sent_day('recipients.sent_at') }} as sent_day,
        coalesce(providers.mailbox_provider, 'other') as mailbox_provider,
        coalesce(providers.has_feedback_loop, false) as has_feedback_loop,
        case when recipients.is_simulator then 0 else 1 end as is_real
    from {{ ref('fct_message_recipients') }} as recipients
    left join {{ ref('dim_mailbox_providers') }} as providers on recipients.recipient_domain = providers.recipient_domain
    {%- if is_incremental() %}
    where {{ in_days(sent_day('recipients.sent_at'), days) }}
        -- the same again in the days that the table lies by, so that the others are not read
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
        mailbox_provider,
        {% for name, condition in [
            ('sends', 'is_sent'),
            ('implied_sends', 'is_send_implied'),
            ('deliveries', 'is_delivered'),
            ('hard_bounces', 'is_hard_bounced'),
            ('soft_bounces', 'is_soft_bounced'),
            ('undetermined_bounces', 'is_undetermined_bounced'),
            ('globally_suppressed', "suppression_scope = 'global'"),
            ('account_suppressed', "suppression_scope = 'account'"),
            ('tenant_suppressed', "suppression_scope = 'tenant'"),
            ('validation_suppressed', "suppression_scope = 'validation'"),
            ('unsubscribed_suppressed', "suppression_scope = 'unsubscribed'"),
            ('rejects', 'is_rejected'),
            ('rendering_failures', 'is_rendering_failed'),
            ('delayed', 'delays > 0'),
            ('in_flight', "outcome in ('in_flight', 'delayed')"),
            ('not_spam', 'is_not_spam'),
            ('feedback_loop_deliveries', 'is_delivered and has_feedback_loop'),
            ('openers', 'opens > 0'),
            ('human_openers', 'human_opens > 0'),
            ('clickers', 'clicks > 0'),
            ('human_clickers', 'human_clicks > 0'),
            ('unsubscribes', 'is_unsubscribed'),
        ] -%}
        sum(case when {{ condition }} then is_real else 0 end) as {{ name }},
        {% endfor -%}
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
    group by sent_day, account_id, region, configuration_set, sending_identity, from_domain, tenant_name, campaign, mailbox_provider
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
    {% for name in [
        'sends', 'implied_sends', 'deliveries', 'hard_bounces', 'soft_bounces', 'undetermined_bounces', 'globally_suppressed',
        'account_suppressed', 'tenant_suppressed', 'validation_suppressed', 'unsubscribed_suppressed', 'rejects',
        'rendering_failures', 'delayed', 'in_flight', 'complaints', 'possible_complaints', 'not_spam', 'feedback_loop_deliveries',
        'feedback_loop_complaints', 'openers', 'human_openers', 'clickers', 'human_clickers', 'unsubscribes', 'simulator_recipients', 'attempts', 'aws_hard_bounces', 'aws_attempts',
        'opens', 'human_opens', 'machine_opens',
    ] -%}
    cast({{ name }} as bigint) as {{ name }},
    {% endfor -%}
    cast(opens - human_opens - machine_opens as bigint) as unknown_opens,
    {% for name in ['clicks', 'human_clicks', 'machine_clicks'] -%}
    cast({{ name }} as bigint) as {{ name }},
    {% endfor -%}
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
