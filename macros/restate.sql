{#- What the models of the pattern restate_messages share: all events of the messages that new rows touch. -#}

{# restated_events: the CTEs up to `events`: the rows of `relation`; in an increment all those of the messages of which the model named
   `touched_in` has unread rows, whatever days they state. #}
{% macro restated_events(relation, touched_in) -%}
    {%- if is_increment() %}
    {%- set touched = 'select message_id from ' ~ ref(touched_in) ~ ' where ' ~ unread(touched_in) -%}
    touched as (
        select distinct message_id
        from ({{ touched }}) as unread_rows
    ),

    {% endif -%}
    events as (
        select events.*
        from {{ relation }} as events
        {%- if is_increment() %}
        inner join touched on events.message_id = touched.message_id
        where {{ in_days('events.sent_date', day_texts('sent_date', ref(touched_in) ~ ' where message_id in (' ~ touched ~ ')')) }}
        {%- endif %}
    )
{%- endmacro %}
