{# json_texts: a select of `relation` with one more column for each entry of `columns` (name: path): the scalar at that path
   of the column `doc`, as json_text gives it. For many paths of one document, which DuckDB would parse anew for each. #}
{% macro json_texts(relation, doc, columns) %}{{ return(adapter.dispatch('json_texts', 'email_events')(relation, doc, columns)) }}{% endmacro %}
{% macro default__json_texts(relation, doc, columns) %}{{ engine_missing('json_texts') }}{% endmacro %}
{% macro duckdb__json_texts(relation, doc, columns) -%}
    {%- set paths = [] -%}
    {%- for path in columns.values() -%}{%- do paths.append("'" ~ duckdb_json_path(path) ~ "'") -%}{%- endfor -%}
    select s.* exclude (found_texts){% for column in columns %}, {{ text_cut('s.found_texts[' ~ loop.index ~ "] ->> '$'", longest_text()) }} as {{ column }}{% endfor %}
    from (
        -- random() keeps a filter on these columns from being written out below, once for each mention of a column
        select *, case when random() < 2 then json_value({{ doc }}, [{{ paths | join(', ') }}]) end as found_texts
        from {{ relation }}
    ) as s
{%- endmacro %}
{% macro athena__json_texts(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_text('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}
{% macro redshift__json_texts(relation, doc, columns) -%}
    select s.*{% for column, path in columns.items() %}, {{ json_text('s.' ~ doc, path) }} as {{ column }}{% endfor %}
    from {{ relation }} as s
{%- endmacro %}
