-- Every rate and share of a mart, found by its name in the contract, with the key of the mart.
{% set marts = ['fct_sending_daily'] %}
{% set found = [] %}
{% for mart in marts %}
    {% set relation = ref(mart) %}
    {% if execute %}
        {% set columns = graph.nodes['model.email_events.' ~ mart].columns.values() | list %}
        {% for column in columns if column.data_type == 'double' and (column.name.endswith('_share') or '_rate' in column.name) %}
            {% do found.append({'relation': relation, 'mart': mart, 'key': columns[0].name, 'rate': column.name}) %}
        {% endfor %}
    {% endif %}
{% endfor %}
select 'none' as mart, 'none' as row_key, 'none' as rate, cast(null as {{ type_double() }}) as value
where false
{% for one in found %}
union all
select '{{ one.mart }}' as mart, {{ one.key }} as row_key, '{{ one.rate }}' as rate, {{ one.rate }} as value
from {{ one.relation }}
where {{ one.rate }} not between 0 and 1
{% endfor %}
