-- Grain: one row per run that staged events, day sent, source, event type, field path and kind of value: how many events had it.
-- Looks at the keys of the event, of `mail`, of `mail.commonHeaders` and of the type's own object.
{{ config(materialized='incremental', post_hook="{{ save_watermark([ref('stg_ses__events'), ref('stg_ses__notifications')], 'staged_at') }}", **engine_config('append', dist='path')) }}

with staged as (
    {%- for source, model in [('ses_event', 'stg_ses__events'), ('ses_notification', 'stg_ses__notifications')] %}
    select '{{ source }}' as source, event_type, {{ json_read('payload') }} as payload, staged_at, sent_date
    from {{ ref(model) }}
    {% if is_incremental() %}where staged_at > {{ watermark() }}{% endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

shapes as (
    {{ json_shapes('staged', ['source', 'event_type', 'staged_at', 'sent_date'], 'payload') }}
),

objects as (
    {%- for parent in ['', 'mail', 'mail.commonHeaders'] %}
    select source, event_type, '{{ parent ~ '.' if parent }}' as parent, {{ json_doc('shape', parent.split('.')) if parent else 'shape' }} as fields, events, staged_at, sent_date
    from shapes
    union all
    {%- endfor %}
    select
        source,
        event_type,
        case event_type
            {%- for type in ses_event_types() %}
            when '{{ type.name }}' then '{{ type.key }}.'
            {%- endfor %}
        end as parent,
        {{ ses_detail('shape', 'event_type') }} as fields,
        events,
        staged_at,
        sent_date
    from shapes
    where event_type in ({{ ses_event_type_list() }})
),

fields as (
    {{ json_keys_each('objects', ['source', 'event_type', 'parent', 'events', 'staged_at', 'sent_date'], 'fields', 'field', 'field_value') }}
)

select
    source,
    event_type,
    parent || field as path,
    {{ shape_kind('field_value') }} as kind,
    cast(sum(events) as bigint) as events,
    staged_at,
    sent_date
from fields
{%- if is_incremental() %}
where not exists (select 1 from {{ this }} as taken where taken.sent_date = fields.sent_date and taken.staged_at = fields.staged_at)
{%- endif %}
group by source, event_type, parent || field, {{ shape_kind('field_value') }}, staged_at, sent_date
