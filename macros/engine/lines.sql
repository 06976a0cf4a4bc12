{# line_may_hold: false only where a line of JSON holds none of the `words`, as it is written. Where parsing costs more than
   looking, this keeps a model from parsing the lines of other sources; an engine may always say true. #}
{% macro line_may_hold(line, words) %}{{ return(adapter.dispatch('line_may_hold', 'email_events')(line, words)) }}{% endmacro %}
{% macro default__line_may_hold(line, words) %}{{ engine_missing('line_may_hold') }}{% endmacro %}
{% macro duckdb__line_may_hold(line, words) -%} {{ line_has_one_of(line, words) }} {%- endmacro %}
{% macro athena__line_may_hold(line, words) -%} {{ line_has_one_of(line, words) }} {%- endmacro %}
{% macro redshift__line_may_hold(line, words) -%}
    {#- lines are parsed when they are loaded, and the text of a long one is cut -#}
    true
{%- endmacro %}

{# JSON may write any letter as \u00.., and then nothing can be told. #}
{% macro line_has_one_of(line, words) -%}
    (
        {%- for word in words %}strpos({{ line }}, '{{ word }}') > 0 or {% endfor -%}
        strpos({{ line }}, chr(92) || 'u00') > 0
    )
{%- endmacro %}
