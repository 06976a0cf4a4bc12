-- Grain: one row per recipient domain whose mailbox provider is known.
{{ config(**rebuild_table()) }}

select
    recipient_domain,
    mailbox_provider,
    has_feedback_loop
from {{ ref('mailbox_providers') }}
