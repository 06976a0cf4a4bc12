-- Grain: one row per message, tag, value and day that the message's events state it was sent.
{{ config(**append_rows(reads='stg_ses__mail_events')) }}

with staged as (
    select message_id, sent_date, {{ json_read('tags') }} as tags
    from {{ ref('stg_ses__mail_events') }}
    where {{ unread('stg_ses__mail_events') }}
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

{%- if is_increment() %},

known as (
    select message_tag_id, sent_date
    from {{ this }}
    where {{ in_days('sent_date', unread_days('stg_ses__mail_events')) }}
)
{%- endif %}

select identified.*
from identified
{%- if is_increment() %}
left join known on identified.message_tag_id = known.message_tag_id and identified.sent_date = known.sent_date
where known.message_tag_id is null
{%- endif %}
{{ day_order() }}
