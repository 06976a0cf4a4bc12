with held as (
    select message_id, count(*) as recipients, min(sent_date) as sent_date
    from {{ ref('fct_message_recipients') }}
    group by message_id
)

select messages.message_id, messages.recipients, held.recipients as held_recipients, messages.sent_date, held.sent_date as held_sent_date
from {{ ref('fct_messages') }} as messages
left join held on messages.message_id = held.message_id
where messages.recipients <> coalesce(held.recipients, 0)
    or messages.sent_date <> held.sent_date
    or messages.openers_least > messages.openers_most
    or messages.clickers_least > messages.clickers_most
