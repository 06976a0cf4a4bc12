{#- Watermarks: how far each model has taken the models that it reads. -#}

{# True where this run adds to a table that the model already has. SQL that is compiled without a server has a variable for it. #}
{% macro is_increment() %}
    {% if offline() %}{{ return(var('compile_incremental', false)) }}{% endif %}
    {{ return(is_incremental()) }}
{% endmacro %}

{# True while parsing, and when SQL is only compiled to be read: no server may be asked. #}
{% macro offline() %}{{ return(not execute or var('compile_incremental', none) is not none) }}{% endmacro %}

{% macro first_row(sql) %}{{ return(run_query(sql).rows[0]) }}{% endmacro %}

{# The start of this run, as its models write it; where an earlier run had a clock that was ahead, a moment after that one: rows are found
   by being newer than those that were taken. #}
{% macro run_time() %}
    {% set started = run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f') %}
    {% if flags.WHICH in ('run', 'build') and not offline() %}
        {% set last = first_row("select cast(max(written_at) as varchar(40)) from " ~ watermarks())[0] %}
        {% if last and last[:26] > started %}
            {% set started = (modules.datetime.datetime.fromisoformat(last[:26]) + modules.datetime.timedelta(milliseconds=1)).strftime('%Y-%m-%d %H:%M:%S.%f') %}
        {% endif %}
    {% endif %}
    {{ return(timestamp_literal(started)) }}
{% endmacro %}

{# staging_schema: the schema of staging, which has the state of the models too (dbt_project.yml names it). #}
{% macro staging_schema() %}{{ return(generate_schema_name(env_var('EMAIL_EVENTS_STAGING_SCHEMA', 'staging'), model)) }}{% endmacro %}

{% macro watermarks() %}{{ return(staging_schema() ~ '.model_watermarks') }}{% endmacro %}

{# The watermark of this model, as a constant. #}
{% macro watermark() %}
    {% set done_through = none %}
    {% if is_increment() and not offline() %}
        {% set done_through = first_row("select cast(max(done_through) as varchar(40)) from " ~ watermarks() ~ " where model_name = '" ~ this.identifier ~ "'")[0] %}
    {% endif %}
    {{ return(timestamp_literal(done_through or '1970-01-01 00:00:00')) }}
{% endmacro %}

{# written_at: the column in which the rows of a model have the start of the run that wrote them. #}
{% macro written_at(model_name) %}
    {% set columns = {'landing_objects': 'seen_at', 'landing_records': 'recorded_at', 'fct_recipient_events': 'restated_at', 'fct_message_recipients': 'restated_at'} %}
    {{ return(columns.get(model_name, 'staged_at')) }}
{% endmacro %}

{# unread: a condition that keeps the rows of a model that this model has not taken; all of them in a full build. `alias` is the name
   that the model has in the statement. #}
{% macro unread(model_name, alias=none) -%}
    {%- if is_increment() -%} {{ alias ~ '.' if alias }}{{ written_at(model_name) }} > {{ watermark() }} {%- else -%} true {%- endif -%}
{%- endmacro %}

{# A post-hook of the models that read another: it has taken everything of that one. It runs after the model, so a run that died
   is repeated. #}
{% macro save_watermark() -%}
    {%- set reads = (config.get('meta') or {}).get('reads') -%}
    {%- if reads -%}
    insert into {{ watermarks() }}
    select '{{ this.identifier }}' as model_name, max({{ written_at(reads) }}) as done_through, {{ run_time() }} as written_at
    from {{ ref(reads) }}
    where {{ written_at(reads) }} > {{ watermark() }}
    having max({{ written_at(reads) }}) is not null
    {%- endif -%}
{%- endmacro %}

{# check_reporting_zone: stops a model that has cut its days in another zone than var('reporting_time_zone'): an increment would mix both. #}
{% macro check_reporting_zone() %}
    {% if is_increment() and not offline() and stored_zone() not in (none, var('reporting_time_zone')) %}
        {% do exceptions.raise_compiler_error(
            this.identifier ~ " has its days in " ~ stored_zone() ~ ", and reporting_time_zone is " ~ var('reporting_time_zone')
            ~ ". Set it back, or rebuild the daily marts once: dbt build --full-refresh --select int_event_days_paired+ int_sending_days_counted+"
        ) %}
    {% endif %}
{% endmacro %}

{# The zone in which this model has cut its days: a row of the watermarks whose name ends with it. None where none was noted. #}
{% macro stored_zone() %}
    {% if offline() %}{{ return(none) }}{% endif %}
    {% set found = run_query("select model_name from " ~ watermarks() ~ " where model_name like '" ~ this.identifier ~ " in %' order by written_at desc limit 1").rows %}
    {{ return(found[0][0].split(' in ')[1] if found else none) }}
{% endmacro %}

{# A post-hook of the models that cut days: notes the zone. #}
{% macro save_reporting_zone() -%}
    {%- if not is_increment() or stored_zone() is none -%}
    insert into {{ watermarks() }}
    select '{{ this.identifier }} in {{ var('reporting_time_zone') }}' as model_name, {{ run_time() }} as done_through, {{ run_time() }} as written_at
    {%- endif -%}
{%- endmacro %}

{# in_run_times: a condition that keeps the rows whose `column` is the start of a run that some row of `relation` has there: as literals,
   since only those keep every engine from reading the rows of other runs. #}
{% macro in_run_times(column, relation) -%}
    {%- set found = ['1970-01-01 00:00:00'] if offline() else run_query('select distinct cast(' ~ column ~ ' as varchar(40)) as run from ' ~ relation).columns[0].values() -%}
    {%- if found -%}
    {{ column }} in ({% for text in found %}{{ ', ' if not loop.first }}{{ timestamp_literal(text) }}{% endfor %})
    {%- else -%} false {%- endif -%}
{%- endmacro %}
