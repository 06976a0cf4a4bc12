-- Grain: one row per SES feedback notification (bounce, complaint, delivery) and day that its copies say its message was sent. Repeats are dropped here.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append')) }}

with {{ first_copies('ses_notification') }},

{{ ses_texts() }}

select
    {{ ses_mail_columns() }}
    ---------- what event publishing has as tags
    {{ text_column('from_domain', address_domain(address_only('coalesce(header_from_first, header_from_text, mail_from)'))) }},
    {{ text_column('source_ip', 'mail_source_ip') }},
    {{ text_column('caller_identity', 'mail_caller_identity') }},
    {{ staged_last_columns() }}
from ses_texts
{{ day_order() }}
