{#- What the incremental models share (docs/architecture.md, "Increments"). Nothing here knows the engine. -#}

{# dbt's own is_incremental() asks the catalogue, so nothing compiles without a server; a variable decides there. #}
{% macro is_incremental() %}
    {% if offline() %}{{ return(var('compile_incremental', false)) }}{% endif %}
    {{ return(dbt.is_incremental()) }}
{% endmacro %}

{# True while parsing, and when SQL is only compiled to be read: nothing may be asked of a server. #}
{% macro offline() %}{{ return(not execute or var('compile_incremental', none) is not none) }}{% endmacro %}

{% macro first_row(sql) %}{{ return(run_query(sql).rows[0]) }}{% endmacro %}

{# ---- watermarks: how far a model has taken its source ---- #}

{% macro watermarks() %}{{ return(target.schema ~ '.model_watermarks') }}{% endmacro %}

{# The watermark of this model, as a constant. #}
{% macro watermark() %}{{ return(timestamp_literal(watermark_text())) }}{% endmacro %}

{% macro watermark_text() %}
    {% set done_through = none %}
    {% if is_incremental() and not offline() %}
        {% set done_through = first_row("select cast(max(done_through) as varchar(40)) from " ~ watermarks() ~ " where model_name = '" ~ this.identifier ~ "'")[0] %}
    {% endif %}
    {{ return(done_through or '1970-01-01 00:00:00') }}
{% endmacro %}

{# A post-hook: this model has taken everything of these relations. Written after the model, so a run that died is simply done again. #}
{% macro save_watermark(relations, column) -%}
    {%- set last = watermark() -%}
    insert into {{ watermarks() }}
    select '{{ this.identifier }}' as model_name, max(taken.done_through) as done_through, {{ run_time() }} as written_at
    from (
        {%- for relation in relations %}
        select max({{ column }}) as done_through from {{ relation }} where {{ column }} > {{ last }}{{ ' union all' if not loop.last }}
        {%- endfor %}
    ) as taken
    having max(taken.done_through) is not null
{%- endmacro %}

{# The start of this run, the same for every model in it. #}
{% macro run_time() %}{{ return(timestamp_literal(run_started_at.strftime('%Y-%m-%d %H:%M:%S.%f'))) }}{% endmacro %}

{# ---- landing objects that this model has not read ---- #}

{# The days (dt) and the names of the objects that this model has not taken, for landed_rows: as literals, since only those prune on
   every engine. Names are none where they are very many, or lie below another spelling of the root. #}
{% macro new_objects() %}
    {% if offline() %}{{ return([['2026-01-01', '2026-01-02'], ['a', 'b'] if is_incremental() else none]) }}{% endif %}
    {% set newer = ref('landing_objects') ~ (" where seen_at > " ~ watermark() if is_incremental() else "") %}
    {% set days = run_query("select distinct dt from " ~ newer).columns[0].values() | list %}
    {#- a statement may have 256 KiB on Athena, and a staging model is long itself -#}
    {% if not days or not is_incremental() or first_row("select sum(length(landed_object)) from " ~ newer)[0] > 100000 %}{{ return([days, none]) }}{% endif %}
    {% set names = run_query("select landed_object from " ~ newer).columns[0].values() | list %}
    {% for name in names if not name.startswith(landing_root() ~ '/') %}{{ return([days, none]) }}{% endfor %}
    {{ return([days, names]) }}
{% endmacro %}

{# ---- days ---- #}

{# Events that do not say when their message was sent live in this day; every window includes it. #}
{% macro unknown_day_text() %}{{ return('1970-01-01') }}{% endmacro %}
{% macro unknown_day() %}{{ return(date_list([unknown_day_text()])) }}{% endmacro %}

{# The day in which a message lives, of the days that its rows say: the earliest that is known. #}
{% macro earliest_day() -%} coalesce(min(case when sent_date > {{ unknown_day() }} then sent_date end), {{ unknown_day() }}) {%- endmacro %}

{% macro date_list(days) -%}
    {%- for day in days -%}{{ ', ' if not loop.first }}cast('{{ day }}' as date){%- endfor -%}
{%- endmacro %}

{# known_keys: a select of the distinct `keys` that this model holds in the days (texts): an append model adds only what is not there. #}
{% macro known_keys(keys, days) -%}
    select distinct {{ keys | join(', ') }}
    from {{ this }}
    where {{ in_days('sent_date', days) }}
{%- endmacro %}

{# fresh_days: the days (texts) of the rows of these relations that were staged after `since`. As literals, see window_days. #}
{% macro fresh_days(relations, since) %}
    {% if not is_incremental() %}{{ return([]) }}{% endif %}
    {% set fresh = [] %}
    {% for relation in relations %}{% do fresh.append('select sent_date from ' ~ relation ~ ' where staged_at > ' ~ since) %}{% endfor %}
    {{ return(day_texts('sent_date', '(' ~ fresh | join(' union all ') ~ ') as fresh')) }}
{% endmacro %}

{# restated_events: the CTEs up to `events` that a restating mart begins with: the rows of `relation`; in an increment those of the
   messages that have rows in the model named `touched_in` newer than this mart's watermark, of the days `window` around those of these rows. #}
{% macro restated_events(relation, touched_in, window=var('message_window_days')) -%}
    {%- if is_incremental() %}
    {%- set fresh = ref(touched_in) ~ ' where staged_at > ' ~ watermark() %}
    {%- set days = window_days(fresh, window) -%}
    touched as (
        select distinct message_id, sent_date
        from {{ fresh }}
    ),

    windows as (
        select touched.message_id, {{ days_after('touched.sent_date', 'around.n') }} as sent_date
        from touched
        cross join ({{ days_between(-window, window) }}) as around
        where touched.sent_date > {{ unknown_day() }}
        union
        select message_id, {{ unknown_day() }} as sent_date
        from touched
        {%- if days.held %}
        union
        select held.message_id, {{ days_after('held.sent_date', 'around.n') }} as sent_date
        from {{ this }} as held
        inner join touched on held.message_id = touched.message_id and touched.sent_date = {{ unknown_day() }}
        cross join ({{ days_between(-window, window) }}) as around
        where {{ in_days('held.sent_date', days.held) }}
        {%- endif %}
    ),

    {% endif -%}
    events as (
        select events.*
        from {{ relation }} as events
        {%- if is_incremental() %}
        inner join windows on events.message_id = windows.message_id and events.sent_date = windows.sent_date
        where {{ in_days('events.sent_date', days.all) }}
        {%- endif %}
    )
{%- endmacro %}

{# window_days: the days (texts) in which events of the touched messages may lie: `held` are those of the rows of this mart whose
   message an event touches that does not say when it was sent, `all` has every day. As literals: no engine passes over the rest by
   a join, and one message of the unknown day would have it read from there on. #}
{% macro window_days(fresh, window) %}
    {% set told = day_texts('sent_date', fresh) %}
    {% set held = [] %}
    {% if unknown_day_text() in told %}
        {% set held = day_texts('sent_date', this ~ ' where message_id in (select message_id from ' ~ fresh ~ ' and sent_date = ' ~ unknown_day() ~ ')') %}
    {% endif %}
    {{ return({'held': held, 'all': days_around(told + held + [unknown_day_text()], window, window)}) }}
{% endmacro %}

{# The distinct days, as texts, of a relation. #}
{% macro day_texts(day, relation) %}
    {% if offline() %}{{ return([unknown_day_text(), '2026-01-01']) }}{% endif %}
    {{ return(run_query('select distinct cast(' ~ day ~ ' as varchar(10)) as day from ' ~ relation).columns[0].values() | select | list) }}
{% endmacro %}

{# touched_days: the days, as texts, of a daily mart that the rows of `relation` restated since its watermark touch: their day,
   `before` and `after` days around it, and those of `also`. NULL days touch none. #}
{% macro touched_days(relation, day, before, after, also=[]) %}
    {% if not is_incremental() %}{{ return([]) }}{% endif %}
    {% set touched = day_texts(day, relation ~ ' where restated_at > ' ~ watermark()) %}
    {{ return(days_around(touched, before, after) + also if touched else []) }}
{% endmacro %}

{# By how many days of the reporting zone events of one message may disagree: a UTC day lies in two days of any other zone. #}
{% macro days_a_message_may_move() %}{{ return(var('message_window_days') + (0 if var('reporting_time_zone') == 'UTC' else 1)) }}{% endmacro %}

{# A condition that keeps the rows of `day` in the touched days. #}
{% macro in_days(day, days) -%}
    {%- if days -%} {{ day }} in ({{ date_list(days) }}) {%- else -%} false {%- endif -%}
{%- endmacro %}

{# The given days (texts), and so many before and after each, in order. #}
{% macro days_around(days, before, after) %}
    {% set found = [] %}
    {% for day in days %}
        {% for n in range(-before, after + 1) %}
            {% do found.append((modules.datetime.date.fromisoformat(day) + modules.datetime.timedelta(days=n)).isoformat()) %}
        {% endfor %}
    {% endfor %}
    {{ return(found | unique | sort) }}
{% endmacro %}

{# A pre-hook of daily marts: the touched days go first, since one of them may have become empty. #}
{% macro forget_touched_days(mart_day, days) %}
    {% if is_incremental() and days %}{{ return(forget_days(this, mart_day, days)) }}{% endif %}
{% endmacro %}

{# A relation of the numbers first .. last, as n. #}
{% macro days_between(first, last) -%}
    {%- for n in range(first, last + 1) -%}{{ ' union all ' if not loop.first }}select {{ n }} as n{%- endfor -%}
{%- endmacro %}

{# partitions_since: from which landing partition on (YYYY-MM-DD-HH) this model lists: its last one less the look-back, or var('landing_from'). #}
{% macro partitions_since() %}
    {% if var('landing_from', none) %}{{ return(var('landing_from')) }}{% endif %}
    {% if is_incremental() and not offline() %}
        {% set last = first_row("select max(dt || '-' || hour) from " ~ this)[0] %}
        {% if last %}
            {% set lookback = modules.datetime.timedelta(hours=var('landing_lookback_hours')) %}
            {{ return((modules.datetime.datetime.strptime(last, '%Y-%m-%d-%H') - lookback).strftime('%Y-%m-%d-%H')) }}
        {% endif %}
    {% endif %}
    {{ return(first_partition()) }}
{% endmacro %}

{# What no partition comes before. #}
{% macro first_partition() %}{{ return('0000-00-00-00') }}{% endmacro %}
