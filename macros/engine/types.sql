{#- The types that columns have, by engine. -#}

{# type_text: text. Redshift needs a width in bytes: its own `text` is 256. #}
{% macro type_text(bytes=1024) %}{{ return(adapter.dispatch('type_text', 'email_events')(bytes)) }}{% endmacro %}
{% macro default__type_text(bytes) %}{{ engine_missing('type_text') }}{% endmacro %}
{% macro duckdb__type_text(bytes) -%} varchar {%- endmacro %}
{% macro athena__type_text(bytes) -%} varchar {%- endmacro %}
{% macro redshift__type_text(bytes) -%} varchar({{ bytes }}) {%- endmacro %}

{# type_double: a 64-bit floating point number. #}
{% macro type_double() %}{{ return(adapter.dispatch('type_double', 'email_events')()) }}{% endmacro %}
{% macro default__type_double() %}{{ engine_missing('type_double') }}{% endmacro %}
{% macro duckdb__type_double() -%} double {%- endmacro %}
{% macro athena__type_double() -%} double {%- endmacro %}
{% macro redshift__type_double() -%} double precision {%- endmacro %}

{# type_timestamp: UTC without a zone. #}
{% macro type_timestamp() %}{{ return(adapter.dispatch('type_timestamp', 'email_events')()) }}{% endmacro %}
{% macro default__type_timestamp() %}{{ engine_missing('type_timestamp') }}{% endmacro %}
{% macro duckdb__type_timestamp() -%} timestamp {%- endmacro %}
{% macro athena__type_timestamp() -%} timestamp(6) {%- endmacro %}
{% macro redshift__type_timestamp() -%} timestamp {%- endmacro %}
