{#- Keys. -#}

{# surrogate_key: md5 over the texts, so written that no two lists of texts give one key: NULL is not '', and no character in a text
   can look like the end of it. A text above 320 characters is represented by its own md5: together they fit a text of Redshift's. #}
{% macro surrogate_key(texts) -%}
    {%- set parts = [] -%}
    {%- for text in texts -%}
        {%- do parts.append("case when " ~ text ~ " is null then '-' when length(" ~ text ~ ") > 320 then " ~ md5_text(text) ~ " else cast(length(" ~ text ~ ") as varchar(3)) || ':' || " ~ text ~ " end") -%}
    {%- endfor -%}
    {{ md5_text(parts | join(' || ')) }}
{%- endmacro %}
