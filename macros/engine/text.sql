{#- Text on three engines. Patterns use what RE2, Java and POSIX read alike: no look-around, no \d. -#}

{# md5_text: 32 lower-case hexadecimal digits of the MD5 of the text's UTF-8 bytes. #}
{% macro md5_text(text) %}{{ return(adapter.dispatch('md5_text', 'email_events')(text)) }}{% endmacro %}
{% macro default__md5_text(text) %}{{ engine_missing('md5_text') }}{% endmacro %}
{% macro duckdb__md5_text(text) -%} md5({{ text }}) {%- endmacro %}
{% macro athena__md5_text(text) -%} lower(to_hex(md5(to_utf8({{ text }})))) {%- endmacro %}
{% macro redshift__md5_text(text) -%} md5({{ text }}) {%- endmacro %}

{# text_cut: the first `characters` characters (code points) of the text, on Redshift in a column that is just wide enough; without
   blanks at its end, which count for nothing where Redshift compares texts. #}
{% macro text_cut(text, characters) %}{{ return(adapter.dispatch('text_cut', 'email_events')(text, characters)) }}{% endmacro %}
{% macro default__text_cut(text, characters) %}{{ engine_missing('text_cut') }}{% endmacro %}
{% macro duckdb__text_cut(text, characters) -%}
    {#- cutting and trimming cost thirty times as much as looking whether that is needed -#}
    case when strlen({{ text }}) <= {{ characters }} and not ends_with({{ text }}, ' ') then {{ text }} else {{ duckdb_cut(text, characters) }} end
{%- endmacro %}
{% macro duckdb_cut(text, characters) -%} trim(trailing ' ' from left({{ text }}, {{ characters }})) {%- endmacro %}
{% macro athena__text_cut(text, characters) -%} trim(trailing ' ' from substr({{ text }}, 1, {{ characters }})) {%- endmacro %}
{% macro redshift__text_cut(text, characters) -%} cast(trim(trailing ' ' from left({{ text }}, {{ characters }})) as {{ type_text(4 * characters) }}) {%- endmacro %}

{# text_matches: true when the pattern is found in the text. NULL for NULL. #}
{% macro text_matches(text, pattern) %}{{ return(adapter.dispatch('text_matches', 'email_events')(text, pattern)) }}{% endmacro %}
{% macro default__text_matches(text, pattern) %}{{ engine_missing('text_matches') }}{% endmacro %}
{% macro duckdb__text_matches(text, pattern) -%} regexp_matches({{ text }}, '{{ pattern }}') {%- endmacro %}
{% macro athena__text_matches(text, pattern) -%} regexp_like({{ text }}, '{{ pattern }}') {%- endmacro %}
{% macro redshift__text_matches(text, pattern) -%} ({{ text }} ~ '{{ pattern }}') {%- endmacro %}

{# text_extract: what the pattern's one group holds at its first match. NULL when nothing matches or it is empty. #}
{% macro text_extract(text, pattern) %}{{ return(adapter.dispatch('text_extract', 'email_events')(text, pattern)) }}{% endmacro %}
{% macro default__text_extract(text, pattern) %}{{ engine_missing('text_extract') }}{% endmacro %}
{% macro duckdb__text_extract(text, pattern) -%} nullif(regexp_extract({{ text }}, '{{ pattern }}', 1), '') {%- endmacro %}
{% macro athena__text_extract(text, pattern) -%} nullif(regexp_extract({{ text }}, '{{ pattern }}', 1), '') {%- endmacro %}
{% macro redshift__text_extract(text, pattern) -%} nullif(regexp_substr({{ text }}, '{{ pattern }}', 1, 1, 'e'), '') {%- endmacro %}

{# text_found: the same at the match of that number, from 1. text_count: how many matches there are. Matches do not overlap. #}
{% macro text_found(text, pattern, number) %}{{ return(adapter.dispatch('text_found', 'email_events')(text, pattern, number)) }}{% endmacro %}
{% macro default__text_found(text, pattern, number) %}{{ engine_missing('text_found') }}{% endmacro %}
{% macro duckdb__text_found(text, pattern, number) -%} nullif(regexp_extract_all({{ text }}, '{{ pattern }}', 1)[{{ number }}], '') {%- endmacro %}
{% macro athena__text_found(text, pattern, number) -%} nullif(element_at(regexp_extract_all({{ text }}, '{{ pattern }}', 1), {{ number }}), '') {%- endmacro %}
{% macro redshift__text_found(text, pattern, number) -%} nullif(regexp_substr({{ text }}, '{{ pattern }}', 1, {{ number }}, 'e'), '') {%- endmacro %}

{% macro text_count(text, pattern) %}{{ return(adapter.dispatch('text_count', 'email_events')(text, pattern)) }}{% endmacro %}
{% macro default__text_count(text, pattern) %}{{ engine_missing('text_count') }}{% endmacro %}
{% macro duckdb__text_count(text, pattern) -%} cast(len(regexp_extract_all({{ text }}, '{{ pattern }}')) as integer) {%- endmacro %}
{% macro athena__text_count(text, pattern) -%} cast(regexp_count({{ text }}, '{{ pattern }}') as integer) {%- endmacro %}
{% macro redshift__text_count(text, pattern) -%} regexp_count({{ text }}, '{{ pattern }}') {%- endmacro %}

{# text_replaced: the text with each match of the pattern replaced. The replacement is a plain text: engines name groups differently. #}
{% macro text_replaced(text, pattern, replacement) %}{{ return(adapter.dispatch('text_replaced', 'email_events')(text, pattern, replacement)) }}{% endmacro %}
{% macro default__text_replaced(text, pattern, replacement) %}{{ engine_missing('text_replaced') }}{% endmacro %}
{% macro duckdb__text_replaced(text, pattern, replacement) -%} regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}', 'g') {%- endmacro %}
{% macro athena__text_replaced(text, pattern, replacement) -%} regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}') {%- endmacro %}
{% macro redshift__text_replaced(text, pattern, replacement) -%} regexp_replace({{ text }}, '{{ pattern }}', '{{ replacement }}') {%- endmacro %}

{# text_code_point: the code point of the text's first character. #}
{% macro text_code_point(text) %}{{ return(adapter.dispatch('text_code_point', 'email_events')(text)) }}{% endmacro %}
{% macro default__text_code_point(text) %}{{ engine_missing('text_code_point') }}{% endmacro %}
{% macro duckdb__text_code_point(text) -%} cast(ascii({{ text }}) as bigint) {%- endmacro %}
{% macro athena__text_code_point(text) -%} cast(codepoint(cast(substr({{ text }}, 1, 1) as varchar(1))) as bigint) {%- endmacro %}
{% macro redshift__text_code_point(text) -%} cast(ascii({{ text }}) as bigint) {%- endmacro %}

{# texts_joined: an aggregate: the texts of a group, joined in the order of the columns `order`. #}
{% macro texts_joined(text, order) %}{{ return(adapter.dispatch('texts_joined', 'email_events')(text, order)) }}{% endmacro %}
{% macro default__texts_joined(text, order) %}{{ engine_missing('texts_joined') }}{% endmacro %}
{% macro duckdb__texts_joined(text, order) -%} string_agg({{ text }}, '' order by {{ order }}) {%- endmacro %}
{% macro athena__texts_joined(text, order) -%} array_join(array_agg({{ text }} order by {{ order }}), '') {%- endmacro %}
{% macro redshift__texts_joined(text, order) -%} listagg({{ text }}, '') within group (order by {{ order }}) {%- endmacro %}

{# text_bigint, text_double: a number written in decimal. NULL for any other text, never an error. #}
{% macro text_bigint(text) -%}
    case when {{ text_matches(text, '^-?[0-9]+$') }} and length({{ text }}) <= 18 then cast({{ text }} as bigint) end
{%- endmacro %}
{% macro text_double(text) -%}
    case when {{ text_matches(text, '^-?[0-9]+([.][0-9]+)?([eE][+-]?[0-9][0-9]?)?$') }} and length({{ text }}) <= 40 then cast({{ text }} as {{ type_double() }}) end
{%- endmacro %}
