{#- What a run refuses before any model runs, each in one sentence that names the fix. -#}

{# check_reference_data: stops a run whose models read a seed that is neither in the warehouse nor loaded by this run. #}
{% macro check_reference_data() %}
    {% if flags.WHICH in ('run', 'build') and not offline() %}
        {% set missing = [] %}
        {% for name in selected_resources if name.startswith('model.') %}
            {% for parent in graph.nodes[name].depends_on.nodes if parent.startswith('seed.') and parent not in selected_resources %}
                {% set seed = graph.nodes[parent] %}
                {% if seed.name not in missing and not adapter.get_relation(seed.database, seed.schema, seed.alias) %}
                    {% do missing.append(seed.name) %}
                {% endif %}
            {% endfor %}
        {% endfor %}
        {% if missing %}
            {% do exceptions.raise_compiler_error("These seeds are not in the warehouse, so no model was run: " ~ missing | sort | join(', ') ~ ". Load them once with `dbt seed`, or run `dbt build`, which loads them too.") %}
        {% endif %}
    {% endif %}
{% endmacro %}

{# check_landing_root: stops a run that names another landing zone than the one the warehouse was built from, which landing_objects records
   with each object. Another name of the same zone, or of a zone that was moved, has the objects of the newest known day. #}
{% macro check_landing_root() %}
    {% if not execute %}{% do ref('landing_objects') %}{{ return('') }}{% endif %}
    {% set known = ref('landing_objects') %}
    {% if offline() %}{{ return(known_objects_below_root(known, '2026-01-01')) }}{% endif %}
    {% if flags.WHICH not in ('run', 'build') or not adapter.get_relation(known.database, known.schema, known.identifier) %}{{ return('') }}{% endif %}
    {% if flags.FULL_REFRESH and 'model.email_events.landing_objects' in selected_resources %}{{ return('') }}{% endif %}
    {% set newest = run_query("select landed_object from " ~ known ~ " order by seen_at desc, dt desc limit 1").rows %}
    {% set recorded = newest[0][0].rpartition('/events/dt=')[0] if newest else landing_root() %}
    {% if recorded != landing_root() and not first_row(known_objects_below_root(known, first_row("select max(dt) from " ~ known)[0]))[0] %}
        {% do exceptions.raise_compiler_error(
            "This warehouse was built from the landing zone " ~ recorded ~ ", and this run names " ~ landing_root() ~ ", which has none of its newest objects, so no model was run."
            ~ " Name the target of that landing zone, or the landing zone of this target (EMAIL_EVENTS_LANDING, or `landing_zones` in dbt_project.yml);"
            ~ " or rebuild the warehouse from " ~ landing_root() ~ " with `dbt build --full-refresh`."
        ) %}
    {% endif %}
{% endmacro %}

{# known_objects_below_root: counts the objects of the day `dt` in the table `known` that are below the landing root of this run. #}
{% macro known_objects_below_root(known, dt) -%}
    select count(*) as objects
    from {{ found_objects(dt ~ '-00') }} as found
    inner join {{ known }} as known on {{ object_key('found.landed_object') }} = {{ object_key('known.landed_object') }}
    where known.dt = '{{ dt }}' and strpos(found.landed_object, {{ text_list([landing_root() ~ '/events/']) }}) = 1
{%- endmacro %}
