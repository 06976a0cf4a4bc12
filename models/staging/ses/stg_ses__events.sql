-- Grain: one row per SES event (event publishing) and day that its copies say its message was sent. Repeats are dropped here.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('landing_objects')], 'seen_at') }}", **engine_config('append')) }}

{% set tags = {
    'configuration_set': 'ses:configuration-set',
    'campaign': var('campaign_tag'),
    'tenant_name': 'ses:tenant-name',
    'from_domain': 'ses:from-domain',
    'source_ip': 'ses:source-ip',
    'caller_identity': 'ses:caller-identity',
    'operation': 'ses:operation',
    'source_tls_version': 'ses:source-tls-version',
    'outgoing_ip': 'ses:outgoing-ip',
    'outgoing_tls_version': 'ses:outgoing-tls-version',
} %}

with {{ first_copies('ses_event') }},

{{ ses_texts(tags) }}

select
    {{ ses_mail_columns() }}
    ---------- tags
    {% for column in tags -%}
    {{ text_column(column, 'coalesce(' ~ column ~ '_first, ' ~ column ~ '_text)') }},
    {% endfor -%}
    {{ staged_last_columns() }}
from ses_texts
{{ day_order() }}
