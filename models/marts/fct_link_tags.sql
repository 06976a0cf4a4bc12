-- Grain: one row per click, name and value of a tag of the link that was clicked.
{{ config(materialized='view') }}

with clicks as (
    select
        staged.event_id,
        staged.message_id,
        staged.sent_date,
        {{ json_doc(json_read('staged.payload'), ['click', 'linkTags']) }} as tags
    from {{ ref('stg_ses__events') }} as staged
    -- of two events that differ in no more than the account, facts know one
    inner join {{ ref('fct_link_clicks') }} as told on staged.event_id = told.event_id
    where staged.event_type = 'click'
),

{{ exploded_tags('clicks', ['event_id', 'message_id', 'sent_date']) }}

select
    {{ surrogate_key(['event_id', 'tag_name', 'tag_value']) }} as link_tag_id,
    event_id,
    message_id,
    tag_name,
    tag_value,
    {{ earliest_day() }} as sent_date
from tag_texts
group by event_id, message_id, tag_name, tag_value
