{# first_rows: a select of the rows of the table `table` that meet `condition`; of those alike in the columns `keys` only the first in the
   order of the columns `order`. It must be a stored table: a view has no rowid on DuckDB. #}
{% macro first_rows(table, condition, keys, order) %}{{ return(adapter.dispatch('first_rows', 'email_events')(table, condition, keys, order)) }}{% endmacro %}
{% macro default__first_rows(table, condition, keys, order) %}{{ engine_missing('first_rows') }}{% endmacro %}
{% macro duckdb__first_rows(table, condition, keys, order) -%}
    {#- a window carries every column through its sort, so only the keys go through it -#}
    select *
    from {{ table }}
    where {{ condition }}
        and rowid in (
            select row_of_table
            from (
                select rowid as row_of_table, row_number() over (partition by {{ keys | join(', ') }} order by {{ order | join(', ') }}) as row_of_key
                from {{ table }}
                where {{ condition }}
            )
            where row_of_key = 1
        )
{%- endmacro %}
{% macro athena__first_rows(table, condition, keys, order) -%} {{ windowed_first_rows(table, condition, keys, order) }} {%- endmacro %}
{% macro redshift__first_rows(table, condition, keys, order) -%} {{ windowed_first_rows(table, condition, keys, order) }} {%- endmacro %}
{% macro windowed_first_rows(table, condition, keys, order) -%}
    select *
    from (
        select t.*, row_number() over (partition by {{ keys | join(', ') }} order by {{ order | join(', ') }}) as row_of_key
        from {{ table }} as t
        where {{ condition }}
    ) as numbered
    where row_of_key = 1
{%- endmacro %}
