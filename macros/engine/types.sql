{#- The types that columns have, by engine. -#}

{# type_text: text. Redshift needs a width in bytes: its own `text` is 256. #}
{% macro type_text(bytes) %}{{ return(adapter.dispatch('type_text', 'email_events')(bytes)) }}{% endmacro %}
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

{# type_timestamp: UTC without a zone. `kind` is engine_config's: Athena's Hive tables (`days`) hold milliseconds only. #}
{% macro type_timestamp(kind=none) %}{{ return(adapter.dispatch('type_timestamp', 'email_events')(kind)) }}{% endmacro %}
{% macro default__type_timestamp(kind) %}{{ engine_missing('type_timestamp') }}{% endmacro %}
{% macro duckdb__type_timestamp(kind) -%} timestamp {%- endmacro %}
{% macro athena__type_timestamp(kind) -%} timestamp({{ 3 if kind == 'days' else 6 }}) {%- endmacro %}
{% macro redshift__type_timestamp(kind) -%} timestamp {%- endmacro %}

{# Contracts say string, bigint, double, boolean, timestamp and date, which DuckDB and dbt-athena read as they are. For
   Redshift the two macros with which dbt writes a contract's columns are replaced, so that its types are mapped here. #}
{% macro redshift__get_table_columns_and_constraints() -%}
    ({{ adapter.render_raw_columns_constraints(raw_columns=redshift_contract(model['columns'])) | join(', ') }})
{%- endmacro %}
{% macro redshift__get_empty_schema_sql(columns) -%} {{ default__get_empty_schema_sql(redshift_contract(columns)) }} {%- endmacro %}
{% macro redshift_contract(columns) %}
    {#- what others write is cut to the width of its name (text_widths.sql); ours are md5 keys and words -#}
    {% set keys = [
        'event_id', 'recipient_event_id', 'recipient_key', 'reported_recipient_key', 'message_recipient_id', 'inbound_message_id', 'sending_daily_id', 'events_daily_id',
        'message_tag_id', 'link_tag_id', 'destination_key', 'sender_key', 'ledger_id', 'drift_id', 'arrival_lag_id', 'configuration_set_id',
    ] %}
    {% set words = ['actor', 'balance', 'bounce_class', 'complaint_class', 'drift', 'kind', 'outcome', 'suppression_scope'] %}
    {% set mapped = {} %}
    {% for name, column in columns.items() %}
        {% set types = {'text': (type_text(32) if name in keys + words else text_type(name)) | trim, 'double': type_double() | trim} %}
        {% do mapped.update({name: dict(column, data_type=types.get(column['data_type'] | lower, column['data_type']))}) %}
    {% endfor %}
    {{ return(mapped) }}
{% endmacro %}
