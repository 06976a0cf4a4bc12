{#- What the models of the pattern restate_messages share: all events of the messages that new rows touch. -#}

{# restated_events: the CTEs up to `events`: the rows of `relation`; in an increment those of the messages of which the model named
   `touched_in` has unread rows, of the days `window` around those of these rows. #}
{% macro restated_events(relation, touched_in, window=var('message_window_days')) -%}
    {%- if is_increment() %}
    {%- set fresh = ref(touched_in) ~ ' where ' ~ unread(touched_in) %}
    {%- set days = window_days(fresh, window) -%}
    touched as (
        select distinct message_id, sent_date
        from {{ fresh }}
    ),

    windows as (
        select touched.message_id, {{ days_after('touched.sent_date', 'around.n') }} as sent_date
        from touched
        cross join ({{ days_between(-window, window) }}) as around
        where touched.sent_date > {{ unknown_day() }}
        union
        select message_id, {{ unknown_day() }} as sent_date
        from touched
        {%- if days.stored %}
        union
        select stored.message_id, {{ days_after('stored.sent_date', 'around.n') }} as sent_date
        from {{ this }} as stored
        inner join touched on stored.message_id = touched.message_id and touched.sent_date = {{ unknown_day() }}
        cross join ({{ days_between(-window, window) }}) as around
        where {{ in_days('stored.sent_date', days.stored) }}
        {%- endif %}
    ),

    {% endif -%}
    events as (
        select events.*
        from {{ relation }} as events
        {%- if is_increment() %}
        inner join windows on events.message_id = windows.message_id and events.sent_date = windows.sent_date
        where {{ in_days('events.sent_date', days.all) }}
        {%- endif %}
    )
{%- endmacro %}

{# window_days: the days (texts) in which events of the touched messages may lie: `stored` are the days of this mart's rows of
   messages that an event without a send time touches, `all` has every day. #}
{% macro window_days(fresh, window) %}
    {% set touched = day_texts('sent_date', fresh) %}
    {% set stored = [] %}
    {% if unknown_day_text() in touched %}
        {% set stored = day_texts('sent_date', this ~ ' where message_id in (select message_id from ' ~ fresh ~ ' and sent_date = ' ~ unknown_day() ~ ')') %}
    {% endif %}
    {{ return({'stored': stored, 'all': days_around(touched + stored + [unknown_day_text()], window, window)}) }}
{% endmacro %}
