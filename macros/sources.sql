{#- The sources of events: the values of `source` on a wrapped line. -#}
{% macro landed_sources() %}{{ return(known_event_types().keys() | list) }}{% endmacro %}

{# control_sentence: a pattern of the sentences that SES and SNS write where a topic is set up; the same as in ingestion/envelopes.py. #}
{% macro control_sentence() -%}
    ^ *"?(Successfully validated SNS topic for Amazon SES event publishing[.]"? *|(You have chosen to subscribe to the topic|You have chosen to deactivate subscription|You have successfully subscribed your Amazon SNS topic)[^{]*)$
{%- endmacro %}
