{#- How each engine reaches the landing zone (docs/landed_event.md). -#}

{# The landing zone of the target: a folder or s3://bucket/prefix, with no / at its end (dbt_project.yml, `landing_zones`). #}
{% macro landing_root() %}
    {% set zones = var('landing_zones') if var('landing_zones') is mapping else {} %}
    {% set root = var('landing_root', none) or zones.get(target.name) or env_var('EMAIL_EVENTS_LANDING', '') or 'data/landing' %}
    {{ return((root | string).rstrip('/')) }}
{% endmacro %}

{# landed_rows: a relation of one row per line, blank ones left out, of the objects under events/: landed_object, dt, hour, line, doc.
   `doc` is the line as JSON, NULL when it is none. `days` (dt) and `names` keep other objects unread; none of them: all. The names
   `damaged` are read by no engine that can leave them out. #}
{% macro landed_rows(days=none, names=none, damaged=[]) %}{{ return(adapter.dispatch('landed_rows', 'email_events')(days, names, damaged)) }}{% endmacro %}
{% macro default__landed_rows(days, names, damaged) %}{{ engine_missing('landed_rows') }}{% endmacro %}
{% macro duckdb__landed_rows(days, names, damaged) -%}
    (
        select landed_object, dt, hour, line, {{ json_parsed('line') }} as doc
        from {{ duckdb_lines('events', days, names, damaged) }} as lines
    )
{%- endmacro %}
{% macro athena__landed_rows(days, names, damaged) -%}
    (
        select "$path" as landed_object, dt, hour, line, {{ json_parsed('line') }} as doc
        from {{ source('landing', 'events') }}
        where trim(line) <> '' and {{ athena_is_object() }} and {{ in_objects('"$path"', days, names) }}
    )
{%- endmacro %}
{% macro redshift__landed_rows(days, names, damaged) -%}
    (
        select landed_object, dt, hour, line, doc
        from {{ source('landing', 'events') }}
        where {{ in_objects('landed_object', days, names) }}
    )
{%- endmacro %}

{# A condition for engines that prune by literals. #}
{% macro in_objects(landed_object, days, names) -%}
    {%- if days is none -%} true
    {%- elif not days -%} false
    {%- else -%} dt >= '{{ days | min }}' and dt <= '{{ days | max }}'{{ " and " ~ landed_object ~ " in (" ~ text_list(names) ~ ")" if names is not none }}
    {%- endif -%}
{%- endmacro %}
{% macro text_list(texts) -%} '{{ texts | map('replace', "'", "''") | join("', '") }}' {%- endmacro %}

{# found_objects: a relation of one row per object in the partitions from `since` on and before `until` (YYYY-MM-DD-HH; none: no end):
   landed_object, dt, hour. Names only; no object is opened where the engine can list them otherwise (Athena cannot). #}
{% macro found_objects(since, until=none) %}
    {#- YAML reads a bare 2026-11-24 as a date: check_settings says so, if what comes before it is no error -#}
    {{ return(adapter.dispatch('found_objects', 'email_events')(since | string, until | string if until else none)) }}
{% endmacro %}
{% macro default__found_objects(since, until) %}{{ engine_missing('found_objects') }}{% endmacro %}
{% macro duckdb__found_objects(since, until) -%}
    {%- set days = duckdb_days(since, until) -%}
    {%- set objects -%}
        (select {{ duckdb_name('file') }} as landed_object from glob([{{ text_list(duckdb_patterns('events', days)) }}]))
    {%- endset -%}
    {%- if not offline() -%}{%- do duckdb_warn_of_unread(objects, days, since) -%}{%- endif -%}
    (
        select landed_object, {{ duckdb_partition('landed_object') }}
        from {{ objects }}
        where {{ in_partitions(since, until) }} and {{ duckdb_is_partition('dt', 'hour') }}
    )
{%- endmacro %}
{# What lies under events/ and is read by no run, in its output: files, in days that may come in, that are not where `objects` looks. #}
{% macro duckdb_warn_of_unread(objects, days, since) %}
    {% set places = duckdb_patterns('events', days, '**') if days is not none else [duckdb_root() ~ '/events/**'] %}
    {% set unread %}
        select landed_object, count(*) over () as files
        from (select {{ duckdb_name('file') }} as landed_object from glob([{{ text_list(places) }}])) as found
        left join (select landed_object, {{ duckdb_partition('landed_object') }} from {{ objects }}) as readable using (landed_object)
        where (dt is null or not {{ duckdb_is_partition('dt', 'hour') }})
            and not regexp_matches(landed_object, '(/|/[._][^/]*|[$]folder[$])$') -- marks of tools, and what is being written
        order by landed_object
        limit 20
    {% endset %}
    {% set unread = run_query(unread).rows %}
    {% if unread %}
        {% do exceptions.warn(
            "Objects that no run reads, of which nothing comes in: " ~ printable_names(unread | map(attribute=0) | list)
            ~ (" and " ~ (unread[0][1] - unread | length) ~ " more" if unread[0][1] > unread | length else "")
            ~ ". An object is read as " ~ landing_root() ~ "/events/dt=2026-11-24/hour=13/<name>.gz, by the hour in which it arrived, and compressed with gzip"
            ~ " (in Firehose: compression GZIP, file extension .json.gz). Move these there; or move them out of the landing zone, and land them: email-events land"
        ) %}
    {% elif since == first_partition() and not first_row("select count(*) from " ~ objects)[0] %}
        {% do exceptions.warn("No objects under " ~ landing_root() ~ "/events/, so nothing comes in. Is this the landing zone of the target? Name it in EMAIL_EVENTS_LANDING, or in `landing_zones` of dbt_project.yml") %}
    {% endif %}
{% endmacro %}
{% macro duckdb_partition(name) -%}
    regexp_extract({{ name }}, '/dt=([^/]+)/hour=[^/]+/[^/]+$', 1) as dt, regexp_extract({{ name }}, '/hour=([^/]+)/[^/]+$', 1) as hour
{%- endmacro %}
{% macro duckdb_is_partition(dt, hour) -%} (try_cast({{ dt }} as date) is not null and regexp_full_match({{ dt }} || '-' || {{ hour }}, '[0-9]{4}-[0-9]{2}-[0-9]{2}-([01][0-9]|2[0-3])')) {%- endmacro %}
{% macro athena__found_objects(since, until) -%}
    (
        select "$path" as landed_object, dt, hour
        from {{ source('landing', 'events') }}
        where {{ in_partitions(since, until) }} and {{ athena_is_object() }}
        group by "$path", dt, hour
    )
{%- endmacro %}
{# Athena reads deeper folders, too. #}
{% macro athena_is_object() -%} regexp_like("$path", '/hour=[0-9][0-9]/[^/]+[.]gz$') {%- endmacro %}
{% macro redshift__found_objects(since, until) -%}
    {%- if since == first_partition() and not offline() and not first_row("select count(*) from " ~ source('landing', 'objects'))[0] -%}
        {%- do exceptions.warn("No objects are loaded, so nothing comes in. Run: email-events copy-to-redshift " ~ landing_root()) -%}
    {%- endif -%}
    (
        select landed_object, dt, hour
        from {{ source('landing', 'objects') }}
        where {{ in_partitions(since, until) }}
    )
{%- endmacro %}

{# objects_checked: a select of the columns `keep` (dt among them) of the relation `objects` of landed objects, and `damage`: why an object
   cannot be read (ingestion/landing/damage.py), `line_count` where it holds other than as many lines as the table `counted` of manifests
   says, NULL else. Athena and Redshift find out when they read or load it, and the ledger when it counts the lines. #}
{% macro objects_checked(objects, keep, counted=none) %}{{ return(adapter.dispatch('objects_checked', 'email_events')(objects, keep, counted)) }}{% endmacro %}
{% macro default__objects_checked(objects, keep, counted) %}{{ engine_missing('objects_checked') }}{% endmacro %}
{% macro duckdb__objects_checked(objects, keep, counted) -%}
    select
        {{ objects }}.{{ keep | join(', ' ~ objects ~ '.') }},
        coalesce(findings.found.damage, case when findings.found.lines <> counted.landed then 'line_count' end) as damage
    from {{ objects }}
    left join (
        select unnest(object_keys) as object_key, unnest(object_damages([{{ "'" ~ landing_root() | replace("'", "''") ~ "/'" }} || one for one in object_keys])) as found
        from (select list({{ object_key('landed_object') }}) as object_keys from {{ objects }})
    ) as findings on {{ object_key(objects ~ '.landed_object') }} = findings.object_key
    left join (
        {%- if counted and (offline() or load_relation(counted)) %}
        select object_key, cast(sum(landed) as bigint) as landed
        from {{ counted }}
        where dt in (select dt from {{ objects }})
        group by object_key
        {%- else %}
        select '' as object_key, cast(0 as bigint) as landed
        {%- endif %}
    ) as counted on findings.object_key = counted.object_key
{%- endmacro %}
{% macro athena__objects_checked(objects, keep, counted) -%} select {{ keep | join(', ') }}, cast(null as varchar) as damage from {{ objects }} {%- endmacro %}
{% macro redshift__objects_checked(objects, keep, counted) -%} select {{ keep | join(', ') }}, cast(null as varchar(320)) as damage from {{ objects }} {%- endmacro %}

{# damaged_objects: the names of the landed objects that no run can read; says so in the run's output. #}
{% macro damaged_objects(table) %}{{ return(adapter.dispatch('damaged_objects', 'email_events')(table)) }}{% endmacro %}
{% macro default__damaged_objects(table) %}{{ engine_missing('damaged_objects') }}{% endmacro %}
{% macro duckdb__damaged_objects(table) %}
    {% if offline() %}{{ return([]) }}{% endif %}
    {% set found = run_query("select landed_object, damage from " ~ table ~ " where damage is not null and damage <> 'removed' order by landed_object").rows %}
    {% if found %}
        {% set named = [] %}
        {% for row in found[:20] %}{% do named.append(printable_names([row[0]]) ~ ' (' ~ row[1] ~ ')') %}{% endfor %}
        {% do exceptions.warn(
            "Landed objects that cannot be read, of which nothing comes in: " ~ named | join(', ') ~ (' and more' if found | length > 20 else '')
            ~ ". Replace each by a good copy under the same name, or delete it, and run again. landing_objects lists them (damage)"
        ) %}
    {% endif %}
    {{ return(found | map(attribute=0) | list) }}
{% endmacro %}
{% macro athena__damaged_objects(table) %}{{ return([]) }}{% endmacro %}
{% macro redshift__damaged_objects(table) %}{{ return([]) }}{% endmacro %}

{# warn_of_older_objects: names objects in partitions before `since` that the table has not, such as a machine whose clock is days behind
   lands. Nothing where the zone is in S3, which refuses a clock that is 15 minutes off (RequestTimeTooSkewed). #}
{% macro warn_of_older_objects(table, since) %}{{ return(adapter.dispatch('warn_of_older_objects', 'email_events')(table, since)) }}{% endmacro %}
{% macro default__warn_of_older_objects(table, since) %}{{ engine_missing('warn_of_older_objects') }}{% endmacro %}
{% macro duckdb__warn_of_older_objects(table, since) %}
    {% if offline() or '://' in landing_root() %}{{ return('') }}{% endif %}
    {% set found = run_query(
        "select landed_object, dt, hour from (select landed_object, " ~ duckdb_partition('landed_object') ~ " from (select " ~ duckdb_name('file') ~ " as landed_object from glob([" ~ text_list(duckdb_patterns('events', none)) ~ "])))"
        ~ " where " ~ duckdb_is_partition('dt', 'hour') ~ " and dt || '-' || hour < '" ~ since ~ "' and " ~ object_key('landed_object') ~ " not in (select " ~ object_key('landed_object') ~ " from " ~ table ~ ") order by dt, hour, landed_object"
    ).rows %}
    {% if found %}
        {% do exceptions.warn(
            found | length ~ " landed objects lie in partitions before the look-back, and nothing of them comes in: " ~ printable_names(found[:20] | map(attribute=0)) ~ (' and more' if found | length > 20 else '')
            ~ ". Was the clock of the machine that landed them behind? To take them in: dbt build --vars 'landing_from: \"" ~ found[0][1] ~ "-" ~ found[0][2] ~ "\"'"
        ) %}
    {% endif %}
{% endmacro %}
{% macro athena__warn_of_older_objects(table, since) %}{% endmacro %}
{% macro redshift__warn_of_older_objects(table, since) %}{% endmacro %}

{# Names that others chose, as a run prints them: nothing in them steers a terminal. #}
{% macro printable_names(names) %}
    {% set printable = [] %}
    {% for name in names %}{% do printable.append(name if name.isprintable() else tojson(name)[1:-1].replace('\x7f', '\\u007f')) %}{% endfor %}
    {{ return(printable | join(', ')) }}
{% endmacro %}

{# By the day too: only a bare column prunes. #}
{% macro in_partitions(since, until=none) -%}
    dt >= '{{ since[:10] }}' and dt || '-' || hour >= '{{ since }}'
    {%- if until %} and dt <= '{{ until[:10] }}' and dt || '-' || hour < '{{ until }}'{% endif -%}
{%- endmacro %}

{# manifest_rows: a relation of one row per manifest in the partitions from `since` on and before `until`, as for found_objects:
   manifest (its name), dt, hour, doc. #}
{% macro manifest_rows(since, until=none) %}{{ return(adapter.dispatch('manifest_rows', 'email_events')(since, until)) }}{% endmacro %}
{% macro default__manifest_rows(since, until) %}{{ engine_missing('manifest_rows') }}{% endmacro %}
{% macro duckdb__manifest_rows(since, until) -%}
    (
        select landed_object as manifest, dt, hour, {{ json_parsed('line') }} as doc
        from {{ duckdb_lines('manifests', duckdb_days(since, until)) }} as lines
        where {{ in_partitions(since, until) }}
    )
{%- endmacro %}
{% macro athena__manifest_rows(since, until) -%}
    (
        select "$path" as manifest, dt, hour, {{ json_parsed('line') }} as doc
        from {{ source('landing', 'manifests') }}
        where trim(line) <> '' and "$path" like '%.json' and {{ in_partitions(since, until) }}
    )
{%- endmacro %}
{% macro redshift__manifest_rows(since, until) -%}
    (
        select manifest, dt, hour, doc
        from {{ source('landing', 'manifests') }}
        where {{ in_partitions(since, until) }}
    )
{%- endmacro %}

{# DuckDB reads whole lines: JSON forbids the control character that stands as the delimiter. A line feed, a carriage return or both end
   a line, as on Athena; `new_line` says so, or DuckDB goes by the first line and loses a character, or fails, where others end otherwise. #}
{% macro duckdb_lines(folder, days, names=none, damaged=[]) -%}
    {%- set files = duckdb_files(folder, days, names, damaged) -%}
    {%- if not files -%}
    (select '' as landed_object, '' as dt, '' as hour, '' as line where false)
    {%- else -%}
    (
        select {{ duckdb_name('filename') }} as landed_object, dt, hour, line
        from read_csv(
            [{{ text_list(files) }}],{{ " compression = 'gzip'," if folder == 'events' }}
            columns = {'line': 'VARCHAR'}, delim = '\x01', quote = '', escape = '', header = false, auto_detect = false,
            hive_partitioning = true, hive_types = {'dt': 'VARCHAR', 'hour': 'VARCHAR'}, filename = true, max_line_size = 2097152,
            {%- if folder == 'manifests' %}
            ignore_errors = true, -- one that is not text would stop every run: its objects have `no_manifest` in the ledger
            {%- endif %}
            strict_mode = false, new_line = '\n'
        )
        where not regexp_full_match(line, '[ \t\r]*')
    )
    {%- endif -%}
{%- endmacro %}

{# What read_csv is to open (it fails where there is nothing): the objects by name; where they are very many the patterns of their
   days, but for days with damaged objects. #}
{% macro duckdb_files(folder, days, names, damaged) %}
    {% set patterns = duckdb_patterns(folder, days) %}
    {% if offline() or not patterns %}{{ return(patterns) }}{% endif %}
    {% set conditions = ["file in (" ~ text_list(names) ~ ")" if names is not none else "true"] %}
    {% if damaged %}{% do conditions.append(object_key('file') ~ " not in (select " ~ object_key('damaged') ~ " from unnest([" ~ text_list(damaged) ~ "]) as t(damaged))") %}{% endif %}
    {% set found = run_query(
        "select file, " ~ duckdb_partition('file') ~ " from (select " ~ duckdb_name('file') ~ " as file from glob([" ~ text_list(patterns) ~ "])) where " ~ conditions | join(' and ')
    ) %}
    {% if found.rows | length <= 1000 %}{{ return(duckdb_named(found.columns[0].values())) }}{% endif %}
    {% set by_name, by_day = [], [] %}
    {% set damaged_days = damaged | join(' ') %}
    {% for row in found.rows %}{% do (by_name.append(row[0]) if '/dt=' ~ row[1] ~ '/' in damaged_days else by_day.append(row[1])) %}{% endfor %}
    {{ return(duckdb_named(by_name) + (duckdb_patterns(folder, by_day | unique | list) if by_day else [])) }}
{% endmacro %}

{# Names as patterns that match them alone: a key may have characters of a pattern. #}
{% macro duckdb_named(names) %}
    {% set named = [] %}
    {% for name in names %}{% do named.append(modules.re.sub('([?*]|\\[)', '[\\1]', name)) %}{% endfor %}
    {{ return(named) }}
{% endmacro %}

{# A pattern for each day, or one for the whole zone where `days` is none. #}
{% macro duckdb_patterns(folder, days, names=none) %}
    {% set patterns = [] %}
    {% for day in (['*'] if days is none else days) %}
        {% do patterns.append(duckdb_root() ~ '/' ~ folder ~ '/dt=' ~ day ~ '/' ~ (names or 'hour=*/*' ~ ('.gz' if folder == 'events' else '.json'))) %}
    {% endfor %}
    {{ return(patterns) }}
{% endmacro %}
{% macro duckdb_root() %}{{ return(duckdb_named([landing_root()])[0]) }}{% endmacro %}

{# A name as the landing root begins it: DuckDB puts ./ before what it finds by a pattern that begins with one. #}
{% macro duckdb_name(file) -%}
    {%- if duckdb_root() == landing_root() -%} {{ file }}
    {%- else -%} substr({{ file }}, strpos({{ file }}, {{ text_list([landing_root()]) }}))
    {%- endif -%}
{%- endmacro %}

{# The days of the partitions from `since` on, so that no others are listed; none where they would be very many. What arrives is of
   today: tomorrow is for a clock that is ahead, and a zone that lies later still is listed whole. #}
{% macro duckdb_days(since, until=none) %}
    {% if since == first_partition() or not execute %}{{ return(none) }}{% endif %}
    {% set first = modules.datetime.date.fromisoformat(since[:10]) %}
    {% set last = modules.datetime.date.fromisoformat(until[:10]) if until else run_started_at.date() + modules.datetime.timedelta(days=1) %}
    {% set count = (last - first).days + 1 %}
    {% if count < 1 and not until or count > 400 %}{{ return(none) }}{% endif %}
    {% set days = [] %}
    {% for n in range(count) %}{% do days.append((first + modules.datetime.timedelta(days=n)).isoformat()) %}{% endfor %}
    {{ return(days) }}
{% endmacro %}
