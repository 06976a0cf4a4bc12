{#- Many fields of one document, read in one pass: DuckDB parses a document again for each call. -#}

{# json_texts: a select of `relation` with one more column for each entry of `columns` (name: path): the scalar at that path
   of the column `doc`, as json_text gives it. `doc` may be a document that json_stored wrote. #}
{% macro json_texts(relation, doc, columns) %}{{ return(adapter.dispatch('json_texts', 'email_events')(relation, doc, columns)) }}{% endmacro %}
{% macro default__json_texts(relation, doc, columns) %}{{ engine_missing('json_texts') }}{% endmacro %}
{% macro duckdb__json_texts(relation, doc, columns) -%}
    select t.* replace (
        {%- for column, path in columns.items() %}
        {{ duckdb_scalar_text('t', doc, column, path) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    from ({{ duckdb_found_texts(relation, doc, columns) }}) as t
{%- endmacro %}
{% macro duckdb_scalar_text(alias, doc, column, path) -%}
    case
        when {{ duckdb_is_plain_text(alias ~ '.' ~ column) }} then {{ alias }}.{{ column }}
        when {{ alias }}.{{ column }} is not null then {{ json_text(alias ~ '.' ~ doc, path) }}
    end as {{ column }}
{%- endmacro %}
{% macro duckdb_is_plain_text(text) -%}
    {#- json_extract_string gives an object or an array as text: a text that begins like one, by [ (91) or { (123), is looked at again -#}
    strlen({{ text }}) <= {{ longest_text() }} and not ends_with({{ text }}, ' ') and ascii({{ text }}) not in (91, 123)
{%- endmacro %}
{% macro duckdb_found_texts(relation, doc, columns) -%}
    select s.* exclude (found_texts){% for column in columns %}, s.found_texts[{{ loop.index }}] as {{ column }}{% endfor %}
    from (select *, json_extract_string({{ doc }}, {{ duckdb_json_paths(columns.values()) }}) as found_texts from {{ relation }}) as s
{%- endmacro %}
{% macro athena__json_texts(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_text('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}
{% macro redshift__json_texts(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_text('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}

{# json_strings: the same for fields that are strings: NULL where a number or a boolean stands there. `scalars` are columns that json_texts would
   give: one pass for both. #}
{% macro json_strings(relation, doc, columns, scalars={}) %}{{ return(adapter.dispatch('json_strings', 'email_events')(relation, doc, columns, scalars)) }}{% endmacro %}
{% macro default__json_strings(relation, doc, columns, scalars) %}{{ engine_missing('json_strings') }}{% endmacro %}
{% macro duckdb__json_strings(relation, doc, columns, scalars) -%}
    select t.* replace (
        {%- for column, path in columns.items() %}
        {%- set text = 't.' ~ column %}
        case
            -- the type is asked where the text may be that of a number or a boolean: by its first letter first, which costs less than a pattern
            when ascii({{ text }}) > 57 and ascii({{ text }}) not in (102, 116) and {{ duckdb_is_plain_text(text) }} then {{ text }}
            when not regexp_matches({{ text }}, '^(-?[0-9]+([.][0-9]+)?([eE][-+]?[0-9]+)?|true|false)$') and {{ duckdb_is_plain_text(text) }} then {{ text }}
            when {{ text }} is not null then {{ json_string('t.' ~ doc, path) }}
        end as {{ column }}{{ ',' if not loop.last or scalars }}
        {%- endfor %}
        {%- for column, path in scalars.items() %}
        {{ duckdb_scalar_text('t', doc, column, path) }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    from ({{ duckdb_found_texts(relation, doc, dict(columns, **scalars)) }}) as t
{%- endmacro %}
{% macro athena__json_strings(relation, doc, columns, scalars) -%} {{ json_strings_one_by_one(relation, doc, columns, scalars) }} {%- endmacro %}
{% macro redshift__json_strings(relation, doc, columns, scalars) -%} {{ json_strings_one_by_one(relation, doc, columns, scalars) }} {%- endmacro %}
{% macro json_strings_one_by_one(relation, doc, columns, scalars) -%}
    select
        s.*
        {%- for column, path in columns.items() %}, {{ json_string('s.' ~ doc, path) }} as {{ column }}{% endfor %}
        {%- for column, path in scalars.items() %}, {{ json_text('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}

{# json_docs: the same for documents: a select of `relation` with one more column for each entry of `columns` (name: path), as json_doc
   gives it. #}
{% macro json_docs(relation, doc, columns) %}{{ return(adapter.dispatch('json_docs', 'email_events')(relation, doc, columns)) }}{% endmacro %}
{% macro default__json_docs(relation, doc, columns) %}{{ engine_missing('json_docs') }}{% endmacro %}
{% macro duckdb__json_docs(relation, doc, columns) -%}
    select s.* exclude (found_docs){% for column in columns %}, s.found_docs[{{ loop.index }}] as {{ column }}{% endfor %}
    from (select *, json_extract({{ doc }}, {{ duckdb_json_paths(columns.values()) }}) as found_docs from {{ relation }}) as s
{%- endmacro %}
{% macro athena__json_docs(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_doc('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}
{% macro redshift__json_docs(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_doc('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}

{% macro duckdb_json_paths(paths) -%}
    [{% for path in paths %}{{ ', ' if not loop.first }}'{{ duckdb_json_path(path) }}'{% endfor %}]
{%- endmacro %}
