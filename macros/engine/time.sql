{#- Time on three engines. A timestamp is UTC without a zone, in whole milliseconds. -#}

{# The spellings that are read: a real day, T or blank, seconds with or without a fraction, and Z, an offset
   or nothing (which means UTC). ingestion/events/timestamps.py holds the same pattern. #}
{% macro timestamp_pattern() -%}
    ^(19|20)[0-9][0-9]-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])[Tt ]([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9]([.,][0-9]+)? ?([Zz]|[+-]([01][0-9]|2[0-3])(:?[0-5][0-9])?)?$
{%- endmacro %}

{# text_timestamp: the time that a text writes. NULL when it is spelled otherwise or names no real day.
   Digits after the millisecond are cut. #}
{% macro text_timestamp(text) %}{{ return(adapter.dispatch('text_timestamp', 'email_events')(text)) }}{% endmacro %}
{% macro default__text_timestamp(text) %}{{ engine_missing('text_timestamp') }}{% endmacro %}
{% macro duckdb__text_timestamp(text) -%}
    {#- the spelling of nearly every event, which needs no rewriting -#}
    coalesce(
        try_cast(case when regexp_full_match({{ text }}, '(19|20)[0-9][0-9]-[01][0-9]-[0-3][0-9]T([01][0-9]|2[0-3]):[0-5][0-9]:[0-5][0-9][.][0-9][0-9][0-9]Z') then {{ text }} end as timestamp),
        {{ patterned_timestamp(text) }}
    )
{%- endmacro %}
{% macro athena__text_timestamp(text) -%} {{ patterned_timestamp(text) }} {%- endmacro %}
{% macro redshift__text_timestamp(text) -%} {{ patterned_timestamp(text) }} {%- endmacro %}
{% macro patterned_timestamp(text) -%}
    case when {{ text_matches(text, timestamp_pattern()) }} then {{ iso_timestamp(text) }} end
{%- endmacro %}

{# iso_timestamp: the engine's part, for text that has the pattern. #}
{% macro iso_timestamp(text) %}{{ return(adapter.dispatch('iso_timestamp', 'email_events')(zoned_text(text))) }}{% endmacro %}
{% macro default__iso_timestamp(zoned) %}{{ engine_missing('iso_timestamp') }}{% endmacro %}
{% macro duckdb__iso_timestamp(zoned) -%} (try_cast({{ zoned }} as timestamptz) at time zone 'UTC') {%- endmacro %}
{% macro athena__iso_timestamp(zoned) -%}
    cast(at_timezone(try(from_iso8601_timestamp({{ zoned }})), 'UTC') as timestamp(6))
{%- endmacro %}
{% macro redshift__iso_timestamp(zoned) -%} (try_cast({{ zoned }} as timestamptz) at time zone 'UTC') {%- endmacro %}
{# One spelling for every engine's parser: T, at most three digits (they would round the rest), Z or the offset. #}
{% macro zoned_text(text) -%}
    substr({{ text }}, 1, 10) || 'T' || substr({{ text }}, 12, 8)
    || coalesce(replace({{ text_extract(text, '([.,][0-9][0-9]?[0-9]?)') }}, ',', '.'), '')
    || coalesce(upper({{ text_extract('substr(' ~ text ~ ', 20)', '([Zz+-][0-9:]*)$') }}), 'Z')
{%- endmacro %}

{# text_ms_timestamp: the time that a text of milliseconds since 1970 writes, from 1900 to 2099 like text_timestamp; NULL for any other. #}
{% macro text_ms_timestamp(text) -%}
    case when {{ text_bigint(text) }} >= -2208988800000 and {{ text_bigint(text) }} < 4102444800000 then {{ ms_timestamp(text_bigint(text)) }} end
{%- endmacro %}

{# ms_timestamp: text_ms_timestamp's engine part, of a bigint. #}
{% macro ms_timestamp(ms) %}{{ return(adapter.dispatch('ms_timestamp', 'email_events')(ms)) }}{% endmacro %}
{% macro default__ms_timestamp(ms) %}{{ engine_missing('ms_timestamp') }}{% endmacro %}
{% macro duckdb__ms_timestamp(ms) -%} epoch_ms({{ ms }}) {%- endmacro %}
{% macro athena__ms_timestamp(ms) -%} cast(at_timezone(from_unixtime(cast({{ ms }} as double) / 1000), 'UTC') as timestamp(6)) {%- endmacro %}
{% macro redshift__ms_timestamp(ms) -%}
    {#- in two steps: DATEADD takes an integer of 32 bits -#}
    dateadd(millisecond, cast({{ ms }} % 86400000 as integer), dateadd(day, cast(trunc(cast({{ ms }} as double precision) / 86400000) as integer), cast('1970-01-01 00:00:00' as timestamp)))
{%- endmacro %}

{# ms_text: milliseconds since 1970 as text: the same on every engine, which a timestamp cast to text is not. #}
{% macro ms_text(timestamp) %}{{ return(adapter.dispatch('ms_text', 'email_events')(timestamp)) }}{% endmacro %}
{% macro default__ms_text(timestamp) %}{{ engine_missing('ms_text') }}{% endmacro %}
{% macro duckdb__ms_text(timestamp) -%} cast(epoch_ms({{ timestamp }}) as varchar) {%- endmacro %}
{% macro athena__ms_text(timestamp) -%} cast(cast(round(to_unixtime({{ timestamp }}) * 1000) as bigint) as varchar) {%- endmacro %}
{% macro redshift__ms_text(timestamp) -%} cast(datediff(millisecond, cast('1970-01-01 00:00:00' as timestamp), {{ timestamp }}) as varchar(20)) {%- endmacro %}

{# seconds_between: the seconds from one time to another, with a fraction. #}
{% macro seconds_between(start, end) %}{{ return(adapter.dispatch('seconds_between', 'email_events')(start, end)) }}{% endmacro %}
{% macro default__seconds_between(start, end) %}{{ engine_missing('seconds_between') }}{% endmacro %}
{% macro duckdb__seconds_between(start, end) -%} cast(date_diff('millisecond', {{ start }}, {{ end }}) as double) / 1000 {%- endmacro %}
{% macro athena__seconds_between(start, end) -%} cast(date_diff('millisecond', {{ start }}, {{ end }}) as double) / 1000 {%- endmacro %}
{% macro redshift__seconds_between(start, end) -%} cast(datediff(millisecond, {{ start }}, {{ end }}) as double precision) / 1000 {%- endmacro %}

{# timestamp_literal: a constant; the text is 'YYYY-MM-DD HH:MM:SS[.ffffff]', UTC. #}
{% macro timestamp_literal(text) %}{{ return(adapter.dispatch('timestamp_literal', 'email_events')(text)) }}{% endmacro %}
{% macro default__timestamp_literal(text) %}{{ engine_missing('timestamp_literal') }}{% endmacro %}
{% macro duckdb__timestamp_literal(text) -%} cast('{{ text }}' as timestamp) {%- endmacro %}
{% macro athena__timestamp_literal(text) -%} cast('{{ text }}' as timestamp(6)) {%- endmacro %}
{% macro redshift__timestamp_literal(text) -%} cast('{{ text }}' as timestamp) {%- endmacro %}

{# hour_start: the hour that begins at the texts `dt` (YYYY-MM-DD) and `hour` (HH). #}
{% macro hour_start(dt, hour) %}{{ return(adapter.dispatch('hour_start', 'email_events')(dt, hour)) }}{% endmacro %}
{% macro default__hour_start(dt, hour) %}{{ engine_missing('hour_start') }}{% endmacro %}
{% macro duckdb__hour_start(dt, hour) -%} cast({{ dt }} || ' ' || {{ hour }} || ':00:00' as timestamp) {%- endmacro %}
{% macro athena__hour_start(dt, hour) -%} cast({{ dt }} || ' ' || {{ hour }} || ':00:00' as timestamp(6)) {%- endmacro %}
{% macro redshift__hour_start(dt, hour) -%} cast({{ dt }} || ' ' || {{ hour }} || ':00:00' as timestamp) {%- endmacro %}

{# days_after: the day `number` days after `day`. #}
{% macro days_after(day, number) %}{{ return(adapter.dispatch('days_after', 'email_events')(day, number)) }}{% endmacro %}
{% macro default__days_after(day, number) %}{{ engine_missing('days_after') }}{% endmacro %}
{% macro duckdb__days_after(day, number) -%} cast({{ day }} + cast({{ number }} as integer) as date) {%- endmacro %}
{% macro athena__days_after(day, number) -%} date_add('day', {{ number }}, {{ day }}) {%- endmacro %}
{% macro redshift__days_after(day, number) -%} cast(dateadd(day, cast({{ number }} as integer), {{ day }}) as date) {%- endmacro %}

{# reporting_day: the day in var('reporting_time_zone') on which a UTC time falls. #}
{% macro reporting_day(timestamp) %}
    {% set zone = var('reporting_time_zone') %}
    {% if zone not in modules.pytz.all_timezones %}
        {% do exceptions.raise_compiler_error("There is no time zone '" ~ zone ~ "'. Set reporting_time_zone to a name of the IANA database, such as Europe/Berlin or UTC") %}
    {% endif %}
    {{ return(adapter.dispatch('reporting_day', 'email_events')(timestamp, zone)) }}
{% endmacro %}
{% macro default__reporting_day(timestamp, zone) %}{{ engine_missing('reporting_day') }}{% endmacro %}
{% macro duckdb__reporting_day(timestamp, zone) -%} cast({{ timestamp }} at time zone 'UTC' at time zone '{{ zone }}' as date) {%- endmacro %}
{% macro athena__reporting_day(timestamp, zone) -%} cast(at_timezone(with_timezone({{ timestamp }}, 'UTC'), '{{ zone }}') as date) {%- endmacro %}
{% macro redshift__reporting_day(timestamp, zone) -%} cast(convert_timezone('UTC', '{{ zone }}', {{ timestamp }}) as date) {%- endmacro %}
