{# json_shapes: a select of the columns `keep`, the shape of the documents in the column `json` of `relation`, and how many
   rows (`events`) have it. A shape has the keys of its documents, and values of which only shape_kind can be asked. #}
{% macro json_shapes(relation, keep, json) %}{{ return(adapter.dispatch('json_shapes', 'email_events')(relation, keep, json)) }}{% endmacro %}
{% macro default__json_shapes(relation, keep, json) %}{{ engine_missing('json_shapes') }}{% endmacro %}
{% macro duckdb__json_shapes(relation, keep, json) -%}
    {#- a few shapes for a million documents: counted first, opened then -#}
    select {{ keep | join(', ') }}, json_structure({{ json }}) as shape, count(*) as events
    from {{ relation }}
    group by {{ keep | join(', ') }}, json_structure({{ json }})
{%- endmacro %}
{% macro athena__json_shapes(relation, keep, json) -%}
    select {{ keep | join(', ') }}, {{ json }} as shape, 1 as events from {{ relation }}
{%- endmacro %}
{% macro redshift__json_shapes(relation, keep, json) -%}
    select {{ keep | join(', ') }}, {{ json }} as shape, 1 as events from {{ relation }}
{%- endmacro %}

{# shape_kind: json_kind of the value that a part of a shape stands for. #}
{% macro shape_kind(part) %}{{ return(adapter.dispatch('shape_kind', 'email_events')(part)) }}{% endmacro %}
{% macro default__shape_kind(part) %}{{ engine_missing('shape_kind') }}{% endmacro %}
{% macro duckdb__shape_kind(part) -%}
    case {{ part }} ->> '$'
        when 'VARCHAR' then 'string' when 'BOOLEAN' then 'boolean' when 'NULL' then 'null'
        when 'UBIGINT' then 'number' when 'BIGINT' then 'number' when 'DOUBLE' then 'number' when 'HUGEINT' then 'number'
        when 'JSON' then 'object' -- an empty one
        else {{ json_kind(part) }}
    end
{%- endmacro %}
{% macro athena__shape_kind(part) -%} {{ json_kind(part) }} {%- endmacro %}
{% macro redshift__shape_kind(part) -%} {{ json_kind(part) }} {%- endmacro %}
