-- Recipients of a message, and what became of them: fct_messages and fct_message_recipients say the same.
with held as (
    select
        message_id,
        count(*) as recipients,
        sum(case when suppression_scope is not null then 1 else 0 end) as suppressed_recipients,
        max(case when is_sent then 1 else 0 end) as is_sent,
        max(case when is_send_implied then 1 else 0 end) as is_send_implied,
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
    or (messages.is_send_implied and (held.is_sent = 1 or held.is_send_implied = 0))
    or (not messages.is_send_implied and not messages.is_sent and held.is_send_implied = 1)
    or messages.sent_date <> held.sent_date
    or messages.openers_least > messages.openers_most
    or messages.clickers_least > messages.clickers_most
