{#- How each engine reaches the landing zone (docs/landed_event.md). -#}

{# landed_rows: a relation of one row per line, blank ones left out, of the objects under events/: landed_object, dt, hour, line, doc.
   `doc` is the line as JSON, NULL when it is none. Filters on landed_object and dt (literals) keep other objects unread. #}
{% macro landed_rows() %}{{ return(adapter.dispatch('landed_rows', 'email_events')()) }}{% endmacro %}
{% macro default__landed_rows() %}{{ engine_missing('landed_rows') }}{% endmacro %}
{% macro duckdb__landed_rows() -%}
    (
        select landed_object, dt, hour, line, {{ json_parsed('line') }} as doc
        from {{ duckdb_lines('events') }} as lines
    )
{%- endmacro %}
{% macro athena__landed_rows() -%}
    (
        select "$path" as landed_object, dt, hour, line, {{ json_parsed('line') }} as doc
        from {{ source('landing', 'events') }}
        where trim(line) <> '' and "$path" like '%.json.gz'
    )
{%- endmacro %}
{% macro redshift__landed_rows() -%}
    (
        select landed_object, dt, hour, line, doc
        from {{ source('landing', 'events') }}
    )
{%- endmacro %}

{# found_objects: a relation of one row per object in the partitions from `since` (YYYY-MM-DD-HH) on: landed_object, dt, hour. #}
{% macro found_objects(since) %}{{ return(adapter.dispatch('found_objects', 'email_events')(since)) }}{% endmacro %}
{% macro default__found_objects(since) %}{{ engine_missing('found_objects') }}{% endmacro %}
{% macro duckdb__found_objects(since) -%}
    {#- names only: no object is opened -#}
    (
        select *
        from (
            select
                file as landed_object,
                regexp_extract(file, '/dt=([^/]+)/', 1) as dt,
                regexp_extract(file, '/hour=([^/]+)/', 1) as hour
            from glob('{{ duckdb_objects('events') }}')
        )
        where dt || '-' || hour >= '{{ since }}'
    )
{%- endmacro %}
{% macro athena__found_objects(since) -%}
    (
        select "$path" as landed_object, dt, hour
        from {{ source('landing', 'events') }}
        where dt >= '{{ since[:10] }}' and dt || '-' || hour >= '{{ since }}' and "$path" like '%.json.gz'
        group by "$path", dt, hour
    )
{%- endmacro %}
{% macro redshift__found_objects(since) -%}
    (
        select landed_object, dt, hour
        from {{ source('landing', 'objects') }}
        where dt >= '{{ since[:10] }}' and dt || '-' || hour >= '{{ since }}'
    )
{%- endmacro %}

{# manifest_rows: a relation of one row per manifest: manifest (its name), dt, hour, doc. #}
{% macro manifest_rows() %}{{ return(adapter.dispatch('manifest_rows', 'email_events')()) }}{% endmacro %}
{% macro default__manifest_rows() %}{{ engine_missing('manifest_rows') }}{% endmacro %}
{% macro duckdb__manifest_rows() -%}
    (select landed_object as manifest, dt, hour, {{ json_parsed('line') }} as doc from {{ duckdb_lines('manifests') }} as lines)
{%- endmacro %}
{% macro athena__manifest_rows() -%}
    (
        select "$path" as manifest, dt, hour, {{ json_parsed('line') }} as doc
        from {{ source('landing', 'manifests') }}
        where trim(line) <> '' and "$path" like '%.json'
    )
{%- endmacro %}
{% macro redshift__manifest_rows() -%}
    (select manifest, dt, hour, doc from {{ source('landing', 'manifests') }})
{%- endmacro %}

{# DuckDB reads whole lines: JSON forbids the control character that stands as the delimiter. #}
{% macro duckdb_lines(folder) -%}
    {%- if duckdb_is_empty(folder) -%}
    (select '' as landed_object, '' as dt, '' as hour, '' as line where false)
    {%- else -%}
    (
        select filename as landed_object, dt, hour, line
        from read_csv(
            '{{ duckdb_objects(folder) }}',
            columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false, auto_detect = false,
            hive_partitioning = true, hive_types = {'dt': 'VARCHAR', 'hour': 'VARCHAR'}, filename = true, max_line_size = 2097152,
            strict_mode = false -- or one carriage return among line feeds fails the whole query
        )
        where trim(line, e' \t\r') <> ''
    )
    {%- endif -%}
{%- endmacro %}
{% macro duckdb_objects(folder) -%}
    {{ var('landing_root') | replace("'", "''") }}/{{ folder }}/dt=*/hour=*/*.json{{ '.gz' if folder == 'events' }}
{%- endmacro %}
{% macro duckdb_is_empty(folder) %}
    {% if offline() %}{{ return(false) }}{% endif %}
    {% set is_empty = first_row("select count(*) from glob('" ~ duckdb_objects(folder) ~ "')")[0] == 0 %}
    {% if is_empty and folder == 'events' %}
        {% do exceptions.warn("No objects under " ~ var('landing_root') ~ "/events/, so nothing new comes in. Is landing_root right? Say it with --vars 'landing_root: ...'") %}
    {% endif %}
    {{ return(is_empty) }}
{% endmacro %}
