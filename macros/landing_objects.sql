{#- Which landed objects a run takes. -#}

{# partitions_since: from which landing partition on (YYYY-MM-DD-HH) this model lists: its last one less the look-back, or var('landing_from').
   A partition from the future does not count: what arrives until then would never be listed. #}
{% macro partitions_since() %}
    {% if var('landing_from', none) %}{{ return(var('landing_from') | string) }}{% endif %}
    {% if is_increment() and not offline() %}
        {% set last = first_row("select max(dt || '-' || hour) from " ~ this ~ " where dt || '-' || hour <= '" ~ run_started_at.strftime('%Y-%m-%d-%H') ~ "'")[0] %}
        {% if last %}
            {% set lookback = modules.datetime.timedelta(hours=var('landing_lookback_hours')) %}
            {{ return((modules.datetime.datetime.strptime(last, '%Y-%m-%d-%H') - lookback).strftime('%Y-%m-%d-%H')) }}
        {% endif %}
    {% endif %}
    {{ return(first_partition()) }}
{% endmacro %}

{# latest_arrival: a query of one row, for `dbt source freshness`: the newest partition of the last seven days, NULL when none has an object.
   Older days would tell no more, and Athena would list every hour of them. #}
{% macro latest_arrival() -%}
    {%- set since = (run_started_at - modules.datetime.timedelta(days=7)).strftime('%Y-%m-%d-%H') -%}
    select cast(max(dt || ' ' || hour || ':00:00') as timestamp) as arrived_at from {{ found_objects(since) }} as objects
{%- endmacro %}

{# What no partition comes before. #}
{% macro first_partition() %}{{ return('0000-00-00-00') }}{% endmacro %}

{# new_objects: the days (dt) and the names of the objects that this model has not taken, for landed_rows: as literals, since only
   those keep every engine from opening the others. Names are none where they are very many, or lie below another spelling of the root.
   And the names of all damaged objects. #}
{% macro new_objects() %}
    {% set damaged = damaged_objects(ref('landing_objects')) %}
    {% if offline() %}{{ return([['2026-01-01', '2026-01-02'], ['a', 'b'] if is_increment() else none, damaged]) }}{% endif %}
    {% set newer = ref('landing_objects') ~ ' where damage is null and ' ~ unread('landing_objects') %}
    {% set days = run_query("select distinct dt from " ~ newer).columns[0].values() | list %}
    {#- a statement may have 256 KiB on Athena, and the model is long itself -#}
    {% if not days or not is_increment() or first_row("select sum(length(landed_object)) from " ~ newer)[0] > 100000 %}{{ return([days, none, damaged]) }}{% endif %}
    {% set names = run_query("select landed_object from " ~ newer).columns[0].values() | list %}
    {% for name in names if not name.startswith(landing_root() ~ '/') %}{{ return([days, none, damaged]) }}{% endfor %}
    {{ return([days, names, damaged]) }}
{% endmacro %}

{# object_key: an object's name below the landing root, the same wherever the zone is stored. #}
{% macro object_key(landed_object) -%} substr({{ landed_object }}, strpos({{ landed_object }}, '/events/dt=') + 1) {%- endmacro %}
