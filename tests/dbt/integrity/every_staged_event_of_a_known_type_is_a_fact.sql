-- By message and type: of several copies one stays, and never none.
with staged as (
    select message_id, event_type from {{ ref('stg_ses__mail_events') }}
    union
    select message_id, mail_event_type as event_type from {{ ref('stg_pinpoint__events') }} where message_id is not null
)

select staged.message_id, staged.event_type
from staged
left join {{ ref('fct_recipient_events') }} as facts
    on staged.message_id = facts.message_id and staged.event_type = facts.event_type
where staged.event_type in ({{ ses_event_type_list() }})
    and facts.message_id is null
