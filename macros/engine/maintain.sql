{# maintain: `dbt run-operation maintain`. Tidies the state table (each run adds a row for each model) and the tables' storage.
   Run it between two runs, never beside one. #}
{% macro maintain() %}
    {% for statement in maintenance(growing_tables()) %}
        {% do log(statement | replace('\n', ' ') | trim, info=true) %}
        {% do run_query(statement) %}
    {% endfor %}
{% endmacro %}

{# The statements, each by itself: VACUUM takes no company. #}
{% macro maintenance(tables) %}{{ return(adapter.dispatch('maintenance', 'email_events')(tables)) }}{% endmacro %}
{% macro default__maintenance(tables) %}{{ engine_missing('maintenance') }}{% endmacro %}
{% macro duckdb__maintenance(tables) %}
    {#- nothing is asked of the catalogue: that opens a transaction, in which no checkpoint may be -#}
    {{ return([forget_old_watermarks(), 'checkpoint']) }}
{% endmacro %}
{% macro athena__maintenance(tables) %}
    {#- small files into large ones, then snapshots and files that nothing refers to -#}
    {% set statements = [forget_old_watermarks(), 'optimize ' ~ watermarks() ~ ' rewrite data using bin_pack', 'vacuum ' ~ watermarks()] %}
    {% for table in tables if is_there(table) %}
        {% set name = table.schema ~ '.' ~ table.alias %}
        {% for condition in athena_small_files(table) %}
            {% do statements.append('optimize ' ~ name ~ ' rewrite data using bin_pack' ~ condition) %}
        {% endfor %}
        {% do statements.append('vacuum ' ~ name) %}
    {% endfor %}
    {{ return(statements) }}
{% endmacro %}
{% macro redshift__maintenance(tables) %}
    {#- VACUUM runs in no transaction, and dbt may have begun one -#}
    {% set statements = [forget_old_watermarks(), 'commit', 'vacuum ' ~ watermarks(), 'analyze ' ~ watermarks()] %}
    {% set loaded = [] %}
    {% for name in ('events', 'objects', 'manifests') %}
        {% set table = source('landing', name) %}
        {% do loaded.append({'database': table.database, 'schema': table.schema, 'alias': table.identifier}) %}
    {% endfor %}
    {% for table in loaded + tables if is_there(table) %}
        {% do statements.append('vacuum ' ~ table.schema ~ '.' ~ table.alias) %}
        {% do statements.append('analyze ' ~ table.schema ~ '.' ~ table.alias) %}
    {% endfor %}
    {{ return(statements) }}
{% endmacro %}

{# Conditions, each of which holds for at most 100 days: one statement of Athena's rewrites no more. Windows in which no day has a second
   file are left out. A table without days is rewritten whole. #}
{% macro athena_small_files(table) %}
    {% if table.day is none %}{{ return(['']) }}{% endif %}
    {% set windows = [["date '2026-01-01'", "date '2026-04-10'"]] if offline() else athena_days_of_small_files(table) %}
    {% set conditions = [] %}
    {% for first, last in windows %}{% do conditions.append(' where ' ~ table.day ~ ' >= ' ~ first ~ ' and ' ~ table.day ~ ' <= ' ~ last) %}{% endfor %}
    {{ return(conditions) }}
{% endmacro %}
{% macro athena_days_of_small_files(table) %}
    {% set literal = "case typeof(max(day)) when 'date' then 'date ' else '' end || '''' || cast(%s(day) as varchar) || ''''" %}
    {% set windows = run_query(
        "select " ~ literal % 'min' ~ ", " ~ literal % 'max' ~ " from (select partition." ~ table.day ~ " as day, file_count,"
        ~ ' (row_number() over (order by partition.' ~ table.day ~ ') - 1) / 100 as number_of_window from "' ~ table.schema ~ '"."' ~ table.alias ~ '$partitions")'
        ~ " group by number_of_window having max(file_count) > 1 order by 1"
    ) %}
    {{ return(windows.rows) }}
{% endmacro %}

{# Only each model's last row counts. #}
{% macro forget_old_watermarks() -%}
    delete from {{ watermarks() }}
    where not exists (
        select 1 from (select model_name, max(written_at) as written_at from {{ watermarks() }} group by model_name) as last_rows
        where last_rows.model_name = model_watermarks.model_name and last_rows.written_at = model_watermarks.written_at
    )
{%- endmacro %}

{# The tables whose rows are added or replaced; a partition of Hive's, as a daily mart has them on Athena, is replaced whole and needs nothing. `day` is what they are partitioned by, where they are. #}
{% macro growing_tables() %}
    {% set found = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' and node.config.incremental_strategy in ('append', 'merge', 'delete+insert') %}
        {% do found.append({'database': node.database, 'schema': node.schema, 'alias': node.alias, 'day': (node.config.get('partitioned_by') or [none])[0]}) %}
    {% endfor %}
    {{ return(found | sort(attribute='alias')) }}
{% endmacro %}

{% macro is_there(table) %}{{ return(offline() or adapter.get_relation(table.database, table.schema, table.alias) is not none) }}{% endmacro %}
