-- Grain: one row per landed object and source: where every record went, from the wire to the tables.
{{ config(**rebuild_table()) }}

with damaged as (
    select {{ object_key('landed_object') }} as object_key, dt, hour, damage
    from {{ ref('landing_objects') }}
    where damage is not null
),

told as (
    select
        {{ object_key('landed_object') }} as object_key,
        source,
        cast(null as {{ text_type('transport') }}) as transport,
        dt,
        hour,
        cast(null as bigint) as read_records,
        cast(null as bigint) as landed_by_manifest,
        cast(null as bigint) as quarantined,
        cast(null as bigint) as control,
        landed,
        staged,
        repeats,
        rejected,
        arrival_lag_p50_seconds,
        arrival_lag_p90_seconds,
        arrival_lag_p99_seconds
    from {{ ref('int_landed_lines_counted') }}
    union all
    select
        object_key,
        source,
        transport,
        dt,
        hour,
        read_records,
        landed as landed_by_manifest,
        quarantined,
        control,
        cast(null as bigint) as landed,
        cast(null as bigint) as staged,
        cast(null as bigint) as repeats,
        cast(null as bigint) as rejected,
        cast(null as {{ type_double() }}) as arrival_lag_p50_seconds,
        cast(null as {{ type_double() }}) as arrival_lag_p90_seconds,
        cast(null as {{ type_double() }}) as arrival_lag_p99_seconds
    from {{ ref('int_manifests_exploded_to_objects') }}
    -- an object of which nothing was held back has nothing to tell under `none`
    where source <> 'none' or read_records <> 0 or quarantined <> 0 or control <> 0
    union all
    -- a damaged object has a row, whether a manifest names it or not
    select
        object_key,
        'none' as source,
        cast(null as {{ text_type('transport') }}) as transport,
        dt,
        hour,
        cast(null as bigint) as read_records,
        cast(null as bigint) as landed_by_manifest,
        cast(null as bigint) as quarantined,
        cast(null as bigint) as control,
        cast(null as bigint) as landed,
        cast(null as bigint) as staged,
        cast(null as bigint) as repeats,
        cast(null as bigint) as rejected,
        cast(null as {{ type_double() }}) as arrival_lag_p50_seconds,
        cast(null as {{ type_double() }}) as arrival_lag_p90_seconds,
        cast(null as {{ type_double() }}) as arrival_lag_p99_seconds
    from damaged
),

joined as (
    select
        object_key,
        source,
        max(transport) as transport,
        {{ hour_start('max(dt)', 'max(hour)') }} as landed_hour,
        max(read_records) as read_records,
        max(landed_by_manifest) as landed_by_manifest,
        max(quarantined) as quarantined,
        max(control) as control,
        max(landed) as landed,
        max(staged) as staged,
        max(repeats) as repeats,
        max(rejected) as rejected,
        max(arrival_lag_p50_seconds) as arrival_lag_p50_seconds,
        max(arrival_lag_p90_seconds) as arrival_lag_p90_seconds,
        max(arrival_lag_p99_seconds) as arrival_lag_p99_seconds
    from told
    group by object_key, source
)

select
    ---------- ids
    {{ surrogate_key(['joined.object_key', 'joined.source']) }} as ledger_id,
    joined.object_key,
    joined.source,
    transport,
    ---------- on the wire: read = landed + quarantined + control
    read_records,
    landed_by_manifest,
    quarantined,
    control,
    ---------- in the tables: landed = staged + repeats + rejected
    landed,
    staged,
    repeats,
    rejected,
    damaged.damage,
    case
        when damaged.damage is not null then 'damaged'
        when read_records is null then
            case when landed = staged + repeats + rejected then 'no_manifest' else 'unbalanced' end
        when read_records <> landed_by_manifest + quarantined + control then 'unbalanced'
        when landed is null then
            case when landed_by_manifest = 0 then 'balanced' else 'pending' end
        when landed_by_manifest = landed and landed = staged + repeats + rejected then 'balanced'
        else 'unbalanced'
    end as balance,
    ---------- how late the staged events arrived
    arrival_lag_p50_seconds,
    arrival_lag_p90_seconds,
    arrival_lag_p99_seconds,
    ---------- when
    landed_hour
from joined
left join damaged on joined.object_key = damaged.object_key
