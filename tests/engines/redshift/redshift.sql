-- What PostgreSQL lacks of Redshift: the type SUPER, functions of the developer guide that PostgreSQL has not or has
-- otherwise (all in the schema `redshift`: a function that is defined here is called here), and catalog views that the
-- dbt adapter asks. Pages named below are those of the Amazon Redshift Database Developer Guide.

set allow_system_table_mods = on;
set client_min_messages = warning;
create schema redshift;

-- ---------------------------------------------------------------- SUPER: stored as jsonb, cast by rules of its own
create type pg_catalog.super;
create function pg_catalog.super_in(cstring) returns pg_catalog.super language internal immutable strict parallel safe as 'jsonb_in';
create function pg_catalog.super_out(pg_catalog.super) returns cstring language internal immutable strict parallel safe as 'jsonb_out';
create function pg_catalog.super_recv(internal) returns pg_catalog.super language internal immutable strict parallel safe as 'jsonb_recv';
create function pg_catalog.super_send(pg_catalog.super) returns bytea language internal immutable strict parallel safe as 'jsonb_send';
create type pg_catalog.super (
    input = pg_catalog.super_in, output = pg_catalog.super_out, send = pg_catalog.super_send, receive = pg_catalog.super_recv,
    internallength = variable, alignment = int4, storage = extended
);
create cast (super as jsonb) without function;
create cast (jsonb as super) without function;

-- Navigation is lax: what is not there, or of another shape, is NULL ("Navigation", query-super).
create function redshift.super_attribute(doc super, key text) returns super language sql immutable parallel safe
as $$ select ((doc::jsonb) -> key)::super $$;
create function redshift.super_element(doc super, place int) returns super language sql immutable parallel safe
as $$ select case when place >= 0 and jsonb_typeof(doc::jsonb) = 'array' then ((doc::jsonb) -> place)::super end $$;
create function redshift.super_unnested(doc super) returns table (element super, place bigint) language sql immutable parallel safe
as $$
    select value::super, ordinality - 1
    from jsonb_array_elements(case when jsonb_typeof(doc::jsonb) = 'array' then doc::jsonb else '[]' end) with ordinality
$$;
create function redshift.super_unpivoted(doc super) returns table (value super, attribute varchar) language sql immutable parallel safe
as $$ select value::super, key::varchar from jsonb_each(case when jsonb_typeof(doc::jsonb) = 'object' then doc::jsonb else '{}' end) $$;

-- Casts out of SUPER are lax: a value of another type is NULL ("Lax and strict modes"). Text is cast to no number, and a
-- boolean to no text: the guide does not say what Redshift does there, so nothing may lean on it.
-- Those that cannot fail are SQL, which is written into the statement: a quarter of the time.
create function redshift.super_to_varchar(doc super) returns varchar language sql immutable parallel safe
as $$ select case when jsonb_typeof(doc::jsonb) in ('string', 'number') then (doc::jsonb) #>> '{}' end $$;
create function redshift.super_to_text(doc super) returns text language sql immutable parallel safe
as $$ select case when jsonb_typeof(doc::jsonb) in ('string', 'number') then (doc::jsonb) #>> '{}' end $$;
create function redshift.super_to_bool(doc super) returns bool language sql immutable parallel safe
as $$ select case when jsonb_typeof(doc::jsonb) = 'boolean' then (doc::jsonb)::bool end $$;
create cast (super as varchar) with function redshift.super_to_varchar(super);
create cast (super as text) with function redshift.super_to_text(super);
create cast (super as bool) with function redshift.super_to_bool(super);
do $$
declare
    cast_rule record;
