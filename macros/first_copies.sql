{# first_copies: the CTEs up to `first_copies` that a staging model begins with: of the valid records of these sources that it has not
   taken, the first copy of each event that it does not have yet. Copies that disagree on the day their message was sent are kept once
   per day: which came first must not matter. Of copies that landed at once in one object, the one whose line has the lowest md5 is first. #}
{% macro first_copies(sources) -%}
    {%- set condition -%} source in ({{ text_list(sources) }}) and reason is null and {{ unread('landing_records') }} {%- endset -%}
    arriving as (
        {{ first_rows(ref('landing_records'), condition, ['source', 'event_id', 'sent_date'], ['landed_at', 'landed_object', 'line_md5']) }}
    ),

    {%- if is_increment() %}

    known as (
        select source, event_id, sent_date
        from {{ this }}
        where {{ in_days('sent_date', day_texts('sent_date', ref('landing_records') ~ ' where ' ~ condition)) }}
    ),
    {%- endif %}

    first_copies as (
        select arriving.*
        from arriving
        {%- if is_increment() %}
        left join known on arriving.source = known.source and arriving.event_id = known.event_id and arriving.sent_date = known.sent_date
        where known.event_id is null
        {%- endif %}
    )
{%- endmacro %}
