{#- Addresses and keys. -#}

{# surrogate_key: md5 over the texts, each kept apart by a character that no field holds. #}
{% macro surrogate_key(texts) -%}
    {{ md5_text("coalesce(" ~ texts | join(", '') || chr(31) || coalesce(") ~ ", '')") }}
{%- endmacro %}

{# event_key: surrogate_key over texts of any length. A long one stands in it by its own md5, or together they would not fit a text of Redshift's. #}
{% macro event_key(texts) -%}
    {%- set parts = [] -%}
    {%- for text in texts -%}{%- do parts.append("case when length(" ~ text ~ ") > 320 then " ~ md5_text(text) ~ " else " ~ text ~ " end") -%}{%- endfor -%}
    {{ surrogate_key(parts) }}
{%- endmacro %}

{# address_only: the bare address, display name off, ASCII letters in lower case; the tag after + stays. NULL when empty. #}
{% macro address_only(text) -%}
    nullif(translate(trim(both ' ' from
        case when {{ text_matches(text, '<[^<>]*>[^<>]*$') }} then {{ text_extract(text, '<([^<>]*)>[^<>]*$') }} else {{ text }} end
    ), 'ABCDEFGHIJKLMNOPQRSTUVWXYZ', 'abcdefghijklmnopqrstuvwxyz'), '')
{%- endmacro %}

{# address_domain: what stands after the last @ of a bare address. NULL without one. #}
{% macro address_domain(address) -%} {{ text_extract(address, '@([^@]*)$') }} {%- endmacro %}
