{#- How a model keeps its table: one call in its `config` names the pattern, the model whose new rows it takes (`reads`), and what
    the engine needs. Watermarks and cleared days follow from it (docs/architecture.md, "Increments"). -#}

{# depend_on: makes the model depend on the one it reads, which its SQL may name in an increment alone. #}
{% macro depend_on(model_name) %}{% if not execute %}{% do ref(model_name) %}{% endif %}{% endmacro %}

{# append_rows: rows are only added. #}
{% macro append_rows(reads=none, day='sent_date', dist='message_id') %}
    {% set kept = dict(engine_config('append', day=day, dist=dist), materialized='incremental') %}
    {% if reads %}
        {{ depend_on(reads) }}
        {% do kept.update(post_hook='{{ save_watermark() }}', meta={'reads': reads}) %}
    {% endif %}
    {{ return(kept) }}
{% endmacro %}

{# restate_messages: the rows of touched messages are replaced by their key. Rows of one message lie at most `window` days apart. #}
{% macro restate_messages(key, reads, window=var('message_window_days')) %}
    {{ depend_on(reads) }}
    {% set kept = engine_config('merge', key=key, window=window) %}
    {% set meta = dict(kept.get('meta', {}), reads=reads) %}
    {{ return(dict(kept, materialized='incremental', post_hook='{{ save_watermark() }}', meta=meta)) }}
{% endmacro %}

{# replace_days: whole days of the column `day` are replaced: those in which `touched_day` (SQL over a row of the model that is read)
   falls for a new row, with so many days `before` and `after`, and the days `also`. #}
{% macro replace_days(day, reads, touched_day, before, after, also=[]) %}
    {{ depend_on(reads) }}
    {% set meta = {'reads': reads, 'day': day, 'touched_day': touched_day, 'before': before, 'after': after, 'also': also} %}
    {% set hooks = {'pre_hook': '{{ clear_touched_days() }}', 'post_hook': '{{ save_watermark() }}'} %}
    {{ return(dict(engine_config('days', day=day), materialized='incremental', meta=meta, **hooks)) }}
{% endmacro %}

{# rebuild_table: the table is rebuilt in every run. #}
{% macro rebuild_table() %}{{ return(dict(engine_config('table'), materialized='table')) }}{% endmacro %}

{# touched_days: the days (texts) that a model of the pattern replace_days replaces in this run. #}
{% macro touched_days() %}
    {% set meta = config.get('meta') or {} %}
    {% if not is_increment() or not meta.touched_day %}{{ return([]) }}{% endif %}
    {% set touched = day_texts(meta.touched_day, ref(meta.reads) ~ ' where ' ~ unread(meta.reads)) %}
    {{ return(days_around(touched, meta.before, meta.after) + meta.also if touched else []) }}
{% endmacro %}

{# A pre-hook: the touched days are deleted first, since one of them may have become empty. #}
{% macro clear_touched_days() %}
    {% set days = touched_days() %}
    {% if days %}{{ return(forget_days(this, config.get('meta').day, days)) }}{% endif %}
{% endmacro %}
