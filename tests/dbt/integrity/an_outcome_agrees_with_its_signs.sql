-- Worst news wins: each outcome must be the first of the signs that are there.
select message_recipient_id, outcome, is_complained, is_hard_bounced, suppression_scope, is_delivered, is_delivery_implied
from {{ ref('fct_message_recipients') }}
where (is_complained and outcome <> 'complained')
    or (is_hard_bounced and outcome not in ('complained', 'bounced'))
    or (outcome = 'complained' and not is_complained)
    or (outcome = 'bounced' and not is_hard_bounced)
    or (outcome = 'suppressed' and (suppression_scope is null or is_delivered or is_delivery_implied))
    or (outcome = 'delivered' and not is_delivered and not is_delivery_implied)
    or ((is_delivered or is_delivery_implied) and outcome in ('soft_bounced', 'rejected', 'rendering_failed', 'delayed', 'in_flight'))
