{# json_fields: a select of the columns `keep`, `parent`, `field`, `kind` and `events`: the keys of the objects in the columns `documents`
   (parent: column), the kind (as json_kind) of each value, and how many rows of `relation` have it. What is not an object gives no row. #}
{% macro json_fields(relation, keep, documents) %}{{ return(adapter.dispatch('json_fields', 'email_events')(relation, keep, documents)) }}{% endmacro %}
{% macro default__json_fields(relation, keep, documents) %}{{ engine_missing('json_fields') }}{% endmacro %}
{% macro duckdb__json_fields(relation, keep, documents) -%}
    {#- a few lists of keys and kinds for a million documents: counted first, taken apart then -#}
    select {{ keep | join(', ') }}, parent, field, {{ duckdb_kind_name('json_type_name') }} as kind, cast(sum(events) as bigint) as events
    from (
        select {{ keep | join(', ') }}, parent, unnest(field_names) as field, unnest(kind_names) as json_type_name, events
        from (
            select
                {{ keep | join(', ') }},
                events,
                unnest({{ duckdb_list(documents.keys() | map('string'), "'", "'") }}) as parent,
                unnest({{ duckdb_list(range(documents | length), 'fields_', '') }}) as field_names,
                unnest({{ duckdb_list(range(documents | length), 'kinds_', '') }}) as kind_names
            from (
                select
                    {{ keep | join(', ') }},
                    {%- for column in documents.values() %}
                    json_keys({{ column }}) as fields_{{ loop.index0 }},
                    json_type({{ column }}, '$.*') as kinds_{{ loop.index0 }},
                    {%- endfor %}
                    count(*) as events
                from {{ relation }}
                group by all
            )
        )
    )
    group by {{ keep | join(', ') }}, parent, field, kind
{%- endmacro %}
{% macro duckdb_list(items, before, after) -%} [{% for item in items %}{{ ', ' if not loop.first }}{{ before }}{{ item }}{{ after }}{% endfor %}] {%- endmacro %}
{% macro athena__json_fields(relation, keep, documents) -%} {{ unnested_json_fields(relation, keep, documents) }} {%- endmacro %}
{% macro redshift__json_fields(relation, keep, documents) -%} {{ unnested_json_fields(relation, keep, documents) }} {%- endmacro %}
{% macro unnested_json_fields(relation, keep, documents) -%}
    select {{ keep | join(', ') }}, parent, field, {{ json_kind('field_value') }} as kind, cast(count(*) as bigint) as events
    from (
        {{ json_keys_each(parent_objects(relation, keep, documents), keep + ['parent'], 'fields', 'field', 'field_value') }}
    ) as each_field
    group by {{ keep | join(', ') }}, parent, field, {{ json_kind('field_value') }}
{%- endmacro %}
{% macro parent_objects(relation, keep, documents) -%}
    (
        select {% for column in keep %}s.{{ column }}, {% endfor %}parents.parent, case parents.parent{% for parent, column in documents.items() %} when '{{ parent }}' then s.{{ column }}{% endfor %} end as fields
        from {{ relation }} as s
        cross join ({% for parent in documents %}{{ ' union all ' if not loop.first }}select '{{ parent }}' as parent{% endfor %}) as parents
    )
{%- endmacro %}
