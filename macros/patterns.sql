{#- How a model keeps its table: one call in its `config` names the pattern, the model whose new rows it takes (`reads`), and what
    the engine needs. Watermarks and cleared days follow from it (docs/architecture.md, "Increments"). -#}

{# depend_on: makes the model depend on the one it reads, which its SQL may name in an increment alone. #}
{% macro depend_on(model_name) %}{% if not execute %}{% do ref(model_name) %}{% endif %}{% endmacro %}

{# append_rows: rows are only added. With a `key`, a row may come again on DuckDB (landing_objects), and replaces the former. #}
{% macro append_rows(reads=none, day='sent_date', dist='message_id', key=none) %}
    {% set kept = dict(engine_config('append', day=day, dist=dist, key=key), materialized='incremental') %}
    {% if reads %}
        {{ depend_on(reads) }}
        {% do kept.update(post_hook='{{ save_watermark() }}', meta={'reads': reads}) %}
    {% endif %}
    {{ return(kept) }}
{% endmacro %}

{# restate_messages: all rows of touched messages are replaced, whatever days they were stored by. `key` is the key of a row. #}
{% macro restate_messages(key, reads) %}
    {{ depend_on(reads) }}
    {{ return(dict(engine_config('merge', key=key), materialized='incremental', post_hook='{{ save_watermark() }}', meta={'reads': reads})) }}
{% endmacro %}

{# replace_days: whole days of the column `day` are replaced: those in which `touched_day` (SQL over a row of
   int_events_exploded_to_recipients) falls for some event of the messages of which the model that is read has new rows. A day that such
   a row has left is among them: it was the day of another event or copy, and none of those is ever deleted. #}
{% macro replace_days(day, reads, touched_day) %}
    {{ depend_on(reads) }}
    {{ depend_on('int_events_exploded_to_recipients') }}
    {% set meta = {'reads': reads, 'day': day, 'touched_day': touched_day} %}
    {% set hooks = {'pre_hook': '{{ clear_touched_days() }}', 'post_hook': ['{{ save_watermark() }}', '{{ save_reporting_zone() }}']} %}
    {{ return(dict(engine_config('days', day=day), materialized='incremental', meta=meta, **hooks)) }}
{% endmacro %}

{# rebuild_table: the table is rebuilt in every run. #}
{% macro rebuild_table() %}{{ return(dict(engine_config('table'), materialized='table')) }}{% endmacro %}

{# touched_days: the days (texts) that a model of the pattern replace_days replaces in this run. #}
{% macro touched_days() %}
    {% set meta = config.get('meta') or {} %}
    {% if not is_increment() or not meta.touched_day %}{{ return([]) }}{% endif %}
    {% do check_reporting_zone() %}
    {% set messages = '(select message_id from ' ~ ref(meta.reads) ~ ' where ' ~ unread(meta.reads) ~ ')' %}
    {{ return(day_texts(meta.touched_day, ref('int_events_exploded_to_recipients') ~ ' where message_id in ' ~ messages)) }}
{% endmacro %}

{# A pre-hook: the touched days are deleted first, since one of them may have become empty. #}
{% macro clear_touched_days() %}
    {% set days = touched_days() %}
    {% if days %}{{ return(forget_days(this, config.get('meta').day, days)) }}{% endif %}
{% endmacro %}
