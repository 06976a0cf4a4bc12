{#- What every metric shares. -#}

{# ratio: a rate from 0 to 1, never rounded; NULL where the denominator is 0. #}
{% macro ratio(numerator, denominator) -%}
    cast({{ numerator }} as {{ type_double() }}) / nullif({{ denominator }}, 0)
{%- endmacro %}

{# sent_day: the day mail was sent, in the reporting zone; 1970-01-01 where no event says when, or says a day before it. #}
{% macro sent_day(sent_at) -%} greatest({{ unknown_day() }}, coalesce({{ reporting_day(sent_at) }}, {{ unknown_day() }})) {%- endmacro %}

{# hour_of: the hour in which a time falls. #}
{% macro hour_of(timestamp) -%} cast(date_trunc('hour', {{ timestamp }}) as {{ type_timestamp() }}) {%- endmacro %}

{# shows_delivery: a condition: the recipient's server took the mail, as a Delivery says, or as follows from what only its reader can do. #}
{% macro shows_delivery() -%}
    (recipient_is_certain and (event_type in ('delivery', 'open', 'click', 'subscription') or complaint_class in ('complaint', 'not_spam')))
{%- endmacro %}
