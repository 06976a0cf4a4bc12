-- Grain: one row per event and recipient, as in int_events_exploded_to_recipients, with what the event means for the recipient.
with named as (
    select
        *,
        case lower(bounce_sub_type)
            when 'suppressed' then 'global'
            when 'onaccountsuppressionlist' then 'account'
            when 'ontenantsuppressionlist' then 'tenant'
            when 'emailvalidationsuppressed' then 'validation'
            when 'unsubscribedrecipient' then 'unsubscribed'
        end as bounce_suppression_scope,
        case lower(complaint_sub_type)
            when 'onaccountsuppressionlist' then 'account'
            when 'ontenantsuppressionlist' then 'tenant'
        end as complaint_suppression_scope
    from {{ ref('int_events_exploded_to_recipients') }}
    where event_type in ({{ ses_event_type_list() }})
)

select
    -- a fact that event publishing and a feedback notification report has one key; what a server reports of another address is a fact of
    -- its own
    {{ surrogate_key([
        'message_id',
        'event_type',
        'recipient_key',
        "case when event_type in (" ~ ses_types_without_own_time() ~ ") then '' when feedback_id is not null then feedback_id else occurred_at_text end",
        "case when event_type in ('open', 'click') then link end",
        "case when event_type in ('open', 'click') then ip_address end",
        "case when event_type in ('open', 'click') then user_agent end",
        "case when event_type = 'delivery_delay' then delay_type end",
        'reported_recipient_key',
    ]) }} as recipient_event_id,
    *,
    coalesce(bounce_suppression_scope, complaint_suppression_scope) as suppression_scope,
    case
        when event_type <> 'bounce' then null
        when bounce_suppression_scope is not null then 'suppressed'
        -- a recipient of a Permanent bounce may only be delayed
        when lower(bounce_type) = 'permanent' and (recipient_action is null or lower(recipient_action) = 'failed') then 'hard'
        when lower(bounce_type) in ('permanent', 'transient') then 'soft'
        else 'undetermined'
    end as bounce_class,
    case
        when event_type <> 'complaint' then null
        when complaint_suppression_scope is not null then 'suppressed'
        when lower(complaint_feedback_type) = 'not-spam' then 'not_spam'
        else 'complaint'
    end as complaint_class,
    -- a missing verdict is never `Unlikely`
    case
        when event_type not in ('open', 'click') then null
        when lower(bot_verdict) = 'likely' then 'machine'
        when lower(bot_verdict) = 'unlikely' then 'human'
        else 'unknown'
    end as actor,
    coalesce(recipient_domain = 'simulator.amazonses.com', false) as is_simulator
from named
