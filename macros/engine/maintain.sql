{# maintain: `dbt run-operation maintain`. Tidies the state table (each run adds a row for each model) and the tables' storage.
   Run it between two runs, never beside one. #}
{% macro maintain() %}
    {% for statement in maintenance(maintained_relations()) %}
        {% do log(statement | replace('\n', ' ') | trim, info=true) %}
        {% do run_query(statement) %}
    {% endfor %}
{% endmacro %}

{# The statements, each by itself: VACUUM takes no company. #}
{% macro maintenance(relations) %}{{ return(adapter.dispatch('maintenance', 'email_events')(relations)) }}{% endmacro %}
{% macro default__maintenance(relations) %}{{ engine_missing('maintenance') }}{% endmacro %}
{% macro duckdb__maintenance(relations) %}
    {{ return([forget_old_watermarks(), 'checkpoint']) }}
{% endmacro %}
{% macro athena__maintenance(relations) %}
    {% set statements = [forget_old_watermarks()] %}
    {% for relation in relations + [watermarks()] %}
        {#- small files into large ones, then snapshots and files that nothing refers to -#}
        {% do statements.append('optimize ' ~ relation ~ ' rewrite data using bin_pack') %}
        {% do statements.append('vacuum ' ~ relation) %}
    {% endfor %}
    {{ return(statements) }}
{% endmacro %}
{% macro redshift__maintenance(relations) %}
    {#- VACUUM runs in no transaction, and dbt may have begun one -#}
    {% set statements = [forget_old_watermarks(), 'commit'] %}
    {% for relation in relations + [watermarks()] %}
        {% do statements.append('vacuum ' ~ relation) %}
        {% do statements.append('analyze ' ~ relation) %}
    {% endfor %}
    {{ return(statements) }}
{% endmacro %}

{# Only each model's last row counts. #}
{% macro forget_old_watermarks() -%}
    delete from {{ watermarks() }}
    where (model_name, written_at) not in (select model_name, max(written_at) from {{ watermarks() }} group by model_name)
{%- endmacro %}

{# The tables that grow and are there: incremental models but the daily marts, whose days are replaced. #}
{% macro maintained_relations() %}
    {% set found = [] %}
    {% for node in graph.nodes.values() if node.resource_type == 'model' and node.config.materialized == 'incremental' and node.config.incremental_strategy in ('append', 'merge') %}
        {#- DuckDB's statements name none, and to ask there opens a transaction, in which no checkpoint may be -#}
        {% if offline() or target.type == 'duckdb' or adapter.get_relation(node.database, node.schema, node.alias) %}{% do found.append(node.schema ~ '.' ~ node.alias) %}{% endif %}
    {% endfor %}
    {{ return(found | sort) }}
{% endmacro %}
