{#- How each engine keeps a table (docs/architecture.md):
    append   rows are only added                        staging and exploded models
    merge    all rows of a message are replaced         message marts
    days     whole days are replaced                    daily marts
    table    built anew every time                      dimensions
    The first three are partitioned, sorted or clustered by `day`; a small table has none. -#}

{% macro engine_config(kind, day='sent_date', key=none, dist='message_id') %}{{ return(adapter.dispatch('engine_config', 'email_events')(kind, day, key, dist)) }}{% endmacro %}
{% macro default__engine_config(kind, day, key, dist) %}{{ engine_missing('engine_config') }}{% endmacro %}
{% macro duckdb__engine_config(kind, day, key, dist) %}
    {% set kinds = {
        'append': {'incremental_strategy': 'delete+insert', 'unique_key': key} if key else {'incremental_strategy': 'append'},
        'merge': {'incremental_strategy': 'delete+insert', 'unique_key': 'message_id'},
        'days': {'incremental_strategy': 'delete+insert', 'unique_key': day},
        'table': {},
    } %}
    {{ return(kinds[kind]) }}
{% endmacro %}
{% macro athena__engine_config(kind, day, key, dist) %}
    {#- Trino prunes the target of a MERGE by a subquery, not by `between` or `or`; dbt names the source by the target's name and __dbt_tmp -#}
    {% set target_table = this.schema ~ "." ~ this.identifier %}
    {% set kinds = {
        'append': dict({'table_type': 'iceberg', 'incremental_strategy': 'append'}, **({'partitioned_by': [day]} if day else {})),
        'merge': {'table_type': 'iceberg', 'incremental_strategy': 'merge', 'unique_key': key, 'partitioned_by': [day], 'incremental_predicates': [
            "target." ~ day ~ " in (select t." ~ day ~ " from " ~ target_table ~ " as t where t.message_id in (select s.message_id from "
            ~ target_table ~ "__dbt_tmp as s))"]},
        'days': {'table_type': 'hive', 'incremental_strategy': 'insert_overwrite', 'partitioned_by': [day]},
        'table': {'table_type': 'iceberg'},
    } %}
    {{ return(kinds[kind]) }}
{% endmacro %}
{% macro redshift__engine_config(kind, day, key, dist) %}
    {% set kinds = {
        'append': dict({'incremental_strategy': 'append', 'dist': dist}, **({'sort': day} if day else {})),
        'merge': {'incremental_strategy': 'delete+insert', 'unique_key': 'message_id', 'dist': dist, 'sort': day},
        'days': {'incremental_strategy': 'delete+insert', 'unique_key': day, 'dist': 'even', 'sort': day},
        'table': {},
    } %}
    {{ return(kinds[kind]) }}
{% endmacro %}

{# day_order: ends the select of a table that is read by day. Where an engine skips rows by the order in which they were written, they are
   written by day; the other engines keep them by day themselves (partitions, sort keys). Staging goes without: its rows arrive nearly
   in that order, and sorting them took a third of its time on DuckDB. #}
{% macro day_order(day='sent_date') %}{{ return(adapter.dispatch('day_order', 'email_events')(day)) }}{% endmacro %}
{% macro default__day_order(day) %}{{ engine_missing('day_order') }}{% endmacro %}
{% macro duckdb__day_order(day) -%} order by {{ day }} {%- endmacro %}
{% macro athena__day_order(day) %}{% endmacro %}
{% macro redshift__day_order(day) %}{% endmacro %}

{# forget_days: takes the given days (texts) out of a table, for days that became empty: neither way of replacing days touches those. #}
{% macro forget_days(relation, day, days) %}{{ return(adapter.dispatch('forget_days', 'email_events')(relation, day, days)) }}{% endmacro %}
{% macro default__forget_days(relation, day, days) %}{{ engine_missing('forget_days') }}{% endmacro %}
{% macro duckdb__forget_days(relation, day, days) -%}
    delete from {{ relation }} where {{ day }} in ({{ date_list(days) }})
{%- endmacro %}
{% macro athena__forget_days(relation, day, days) %}
    {% set partitions = [] %}
    {% for one in days %}{% do partitions.append(day ~ "='" ~ one ~ "'") %}{% endfor %}
    {% if not offline() %}{% do adapter.clean_up_partitions(relation, partitions) %}{% endif %}
    {{ return('') }}
{% endmacro %}
{% macro redshift__forget_days(relation, day, days) -%}
    delete from {{ relation }} where {{ day }} in ({{ date_list(days) }})
{%- endmacro %}

{# create_watermarks: the table in which each model records how far it has read its source. A run of marts alone needs it too. #}
{% macro create_watermarks() %}
    {% if flags.WHICH in ('run', 'build') and not offline() %}
        {% do adapter.create_schema(api.Relation.create(database=target.database, schema=staging_schema())) %}
    {% endif %}
    {% if flags.WHICH in ('run', 'build') or offline() %}{{ return(adapter.dispatch('create_watermarks', 'email_events')()) }}{% endif %}
{% endmacro %}
{% macro default__create_watermarks() %}{{ engine_missing('create_watermarks') }}{% endmacro %}
{% macro duckdb__create_watermarks() -%}
    create table if not exists {{ watermarks() }} (model_name varchar, done_through timestamp, written_at timestamp)
{%- endmacro %}
{% macro athena__create_watermarks() -%}
    {%- if offline() or not adapter.get_relation(target.database, staging_schema(), 'model_watermarks') -%}
    create table {{ watermarks() }}
    with (table_type = 'iceberg', is_external = false, location = '{{ target.s3_data_dir.rstrip('/') }}/{{ staging_schema() }}/model_watermarks/{{ invocation_id }}')
    as select cast('' as varchar) as model_name, cast(null as timestamp(6)) as done_through, cast(null as timestamp(6)) as written_at where false
    {%- endif -%}
{%- endmacro %}
{% macro redshift__create_watermarks() -%}
    create table if not exists {{ watermarks() }} (model_name varchar(256), done_through timestamp, written_at timestamp)
{%- endmacro %}

{# check_connection: fails loudly, saying what to run, where the connection would make wrong numbers. #}
{% macro check_connection() %}
    {% if flags.WHICH in ('run', 'build', 'test') or offline() %}{{ return(adapter.dispatch('check_connection', 'email_events')()) }}{% endif %}
{% endmacro %}
{% macro default__check_connection() %}{{ engine_missing('check_connection') }}{% endmacro %}
{% macro duckdb__check_connection() %}
    {% set probe %}
        select
            (select count(*) from duckdb_functions() where function_name = 'object_damages') as checks_objects,
            (select count(*) from duckdb_extensions() where extension_name = 'httpfs' and loaded) as reads_s3
    {% endset %}
    {% if offline() %}{{ return(probe) }}{% endif %}
    {% if '\\' in landing_root() or ('?' in landing_root() and '://' in landing_root()) %}
        {% do exceptions.raise_compiler_error("The name of the landing zone, " ~ landing_root() ~ ", has a character in it that DuckDB cannot look for: a backslash, or in S3 a question mark. Rename it") %}
    {% endif %}
    {% if landing_root().startswith('s3://') and not first_row(probe)[1] %}
        {% do exceptions.raise_compiler_error("The landing zone " ~ landing_root() ~ " is in S3, which the target " ~ target.name ~ " does not read. Run dbt with --target duckdb_s3") %}
    {% endif %}
    {% if not first_row(probe)[0] %}
        {% do exceptions.raise_compiler_error("This target reads landed objects without a check, and a damaged one would be read in part or stop every run. Add to the target " ~ target.name ~ " in profiles.yml: plugins: [{module: warehouse.duckdb_objects}]") %}
    {% endif %}
{% endmacro %}
{% macro athena__check_connection() %}{% endmacro %}
{% macro redshift__check_connection() %}
    {#- where identifiers fold, every camelCase key is silently NULL -#}
    {% set probe %}select probe.doc."aB" is not null from (select json_parse('{"aB": 1}') as doc) as probe{% endset %}
    {% if offline() %}{{ return(probe) }}{% endif %}
    {% if not first_row(probe)[0] %}
        {% do exceptions.raise_compiler_error("Redshift folds JSON keys to lower case on this connection, so every count would be wrong. Run once, as an administrator: ALTER USER " ~ target.user ~ " SET enable_case_sensitive_identifier TO true") %}
    {% endif %}
{% endmacro %}

{# Replaces dbt-duckdb's macro: a view names tables by schema alone, so that it works under whatever name the file is attached. (DuckDB
   looks in the view's own catalogue first.) #}
{% macro duckdb__create_view_as(relation, sql) -%}
    {{ dbt.duckdb__create_view_as(relation, sql | replace('"' ~ relation.database ~ '"."', '"')) }}
{%- endmacro %}
