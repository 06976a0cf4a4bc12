-- Grain: one row per recipient domain whose mailbox provider is known.
{{ config(materialized='table', **engine_config('table')) }}

select
    recipient_domain,
    mailbox_provider,
    has_feedback_loop
from {{ ref('mailbox_providers') }}
