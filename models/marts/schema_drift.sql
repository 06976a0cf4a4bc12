-- Grain: one row per source, event type, field and kind of value that the documentation does not know. New event types have one row without a field.
{{ config(materialized='view') }}

with counted as (
    select
        source,
        event_type,
        path,
        kind,
        sum(events) as events,
        min(sent_date) as first_sent_date,
        max(sent_date) as last_sent_date,
        -- of sent mail the fields are documented for each type, of the rest for all types of a source
        case when source in ('ses_event', 'ses_notification') then event_type else '*' end as documented_type
    from {{ ref('int_payload_fields_counted') }}
    group by source, event_type, path, kind
),

documented as (
    select distinct source, event_type, path
    from {{ ref('documented_fields') }}
),

judged as (
    select
        counted.source,
        counted.event_type,
        counted.path,
        counted.kind,
        counted.events,
        counted.first_sent_date,
        counted.last_sent_date,
        case
            when not {{ is_known_type('counted.source', 'counted.event_type') }} then 'unknown_event_type'
            when documented.path is null then 'unknown_field'
            when kinds.path is null then 'unexpected_kind'
        end as drift
    from counted
    left join documented
        on counted.source = documented.source and counted.documented_type = documented.event_type and counted.path = documented.path
    -- the word null in a seed is NULL where dbt and not the engine reads the file
    left join {{ ref('documented_fields') }} as kinds
        on counted.source = kinds.source and counted.documented_type = kinds.event_type and counted.path = kinds.path and counted.kind = coalesce(kinds.kind, 'null')
)

select
    {{ surrogate_key(['source', 'event_type', 'path', 'kind']) }} as drift_id,
    source,
    event_type,
    drift,
    path,
    kind,
    cast(events as bigint) as events,
    first_sent_date,
    last_sent_date
from judged
where drift in ('unknown_field', 'unexpected_kind')

union all

-- of the fields of an unknown type at least one is there in every event, or it would not have landed as one
select
    {{ surrogate_key(['source', 'event_type']) }} as drift_id,
    source,
    event_type,
    drift,
    cast(null as {{ text_type('path') }}) as path,
    cast(null as {{ text_type('kind') }}) as kind,
    cast(max(events) as bigint) as events,
    min(first_sent_date) as first_sent_date,
    max(last_sent_date) as last_sent_date
from judged
where drift = 'unknown_event_type'
group by source, event_type, drift
