{#- Typed values out of JSON, built from the engine's json_text. NULL when absent or of another kind, never an error. -#}

{% macro json_timestamp(doc, path) -%} {{ text_timestamp("trim(both ' ' from " ~ json_text(doc, path) ~ ')') }} {%- endmacro %}

{# An integer, also when written as text. #}
{% macro json_bigint(doc, path) -%} {{ text_bigint(json_text(doc, path)) }} {%- endmacro %}

{% macro json_double(doc, path) -%} {{ text_double(json_text(doc, path)) }} {%- endmacro %}

{% macro json_bool(doc, path) -%}
    case {{ json_text(doc, path) }} when 'true' then true when 'false' then false end
{%- endmacro %}

{# json_first: element 0 of an array, or the value itself where somebody wrote plain text instead of an array. #}
{% macro json_first(doc, path) -%} coalesce({{ json_text(doc, path + [0]) }}, {{ json_text(doc, path) }}) {%- endmacro %}
