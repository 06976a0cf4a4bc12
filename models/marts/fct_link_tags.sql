-- Grain: one row per click, name and value of a tag of the link that was clicked.
{{ config(materialized='view') }}

with tagged as (
    select
        staged.event_id,
        staged.message_id,
        staged.sent_date,
        {{ json_read('staged.link_tags') }} as tags
    from {{ ref('stg_ses__mail_events') }} as staged
    -- of two events that differ in the account alone, facts have one
    inner join {{ ref('fct_link_clicks') }} as clicks on staged.event_id = clicks.event_id
    where staged.event_type = 'click' and staged.source = 'ses_event'
),

{{ exploded_tags('tagged', ['event_id', 'message_id', 'sent_date']) }}

select
    {{ surrogate_key(['event_id', 'tag_name', 'tag_value']) }} as link_tag_id,
    event_id,
    message_id,
    tag_name,
    tag_value,
    {{ earliest_day() }} as sent_date
from tag_texts
group by event_id, message_id, tag_name, tag_value