begin
    for cast_rule in
        select *
        from (values
            ('smallint', '{number}'), ('int', '{number}'), ('bigint', '{number}'), ('numeric', '{number}'), ('float8', '{number}'), ('float4', '{number}'),
            ('date', '{string}'), ('timestamp', '{string}'), ('timestamptz', '{string}')
        ) as rules (type_name, kinds)
    loop
        execute format($body$
            create function redshift.super_to_%1$s(doc super) returns %1$s language plpgsql stable parallel safe as $f$
            begin
                if jsonb_typeof(doc::jsonb) = any (%2$L::text[]) then
                    return ((doc::jsonb) #>> '{}')::%1$s;
                end if;
                return null;
            exception
                when data_exception then return null;
            end $f$
        $body$, cast_rule.type_name, cast_rule.kinds);
        execute format('create cast (super as %1$s) with function redshift.super_to_%1$s(super)', cast_rule.type_name);
    end loop;
end $$;

-- JSON_PARSE refuses an object that says a key twice unless json_parse_dedup_attributes is on (super-configurations).
-- (The text \u0000 is none that PostgreSQL can hold.) Not immutable, or a constant would be parsed before a CASE can forbid it.
create function redshift.can_json_parse(source text) returns boolean language sql immutable parallel safe
as $$ select source is json with unique keys and source not like '%\\u0000%' $$;
create function redshift.json_parse(source text) returns super language plpgsql stable parallel safe
as $$
begin
    if source is null or redshift.can_json_parse(source) then
        return source::jsonb::super;
    end if;
    raise exception 'JSON_PARSE: cannot parse: %', left(source, 60);
end $$;
-- Without blanks, as the examples of both functions show.
create function redshift.written(doc jsonb) returns text language plpgsql immutable parallel safe
as $$
begin
    return case jsonb_typeof(doc)
        when 'object' then '{' || coalesce(
            (select string_agg(to_json(key)::text || ':' || redshift.written(value), ',') from jsonb_each(doc)), '') || '}'
        when 'array' then '[' || coalesce(
            (select string_agg(redshift.written(value), ',' order by place)
             from jsonb_array_elements(doc) with ordinality as e(value, place)), '') || ']'
        else doc::text
    end;
end $$;
create function redshift.json_serialize(doc super) returns varchar language plpgsql stable parallel safe
as $$
begin
    if redshift.json_size(doc) > 65535 then
        raise exception 'JSON_SERIALIZE: the text is longer than a varchar can be';
    end if;
    return coalesce(redshift.written(doc::jsonb), 'null');
end $$;
create function redshift.json_size(doc super) returns bigint language sql immutable parallel safe
as $$ select octet_length(redshift.written(doc::jsonb))::bigint $$;
create function redshift.json_typeof(doc super) returns varchar language sql immutable parallel safe
as $$ select jsonb_typeof(doc::jsonb)::varchar $$;
create function redshift.is_array(doc super) returns boolean language sql immutable parallel safe
as $$ select coalesce(jsonb_typeof(doc::jsonb) = 'array', false) $$;
create function redshift.is_object(doc super) returns boolean language sql immutable parallel safe
as $$ select coalesce(jsonb_typeof(doc::jsonb) = 'object', false) $$;
create function redshift.is_scalar(doc super) returns boolean language sql immutable parallel safe
as $$ select coalesce(jsonb_typeof(doc::jsonb) not in ('object', 'array'), false) $$;
create function redshift.is_varchar(doc super) returns boolean language sql immutable parallel safe
as $$ select coalesce(jsonb_typeof(doc::jsonb) = 'string', false) $$;
create function redshift.is_boolean(doc super) returns boolean language sql immutable parallel safe
as $$ select coalesce(jsonb_typeof(doc::jsonb) = 'boolean', false) $$;
create function redshift.get_array_length(doc super) returns bigint language sql immutable parallel safe
as $$ select case when jsonb_typeof(doc::jsonb) = 'array' then jsonb_array_length(doc::jsonb)::bigint end $$;

-- ---------------------------------------------------------------- text
-- Widths are bytes, and an explicit cast cuts at a whole character ("Storage and ranges", r_Character_types).
create function redshift.too_long(width int) returns boolean language plpgsql volatile
as $$ begin raise exception 'value too long for type character varying(%)', width using errcode = 'string_data_right_truncation'; end $$;
create function redshift.cut(value text, bytes int) returns text language plpgsql immutable parallel safe
as $$
declare
    cut_at int := bytes;
begin
    if value is null or octet_length(value) <= bytes then
        return value;
    end if;
    while get_byte(convert_to(value, 'UTF8'), cut_at) between 128 and 191 loop
        cut_at := cut_at - 1;
    end loop;
    return convert_from(substring(convert_to(value, 'UTF8') from 1 for cut_at), 'UTF8');
end $$;
-- r_CONCAT: two arguments; NULL when one is.
create function redshift.concat(one text, other text) returns text language sql immutable parallel safe as $$ select one || other $$;
create function redshift.len(value text) returns int language sql immutable parallel safe as $$ select length(value) $$;
-- REGEXP_SUBSTR: POSIX patterns; with the parameter 'e' the first group; nothing found is empty text.
create function redshift.regexp_substr(source text, pattern text, start int default 1, occurrence int default 1, parameters text default '')
returns text language sql immutable parallel safe
as $$
    select case when source is null or pattern is null then null else coalesce(pg_catalog.regexp_substr(
        source, pattern, start, occurrence, replace(parameters, 'e', ''), case when parameters like '%e%' then 1 else 0 end
    ), '') end
$$;
-- REGEXP_REPLACE: every occurrence.
create function redshift.regexp_replace(source text, pattern text, replacement text default '') returns text language sql immutable parallel safe
as $$ select pg_catalog.regexp_replace(source, pattern, replacement, 'g') $$;

-- ---------------------------------------------------------------- time
create function redshift.getdate() returns timestamp language sql stable as $$ select date_trunc('second', now() at time zone 'UTC') $$;
create function redshift.convert_timezone(source_zone text, target_zone text, value timestamp) returns timestamp language sql stable parallel safe
as $$ select value at time zone source_zone at time zone target_zone $$;
create function redshift.parts_in_a_second(part text) returns numeric language plpgsql immutable parallel safe
as $$
begin
    case part
        when 'microsecond' then return 1000000;
        when 'millisecond' then return 1000;
        when 'second' then return 1;
        when 'minute' then return 1.0 / 60;
        when 'hour' then return 1.0 / 3600;
        -- a week too: no page says on which day it begins
        else raise exception 'the harness does not know the date part %', part;
    end case;
end $$;
-- DATEDIFF counts the boundaries of the part that lie between two times, not the time that passed.
create function redshift.datediff(part text, start timestamp, finish timestamp) returns bigint language sql immutable parallel safe
as $$
    select case part
        when 'day' then finish::date - start::date
        when 'year' then extract(year from finish) - extract(year from start)
        when 'quarter' then 4 * (extract(year from finish) - extract(year from start)) + extract(quarter from finish) - extract(quarter from start)
        when 'month' then 12 * (extract(year from finish) - extract(year from start)) + extract(month from finish) - extract(month from start)
        else floor(extract(epoch from finish) * redshift.parts_in_a_second(part)) - floor(extract(epoch from start) * redshift.parts_in_a_second(part))
    end::bigint
$$;
-- DATE_TRUNC of a date gives a timestamp, in PostgreSQL one with a time zone.
create function redshift.date_trunc(part text, value timestamp) returns timestamp language sql immutable parallel safe
as $$ select pg_catalog.date_trunc(part, value) $$;
-- DATEADD of a date gives a timestamp.
create function redshift.dateadd(part text, number bigint, value timestamp) returns timestamp language sql immutable parallel safe
as $$ select value + number * case part when 'quarter' then interval '3 months' else ('1 ' || part)::interval end $$;
-- TRY_CAST: NULL for what a cast refuses.
do $$
declare
    type_name text;
begin
    foreach type_name in array array['timestamptz', 'timestamp', 'date', 'bigint', 'int', 'float8', 'numeric', 'bool'] loop
        execute format($body$
            create function redshift.try_cast_%1$s(value text) returns %1$s language plpgsql stable parallel safe as $f$
            begin
                return value::%1$s;
            exception
                when data_exception then return null;
            end $f$
        $body$, type_name);
    end loop;
end $$;

-- ---------------------------------------------------------------- COPY: copy.py reads the objects, this fills the table
-- The widths of the columns hold in bytes; more is an error, or is cut where the statement says TRUNCATECOLUMNS.
create function redshift.copied(target regclass, columns text[], path text, truncated boolean) returns bigint language plpgsql
as $$
declare
    column_name text;
    number int := 0;
    column_type text;
    width int;
    expressions text[] := '{}';
    loaded bigint;
    too_long boolean;
begin
    foreach column_name in array columns loop
        select format_type(atttypid, atttypmod), case when atttypid = 'varchar'::regtype then atttypmod - 4 end
        into strict column_type, width
        from pg_attribute
        where attrelid = target and attname = column_name and not attisdropped;
        if column_type = 'super' then
            -- a missing attribute, which is NULL
            expressions := expressions || format('nullif(row_values -> %s, ''null'')::super', number);
        elsif width is null then
            expressions := expressions || format('(row_values ->> %s)::%s', number, column_type);
        elsif truncated then
            expressions := expressions || format('redshift.cut(row_values ->> %s, %s)', number, width);
        else
            execute format('select exists (select from jsonb_array_elements(pg_read_file(%L)::jsonb) as row_values where octet_length(row_values ->> %s) > %s)', path, number, width)
            into too_long;
            if too_long then
                raise exception 'Load into table ''%'' failed.  Check ''stl_load_errors'' system table for details. (String length exceeds DDL length: column %)', target, column_name;
            end if;
            expressions := expressions || format('row_values ->> %s', number);
        end if;
        number := number + 1;
    end loop;
    execute format('insert into %s (%s) select %s from jsonb_array_elements(pg_read_file(%L)::jsonb) as row_values',
        target, (select string_agg(quote_ident(one), ', ') from unnest(columns) as one), array_to_string(expressions, ', '), path);
    get diagnostics loaded = row_count;
    return loaded;
end $$;

-- ---------------------------------------------------------------- what the dbt adapter asks the catalog for
create view pg_catalog.svv_external_columns as
select null::varchar as redshift_database_name, null::varchar as schemaname, null::varchar as tablename, null::varchar as columnname,
    null::varchar as external_type, null::int as columnnum, null::int as part_key, null::varchar as is_nullable
where false;
create function pg_catalog.pg_get_late_binding_view_cols() returns setof record language sql
as $$ select null::name, null::name, null::name, null::varchar, null::int where false $$;
create view pg_catalog.svv_table_info as
select null::text as "database", null::text as "schema", null::int as table_id, null::text as "table", null::text as encoded,
    null::text as diststyle, null::text as sortkey1, null::int as max_varchar, null::text as sortkey1_enc, null::int as sortkey_num,
    null::bigint as size, null::float8 as pct_used, null::bigint as empty, null::float8 as unsorted, null::float8 as stats_off,
    null::bigint as tbl_rows, null::float8 as skew_sortkey1, null::float8 as skew_rows
where false;

-- What the client is told when a statement is refused: the statement's transaction fails with it.
create function redshift.refused(reason text) returns void language plpgsql as $$ begin raise exception using message = reason; end $$;
grant usage on schema redshift to public;
grant select on pg_catalog.svv_external_columns, pg_catalog.svv_table_info to public;
grant execute on function pg_catalog.pg_read_file(text) to public;
