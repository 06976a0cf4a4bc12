-- Grain: one row per object of a finished batch and source, as its manifest states it; records that landed in no object have the source `none`.
{{ config(**append_rows(day='dt', dist='object_key')) }}

{% set since = partitions_since() %}

with manifests as (
    select
        {{ text_column('transport', json_text('doc', ['transport'])) }},
        {{ json_timestamp('doc', ['arrived_at']) }} as arrived_at,
        {{ json_doc('doc', ['objects']) }} as objects,
        hour,
        dt
    from {{ manifest_rows(since) }} as rows
),

objects as (
    {{ json_each('manifests', ['transport', 'arrived_at', 'hour', 'dt'], 'objects', 'object_entry') }}
),

counted as (
    select
        {{ text_column('object_key', json_text('object_entry', ['key'])) }},
        {{ json_bigint('object_entry', ['read']) }} as read_records,
        {{ json_bigint('object_entry', ['landed']) }} as landed,
        {{ json_bigint('object_entry', ['quarantined']) }} as quarantined,
        {{ json_bigint('object_entry', ['control']) }} as control,
        {{ json_doc('object_entry', ['landed_by_source']) }} as landed_by_source,
        transport,
        arrived_at,
        hour,
        dt
    from objects
    where object_entry is not null
),

sources as (
    {{ json_keys_each('counted', ['object_key', 'transport', 'arrived_at', 'hour', 'dt'], 'landed_by_source', 'source', 'landed_count') }}
),

by_source as (
    select
        object_key,
        {{ text_column('source') }},
        {{ json_bigint('landed_count', []) }} as read_records,
        {{ json_bigint('landed_count', []) }} as landed,
        cast(0 as bigint) as quarantined,
        cast(0 as bigint) as control,
        transport,
        arrived_at,
        hour,
        dt
    from sources
    union all
    -- what was read and landed under no source: it must be the quarantined and the control messages
    select
        object_key,
        'none' as source,
        read_records - landed as read_records,
        cast(0 as bigint) as landed,
        quarantined,
        control,
        transport,
        arrived_at,
        hour,
        dt
    from counted
)

select by_source.*
from by_source
{%- if is_increment() %}
left join (
    select distinct object_key
    from {{ this }}
    where dt >= '{{ since[:10] }}'
) as held on by_source.object_key = held.object_key
where held.object_key is null
{%- endif %}
