{#- The variables of dbt_project.yml, checked before anything is built: a wrong one would leave tables empty or wrong without a word. -#}

{# check_settings: stops the run when variables have values that they cannot have, and says for each which it can have. #}
{% macro check_settings() %}
    {% if not execute %}{{ return('') }}{% endif %}
    {% set wrong = [] %}
    {% for name in ('landing_from', 'landing_until') if var(name, none) is not none and not is_partition(var(name) | string) %}
        {% do wrong.append([name, 'an hour of the landing zone in UTC, like "2026-11-24-13"']) %}
    {% endfor %}
    {% if not is_partition(var('landing_begins') ~ '-00') %}{% do wrong.append(['landing_begins', 'a day, like 2016-01-01']) %}{% endif %}
    {% set hours = var('landing_lookback_hours') %}
    {% if hours is not integer or hours is boolean or hours < 0 or hours > 8760 %}{% do wrong.append(['landing_lookback_hours', 'a whole number from 0 to 8760']) %}{% endif %}
    {% if var('campaign_tag') is not string or not modules.re.fullmatch('[A-Za-z0-9_.:@-]{1,256}', var('campaign_tag')) %}
        {% do wrong.append(['campaign_tag', 'the name of a message tag: letters, digits and _ . : @ -, in quotes']) %}
    {% endif %}
    {% set zones = var('landing_zones') %}
    {% if zones is not none and (zones is not mapping or zones.values() | reject('string') | list) %}
        {% do wrong.append(['landing_zones', 'a folder or s3://bucket/prefix for each target, like {duckdb: data/landing}']) %}
    {% endif %}
    {% if var('landing_root', none) is not none and var('landing_root') is not string %}{% do wrong.append(['landing_root', 'a folder or s3://bucket/prefix']) %}{% endif %}
    {% set from, until = var('landing_from', none), var('landing_until', none) %}
    {% if not wrong and from and until and until <= from %}{% do wrong.append(['landing_until', 'an hour after landing_from, ' ~ from]) %}{% endif %}
    {% set sentences = [] %}
    {% for name, form in wrong %}
        {% set value = var(name) if var(name) is string or var(name) is number or var(name) is none else var(name) | string %}
        {% do sentences.append("The variable " ~ name ~ " is " ~ tojson(value) ~ ". Set it to " ~ form ~ ".") %}
    {% endfor %}
    {% if sentences %}{% do exceptions.raise_compiler_error(sentences | join('\n')) %}{% endif %}
{% endmacro %}

{# is_partition: whether the text is a real day and hour, YYYY-MM-DD-HH. #}
{% macro is_partition(text) %}
    {% if not modules.re.fullmatch('(19|20)[0-9]{2}-(0[1-9]|1[0-2])-(0[1-9]|[12][0-9]|3[01])-([01][0-9]|2[0-3])', text) %}{{ return(false) }}{% endif %}
    {% set first = modules.datetime.date(text[:4] | int, text[5:7] | int, 1) %}
    {{ return((first + modules.datetime.timedelta(days=(text[8:10] | int) - 1)).month == first.month) }}
{% endmacro %}
