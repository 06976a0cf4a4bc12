{#- Many fields of one document, read in one pass: DuckDB parses a document again for each call. -#}

{# json_texts: a select of `relation` with one more column for each entry of `columns` (name: path): the scalar at that path
   of the column `doc`, as json_text gives it. `doc` may be a document that json_stored wrote. #}
{% macro json_texts(relation, doc, columns) %}{{ return(adapter.dispatch('json_texts', 'email_events')(relation, doc, columns)) }}{% endmacro %}
{% macro default__json_texts(relation, doc, columns) %}{{ engine_missing('json_texts') }}{% endmacro %}
{% macro duckdb__json_texts(relation, doc, columns) -%}
    {#- json_extract_string gives an object or an array as text: a text that begins like one, by [ (91) or { (123), is looked at again -#}
    select t.* replace (
        {%- for column, path in columns.items() %}
        case
            when strlen(t.{{ column }}) <= {{ longest_text() }} and not ends_with(t.{{ column }}, ' ') and ascii(t.{{ column }}) not in (91, 123) then t.{{ column }}
            when t.{{ column }} is not null then {{ json_text('t.' ~ doc, path) }}
        end as {{ column }}{{ ',' if not loop.last }}
        {%- endfor %}
    )
    from (
        select s.* exclude (found_texts){% for column in columns %}, s.found_texts[{{ loop.index }}] as {{ column }}{% endfor %}
        from (select *, json_extract_string({{ doc }}, {{ duckdb_json_paths(columns.values()) }}) as found_texts from {{ relation }}) as s
    ) as t
{%- endmacro %}
{% macro athena__json_texts(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_text('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}
{% macro redshift__json_texts(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_text('s.' ~ doc, path) }} as {{ column }}{% endfor %}
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
