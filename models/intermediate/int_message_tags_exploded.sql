-- Grain: one row per message, tag, value and day that the message's events say it was sent.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('stg_ses__events')], 'staged_at') }}", **engine_config('append')) }}

{% set last = watermark() %}

with staged as (
    select message_id, sent_date, {{ json_doc(json_read('payload'), ['mail', 'tags']) }} as tags
    from {{ ref('stg_ses__events') }}
    {% if is_incremental() %}where staged_at > {{ last }}{% endif %}
),

{{ exploded_tags('staged', ['message_id', 'sent_date']) }},

identified as (
    select
        {{ surrogate_key(['message_id', 'tag_name', 'tag_value']) }} as message_tag_id,
        message_id,
        tag_name,
        tag_value,
        sent_date
    from tag_texts
)

{%- if is_incremental() %},

known as (
    {{ known_keys(['message_tag_id', 'sent_date'], fresh_days([ref('stg_ses__events')], last)) }}
)
{%- endif %}

select identified.*
from identified
{%- if is_incremental() %}
left join known on identified.message_tag_id = known.message_tag_id and identified.sent_date = known.sent_date
where known.message_tag_id is null
{%- endif %}
{{ day_order() }}
