-- Grain: one row per SES feedback notification (bounce, complaint, delivery) and day that its copies say its message was sent. Repeats are dropped here.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append')) }}

with {{ first_copies('ses_notification') }}

select
    {{ ses_mail_columns() }}
    ---------- what event publishing has as tags
    {{ address_domain(address_only(json_text('mail', ['source']))) }} as from_domain,
    {{ json_text('mail', ['sourceIp']) }} as source_ip,
    {{ json_text('mail', ['callerIdentity']) }} as caller_identity,
    {{ ses_mail_last_columns() }}
from first_copies
