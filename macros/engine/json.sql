{#- JSON on three engines. A path is a list of keys (text) and array positions (numbers, from 0).
    `doc` is the engine's own JSON: JSON on DuckDB and Athena, SUPER on Redshift. Absent, null and a value
    of another kind are all NULL. -#}

{# json_parsed: text as a JSON document. NULL when the text is not JSON. (DuckDB takes a trailing comma and NaN as well.) #}
{% macro json_parsed(text) %}{{ return(adapter.dispatch('json_parsed', 'email_events')(text)) }}{% endmacro %}
{% macro default__json_parsed(text) %}{{ engine_missing('json_parsed') }}{% endmacro %}
{% macro duckdb__json_parsed(text) -%}
    {#- DuckDB 2.0.1 fails the whole query on one bad line of a file here; 1.5.5, which is pinned, does not -#}
    try_cast({{ text }} as json)
{%- endmacro %}
{% macro athena__json_parsed(text) -%} try(json_parse({{ text }})) {%- endmacro %}
{% macro redshift__json_parsed(text) -%}
    case when can_json_parse({{ text }}) then json_parse({{ text }}) end
{%- endmacro %}

{# json_text: the scalar at `path`, as text, of which longest_text() is enough. NULL when it is absent, null, an object or an array. #}
{% macro json_text(doc, path) %}{{ return(adapter.dispatch('json_text', 'email_events')(doc, path)) }}{% endmacro %}
{% macro default__json_text(doc, path) %}{{ engine_missing('json_text') }}{% endmacro %}
{% macro duckdb__json_text(doc, path) -%}
    {{ duckdb_cut(duckdb_json_scalar(doc, path), longest_text()) }}
{%- endmacro %}
{% macro athena__json_text(doc, path) -%}
    {{ text_cut(trino_json_scalar(doc, path), longest_text()) }}
{%- endmacro %}
{% macro redshift__json_text(doc, path) -%}
    {{ text_cut(super_scalar(doc, path), longest_text()) }}
{%- endmacro %}

{# json_string: the same where a string stands at `path`; NULL for a number or a boolean. #}
{% macro json_string(doc, path) %}{{ return(adapter.dispatch('json_string', 'email_events')(doc, path)) }}{% endmacro %}
{% macro default__json_string(doc, path) %}{{ engine_missing('json_string') }}{% endmacro %}
{% macro duckdb__json_string(doc, path) -%}
    case when json_type({{ doc }}, '{{ duckdb_json_path(path) }}') = 'VARCHAR' then {{ json_text(doc, path) }} end
{%- endmacro %}
{% macro athena__json_string(doc, path) -%}
    case when {{ json_kind(json_doc(doc, path)) }} = 'string' then {{ json_text(doc, path) }} end
{%- endmacro %}
{% macro redshift__json_string(doc, path) -%}
    case when json_typeof({{ super_path(doc, path) }}) = 'string' then {{ text_cut('cast(' ~ super_path(doc, path) ~ ' as varchar(65535))', longest_text()) }} end
{%- endmacro %}

{# json_text_bytes: how many bytes the scalar at `path` has in UTF-8. On Redshift a text in a document has 65,535 at most. #}
{% macro json_text_bytes(doc, path) %}{{ return(adapter.dispatch('json_text_bytes', 'email_events')(doc, path)) }}{% endmacro %}
{% macro default__json_text_bytes(doc, path) %}{{ engine_missing('json_text_bytes') }}{% endmacro %}
{% macro duckdb__json_text_bytes(doc, path) -%} strlen({{ duckdb_json_scalar(doc, path) }}) {%- endmacro %}
{% macro athena__json_text_bytes(doc, path) -%} length(to_utf8({{ trino_json_scalar(doc, path) }})) {%- endmacro %}
{% macro redshift__json_text_bytes(doc, path) -%} cast(octet_length({{ super_scalar(doc, path) }}) as bigint) {%- endmacro %}

{# json_doc: the document at `path`: an object, an array or a scalar. NULL when it is absent. #}
{% macro json_doc(doc, path) %}{{ return(adapter.dispatch('json_doc', 'email_events')(doc, path)) }}{% endmacro %}
{% macro default__json_doc(doc, path) %}{{ engine_missing('json_doc') }}{% endmacro %}
{% macro duckdb__json_doc(doc, path) -%} json_extract({{ doc }}, '{{ duckdb_json_path(path) }}') {%- endmacro %}
{% macro athena__json_doc(doc, path) -%} json_extract({{ doc }}, '{{ trino_json_path(path) }}') {%- endmacro %}
{% macro redshift__json_doc(doc, path) -%} {{ super_path(doc, path) }} {%- endmacro %}

{# json_written: an object or an array as JSON text without blanks, NULL for anything else: to tell documents apart. One document
   has one text on an engine; in which order it writes keys, and how a number, is the engine's. (Redshift: NULL beyond 65,535 bytes.) #}
{% macro json_written(doc) %}{{ return(adapter.dispatch('json_written', 'email_events')(doc)) }}{% endmacro %}
{% macro default__json_written(doc) %}{{ engine_missing('json_written') }}{% endmacro %}
{% macro duckdb__json_written(doc) -%} case when {{ json_kind(doc) }} in ('object', 'array') then cast({{ doc }} as varchar) end {%- endmacro %}
{% macro athena__json_written(doc) -%} case when {{ json_kind(doc) }} in ('object', 'array') then json_format({{ doc }}) end {%- endmacro %}
{% macro redshift__json_written(doc) -%}
    {#- more than a text can hold would be an error -#}
    case when {{ json_kind(doc) }} in ('object', 'array') and json_size({{ doc }}) <= 65535 then json_serialize({{ doc }}) end
{%- endmacro %}

{# json_kind: object, array, string, number, boolean or null; NULL when nothing is there. #}
{% macro json_kind(doc) %}{{ return(adapter.dispatch('json_kind', 'email_events')(doc)) }}{% endmacro %}
{% macro default__json_kind(doc) %}{{ engine_missing('json_kind') }}{% endmacro %}
{% macro duckdb__json_kind(doc) -%} {{ duckdb_kind_name('json_type(' ~ doc ~ ')') }} {%- endmacro %}
{% macro duckdb_kind_name(json_type) -%}
    case {{ json_type }}
        when 'OBJECT' then 'object' when 'ARRAY' then 'array' when 'VARCHAR' then 'string'
        when 'BOOLEAN' then 'boolean' when 'NULL' then 'null'
        when 'UBIGINT' then 'number' when 'BIGINT' then 'number' when 'DOUBLE' then 'number' when 'HUGEINT' then 'number'
    end
{%- endmacro %}
{% macro athena__json_kind(doc) -%}
    case substr(json_format({{ doc }}), 1, 1)
        when '{' then 'object' when '[' then 'array' when '"' then 'string'
        when 't' then 'boolean' when 'f' then 'boolean' when 'n' then 'null'
        else case when {{ doc }} is not null then 'number' end
    end
{%- endmacro %}
{% macro redshift__json_kind(doc) -%} json_typeof({{ doc }}) {%- endmacro %}

{# json_stored: a document as a table can hold it. json_read: what json_stored wrote, as a document again. #}
{% macro json_stored(doc) %}{{ return(adapter.dispatch('json_stored', 'email_events')(doc)) }}{% endmacro %}
{% macro default__json_stored(doc) %}{{ engine_missing('json_stored') }}{% endmacro %}
{% macro duckdb__json_stored(doc) -%} {{ doc }} {%- endmacro %}
{% macro athena__json_stored(doc) -%} json_format({{ doc }}) {%- endmacro %}
{% macro redshift__json_stored(doc) -%} {{ doc }} {%- endmacro %}

{% macro json_read(column) %}{{ return(adapter.dispatch('json_read', 'email_events')(column)) }}{% endmacro %}
{% macro default__json_read(column) %}{{ engine_missing('json_read') }}{% endmacro %}
{% macro duckdb__json_read(column) -%} {{ column }} {%- endmacro %}
{% macro athena__json_read(column) -%} json_parse({{ column }}) {%- endmacro %}
{% macro redshift__json_read(column) -%} {{ column }} {%- endmacro %}

{# json_beyond_ascii: true where a document that json_stored wrote may have characters beyond ASCII, as they are or escaped. #}
{% macro json_beyond_ascii(column) %}{{ return(adapter.dispatch('json_beyond_ascii', 'email_events')(column)) }}{% endmacro %}
{% macro default__json_beyond_ascii(column) %}{{ engine_missing('json_beyond_ascii') }}{% endmacro %}
{% macro duckdb__json_beyond_ascii(column) -%} {{ text_beyond_ascii('cast(' ~ column ~ ' as varchar)') }} {%- endmacro %}
{% macro athena__json_beyond_ascii(column) -%} {{ text_beyond_ascii(column) }} {%- endmacro %}
{% macro redshift__json_beyond_ascii(column) -%}
    {#- more than a text can hold would be an error -#}
    case when coalesce(json_size({{ column }}), 0) <= 65535 then {{ text_beyond_ascii('json_serialize(' ~ column ~ ')') }} else true end
{%- endmacro %}
{% macro text_beyond_ascii(text) -%} coalesce({{ text_matches(text, '[^ -~]') }} or strpos({{ text }}, chr(92) || 'u') > 0, false) {%- endmacro %}

{# json_each: a select of one row per element of the array in the column `json` of `relation`, with the columns
   `keep`, the element and `<element>_position` from 0. What holds no array, or an empty one, gives one row
   whose element and position are NULL. #}
{% macro json_each(relation, keep, json, element) %}{{ return(adapter.dispatch('json_each', 'email_events')(relation, keep, json, element)) }}{% endmacro %}
{% macro default__json_each(relation, keep, json, element) %}{{ engine_missing('json_each') }}{% endmacro %}
{% macro duckdb__json_each(relation, keep, json, element) -%}
    select {% for column in keep %}s.{{ column }}, {% endfor %}u.{{ element }}, u.{{ element }}_ordinal - 1 as {{ element }}_position
    from {{ relation }} as s
    left join lateral unnest(case when json_type(s.{{ json }}) = 'ARRAY' then cast(s.{{ json }} as json[]) end)
        with ordinality as u({{ element }}, {{ element }}_ordinal) on true
{%- endmacro %}
{% macro athena__json_each(relation, keep, json, element) -%}
    select {% for column in keep %}s.{{ column }}, {% endfor %}u.{{ element }}, u.{{ element }}_ordinal - 1 as {{ element }}_position
    from {{ relation }} as s
    left join unnest(try(cast(s.{{ json }} as array(json)))) with ordinality as u({{ element }}, {{ element }}_ordinal) on true
{%- endmacro %}
{% macro redshift__json_each(relation, keep, json, element) -%}
    {#- a scalar must not unnest as an array of one -#}
    select {% for column in keep %}s.{{ column }}, {% endfor %}{{ element }}, cast({{ element }}_at as bigint) as {{ element }}_position
    from (
        select {% for column in keep %}{{ column }}, {% endfor %}case when is_array({{ json }}) then {{ json }} end as element_list
        from {{ relation }}
    ) as s
    left join s.element_list as {{ element }} at {{ element }}_at on true
{%- endmacro %}

{# json_keys_each: a select of one row per key of the object in the column `json` of `relation`, with the columns
   `keep`, the key as text and its value as a document. What holds no object gives no row. #}
{% macro json_keys_each(relation, keep, json, key, value) %}{{ return(adapter.dispatch('json_keys_each', 'email_events')(relation, keep, json, key, value)) }}{% endmacro %}
{% macro default__json_keys_each(relation, keep, json, key, value) %}{{ engine_missing('json_keys_each') }}{% endmacro %}
{% macro duckdb__json_keys_each(relation, keep, json, key, value) -%}
    select {% for column in keep %}s.{{ column }}, {% endfor %}u.entry.key as {{ key }}, coalesce(u.entry.value, cast('null' as json)) as {{ value }}
    from {{ relation }} as s
    cross join lateral unnest(
        map_entries(case when json_type(s.{{ json }}) = 'OBJECT' then cast(s.{{ json }} as map(varchar, json)) end)
    ) as u(entry)
{%- endmacro %}
{% macro athena__json_keys_each(relation, keep, json, key, value) -%}
    select {% for column in keep %}s.{{ column }}, {% endfor %}u.{{ key }}, coalesce(u.{{ value }}, json 'null') as {{ value }}
    from {{ relation }} as s
    cross join unnest(try(cast(s.{{ json }} as map(varchar, json)))) as u({{ key }}, {{ value }})
{%- endmacro %}
{% macro redshift__json_keys_each(relation, keep, json, key, value) -%}
    select {% for column in keep %}s.{{ column }}, {% endfor %}cast({{ key }} as varchar(65535)) as {{ key }}, {{ value }}
    from (
        select {% for column in keep %}{{ column }}, {% endfor %}case when is_object({{ json }}) then {{ json }} end as object_value
        from {{ relation }}
    ) as s, unpivot s.object_value as {{ value }} at {{ key }}
{%- endmacro %}

{# How each engine gives the scalar at a path as text, whole. #}
{% macro duckdb_json_scalar(doc, path) -%}
    {#- json_extract_string alone would return an object as text -#}
    (json_value({{ doc }}, '{{ duckdb_json_path(path) }}') ->> '$')
{%- endmacro %}
{% macro trino_json_scalar(doc, path) -%} json_extract_scalar({{ doc }}, '{{ trino_json_path(path) }}') {%- endmacro %}
{% macro super_scalar(doc, path) -%}
    {#- Redshift casts no boolean to text, and a cast out of SUPER that it refuses is NULL -#}
    {%- set value = super_path(doc, path) -%}
    case when is_boolean({{ value }}) then case when cast({{ value }} as boolean) then 'true' else 'false' end else cast({{ value }} as varchar(65535)) end
{%- endmacro %}

{# How each engine writes a path. #}
{% macro duckdb_json_path(path) -%}
    ${%- for part in path -%}{%- if part is number -%}[{{ part }}]{%- else -%}."{{ part }}"{%- endif -%}{%- endfor -%}
{%- endmacro %}
{% macro trino_json_path(path) -%}
    ${%- for part in path -%}{%- if part is number -%}[{{ part }}]{%- else -%}["{{ part }}"]{%- endif -%}{%- endfor -%}
{%- endmacro %}
{% macro super_path(doc, path) -%}
    {{ doc }}{%- for part in path -%}{%- if part is number -%}[{{ part }}]{%- else -%}."{{ part }}"{%- endif -%}{%- endfor -%}
{%- endmacro %}

{% macro engine_missing(macro_name) %}
    {% do exceptions.raise_compiler_error(macro_name ~ " is not written for " ~ target.type ~ "; add it in macros/engine/") %}
{% endmacro %}

{# json_length: how many elements the array has; 0 when it is none. #}
{% macro json_length(doc) %}{{ return(adapter.dispatch('json_length', 'email_events')(doc)) }}{% endmacro %}
{% macro default__json_length(doc) %}{{ engine_missing('json_length') }}{% endmacro %}
{% macro duckdb__json_length(doc) -%} cast(coalesce(json_array_length({{ doc }}), 0) as bigint) {%- endmacro %}
{% macro athena__json_length(doc) -%} coalesce(json_array_length({{ doc }}), 0) {%- endmacro %}
{% macro redshift__json_length(doc) -%} cast(coalesce(get_array_length({{ doc }}), 0) as bigint) {%- endmacro %}
