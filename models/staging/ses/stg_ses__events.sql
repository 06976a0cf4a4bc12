-- Grain: one row per SES event (event publishing) and day that its copies say its message was sent. Repeats are dropped here.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append')) }}

with {{ first_copies('ses_event') }},

tagged as (
    select
        first_copies.*,
        {{ json_doc('mail', ['tags']) }} as tags
    from first_copies
)

select
    {{ ses_mail_columns() }}
    ---------- tags
    {{ json_first('tags', ['ses:configuration-set']) }} as configuration_set,
    {{ json_first('tags', [var('campaign_tag')]) }} as campaign,
    {{ json_first('tags', ['ses:tenant-name']) }} as tenant_name,
    {{ json_first('tags', ['ses:from-domain']) }} as from_domain,
    {{ json_first('tags', ['ses:source-ip']) }} as source_ip,
    {{ json_first('tags', ['ses:caller-identity']) }} as caller_identity,
    {{ json_first('tags', ['ses:operation']) }} as operation,
    {{ json_first('tags', ['ses:source-tls-version']) }} as source_tls_version,
    {{ json_first('tags', ['ses:outgoing-ip']) }} as outgoing_ip,
    {{ json_first('tags', ['ses:outgoing-tls-version']) }} as outgoing_tls_version,
    {{ ses_mail_last_columns() }}
from tagged
