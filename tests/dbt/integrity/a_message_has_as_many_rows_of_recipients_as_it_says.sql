-- Recipients of a message, and what became of them: fct_messages and fct_message_recipients say the same.
with held as (
    select
        message_id,
        count(*) as recipients,
        sum(case when suppression_scope is not null then 1 else 0 end) as suppressed_recipients,
        min(case when is_simulator then 1 else 0 end) as is_simulator,
        min(sent_date) as sent_date
    from {{ ref('fct_message_recipients') }}
    group by message_id
)

select messages.message_id, messages.recipients, held.recipients as held_recipients, messages.sent_date, held.sent_date as held_sent_date
from {{ ref('fct_messages') }} as messages
left join held on messages.message_id = held.message_id
where messages.recipients <> coalesce(held.recipients, 0)
    or messages.suppressed_recipients <> coalesce(held.suppressed_recipients, 0)
    or case when messages.is_simulator then 1 else 0 end <> coalesce(held.is_simulator, 0)
    or messages.sent_date <> held.sent_date
    or messages.openers_least > messages.openers_most
    or messages.clickers_least > messages.clickers_most
