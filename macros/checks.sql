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
            {% do exceptions.raise_compiler_error("The reference data " ~ missing | sort | join(' and ') ~ " is not in the warehouse, so no model was run. Load it once with `dbt seed`, or run `dbt build`, which loads it too.") %}
        {% endif %}
    {% endif %}
{% endmacro %}
