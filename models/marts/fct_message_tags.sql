-- Grain: one row per message, tag name and value; SES's own tags (`ses:...`) and the sender's.
{{ config(materialized='view') }}

select
    message_tag_id,
    message_id,
    tag_name,
    tag_value,
    tag_name like 'ses:%' as is_automatic,
    {{ earliest_day() }} as sent_date
from {{ ref('int_message_tags_exploded') }}
group by message_tag_id, message_id, tag_name, tag_value
