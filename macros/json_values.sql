{#- Typed values out of JSON, built from the engine's json_text. NULL when absent or of another kind, never an error. -#}

{% macro json_timestamp(doc, path) -%} {{ trimmed_timestamp(json_text(doc, path)) }} {%- endmacro %}

{# text_timestamp, blanks around the text left out. #}
{% macro trimmed_timestamp(text) -%} {{ text_timestamp("trim(both ' ' from " ~ text ~ ')') }} {%- endmacro %}

{# An integer, also when written as text. #}
{% macro json_bigint(doc, path) -%} {{ text_bigint(json_text(doc, path)) }} {%- endmacro %}

{% macro json_double(doc, path) -%} {{ text_double(json_text(doc, path)) }} {%- endmacro %}

{% macro json_bool(doc, path) -%} {{ text_bool(json_text(doc, path)) }} {%- endmacro %}

{% macro text_bool(text) -%} case {{ text }} when 'true' then true when 'false' then false end {%- endmacro %}

{# json_first: element 0 of an array, or the value itself where somebody wrote plain text instead of an array. #}
{% macro json_first(doc, path) -%} coalesce({{ json_text(doc, path + [0]) }}, {{ json_text(doc, path) }}) {%- endmacro %}

{# has_value: true where something but null stands at `path`. #}
{% macro has_value(doc, path) -%} coalesce({{ json_kind(json_doc(doc, path)) }}, 'null') <> 'null' {%- endmacro %}
