{#- `dbt run-operation stage_landing`: makes what landing.sql reads, on engines that do not read the objects where they lie.
    Safe to repeat: what has landed or was loaded stays as it is. -#}
{% macro stage_landing() %}
    {% for statement in adapter.dispatch('stage_landing_statements', 'email_events')() %}{% do run_query(statement) %}{% endfor %}
{% endmacro %}

{# stage_landing_statements: the statements, in order. #}
{% macro default__stage_landing_statements() %}{{ engine_missing('stage_landing_statements') }}{% endmacro %}
{% macro duckdb__stage_landing_statements() %}{{ return([]) }}{% endmacro %}
{% macro athena__stage_landing_statements() %}
    {#- external tables: dropping one leaves the objects, and makes it follow the variables. A line that reads \N is text, and
        control characters cut none. -#}
    {% if not offline() and not landing_root().startswith('s3://') %}
        {% do exceptions.raise_compiler_error("Athena reads a landing zone in S3, and that of this target is " ~ landing_root() ~ ". Set EMAIL_EVENTS_LANDING=s3://bucket/prefix") %}
    {% endif %}
    {% set schema = source('landing', 'events').schema %}
    {% set statements = ["create schema if not exists `" ~ schema ~ "`"] %}
    {% for table in ('events', 'manifests') %}
        {% do statements.append("drop table if exists `" ~ schema ~ "`.`" ~ table ~ "`") %}
        {% do statements.append(
            "create external table `" ~ schema ~ "`.`" ~ table ~ "` (`line` string) partitioned by (`dt` string, `hour` string)"
            ~ " row format serde 'org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe'"
            ~ " with serdeproperties ('serialization.null.format' = '', 'serialization.last.column.takes.rest' = 'true')"
            ~ " location '" ~ landing_root() ~ "/" ~ table ~ "/' tblproperties ('projection.enabled' = 'true',"
            ~ " 'projection.dt.type' = 'date', 'projection.dt.format' = 'yyyy-MM-dd', 'projection.dt.range' = '" ~ var('landing_begins') ~ ",NOW',"
            ~ " 'projection.dt.interval' = '1', 'projection.dt.interval.unit' = 'DAYS',"
            ~ " 'projection.hour.type' = 'integer', 'projection.hour.range' = '0,23', 'projection.hour.digits' = '2')"
        ) %}
    {% endfor %}
    {{ return(statements) }}
{% endmacro %}
{% macro redshift__stage_landing_statements() %}
    {#- `email-events copy-to-redshift` fills them; a line keeps its text, so that what is no JSON stays visible -#}
    {% set schema = source('landing', 'events').schema %}
    {{ return([
        "create schema if not exists " ~ schema,
        "create table if not exists " ~ schema ~ ".events (landed_object varchar(1024), dt varchar(10), hour varchar(2), line varchar(65535), doc super) diststyle even sortkey (dt, hour)",
        "create table if not exists " ~ schema ~ ".objects (landed_object varchar(1024), dt varchar(10), hour varchar(2), loaded_at timestamp) diststyle all sortkey (dt, hour)",
        "create table if not exists " ~ schema ~ ".manifests (manifest varchar(1024), dt varchar(10), hour varchar(2), doc super) diststyle even sortkey (dt, hour)",
    ]) }}
{% endmacro %}
