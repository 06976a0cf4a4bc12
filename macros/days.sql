{#- Days: everything is stored by the day its message was sent, and the days that a run touches enter its SQL as literals, since only
    those keep every engine from reading the others. Texts are YYYY-MM-DD. -#}

{# Events that do not state when their message was sent are stored in this day. #}
{% macro unknown_day_text() %}{{ return('1970-01-01') }}{% endmacro %}
{% macro unknown_day() %}{{ return(date_list([unknown_day_text()])) }}{% endmacro %}

{# earliest_day: the day of a message, of the days that its rows state: the earliest that is known. #}
{% macro earliest_day() -%} coalesce(min(case when sent_date > {{ unknown_day() }} then sent_date end), {{ unknown_day() }}) {%- endmacro %}

{% macro date_list(days) -%}
    {%- for day in days -%}{{ ', ' if not loop.first }}cast('{{ day }}' as date){%- endfor -%}
{%- endmacro %}

{# in_days: a condition that keeps the rows whose `day` is one of the days (texts). #}
{% macro in_days(day, days) -%}
    {%- if days -%} {{ day }} in ({{ date_list(days) }}) {%- else -%} false {%- endif -%}
{%- endmacro %}

{# day_texts: the distinct days, as texts, of a relation. #}
{% macro day_texts(day, relation) %}
    {% if offline() %}{{ return([unknown_day_text(), '2026-01-01']) }}{% endif %}
    {{ return(run_query('select distinct cast(' ~ day ~ ' as varchar(10)) as day from ' ~ relation).columns[0].values() | select | list) }}
{% endmacro %}

{# unread_days: the days sent (texts) of the rows of a model that this model has not taken; none in a full build. #}
{% macro unread_days(model_name) %}
    {% if not is_increment() %}{{ return([]) }}{% endif %}
    {{ return(day_texts('sent_date', ref(model_name) ~ ' where ' ~ unread(model_name))) }}
{% endmacro %}

{# The given days (texts), and so many before and after each, in order. #}
{% macro days_around(days, before, after) %}
    {% set found = [] %}
    {% for day in days %}
        {% for n in range(-before, after + 1) %}
            {% do found.append((modules.datetime.date.fromisoformat(day) + modules.datetime.timedelta(days=n)).isoformat()) %}
        {% endfor %}
    {% endfor %}
    {{ return(found | unique | sort) }}
{% endmacro %}

{# A relation of the numbers first .. last, as n. #}
{% macro days_between(first, last) -%}
    {%- for n in range(first, last + 1) -%}{{ ' union all ' if not loop.first }}select {{ n }} as n{%- endfor -%}
{%- endmacro %}
