-- Grain: one row per run that staged events, day sent, source, event type, field path and kind of value: how many events had it.
-- Looks at the keys of the event and of the objects in it that AWS documents, of sent mail that of the type's own.
{{ config(materialized='incremental', post_hook="{{ save_watermark(staged_relations(), 'staged_at') }}", **engine_config('append', dist='path')) }}

{% set last = watermark() %}
{% set days = fresh_days(staged_relations(), last) %}
{% set sent = ['ses_event', 'ses_notification'] %}
{% set mail_event = 'facets.email_channel.mail_event' %}
{% set parents = [
    ('mail', sent + ['ses_inbound']),
    ('mail.commonHeaders', sent + ['ses_inbound']),
    ('receipt', ['ses_inbound']),
    ('receipt.action', ['ses_inbound']),
    ('metadata', ['ses_account']),
    ('data', ['ses_account']),
    ('data.record', ['ses_account']),
    (mail_event, ['pinpoint']),
    (mail_event ~ '.mail', ['pinpoint']),
    ('protectConfiguration', ['eum']),
    ('protectConfigurationAssessment', ['eum']),
] %}

with staged as (
    {%- for source in staged_sources() %}
    select '{{ source.name }}' as source, event_type, {{ json_read('payload') }} as payload, staged_at, sent_date
    from {{ ref(source.model) }}
    {% if is_incremental() %}where staged_at > {{ last }}{% endif %}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
),

shapes as (
    {{ json_shapes('staged', ['source', 'event_type', 'staged_at', 'sent_date'], 'payload') }}
),

objects as (
    select source, event_type, '' as parent, shape as fields, events, staged_at, sent_date
    from shapes
    {%- for parent, sources in parents %}
    union all
    select source, event_type, '{{ parent }}.' as parent, {{ json_doc('shape', parent.split('.')) }} as fields, events, staged_at, sent_date
    from shapes
    where source in ('{{ sources | join("', '") }}')
    {%- endfor %}
    union all
    -- apps name the attributes of their own events as they like
    select source, event_type, 'attributes.' as parent, {{ json_doc('shape', ['attributes']) }} as fields, events, staged_at, sent_date
    from shapes
    where source = 'pinpoint' and {{ text_matches('event_type', '^_(email|sms|campaign|journey)[.]') }}
    union all
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
    where source in ('{{ sent | join("', '") }}') and event_type in ({{ ses_event_type_list() }})
),

fields as (
    {{ json_keys_each('objects', ['source', 'event_type', 'parent', 'events', 'staged_at', 'sent_date'], 'fields', 'field', 'field_value') }}
)

select
    source,
    event_type,
    {{ text_column('path', 'parent || field') }},
    {{ shape_kind('field_value') }} as kind,
    cast(sum(events) as bigint) as events,
    staged_at,
    sent_date
from fields
{%- if is_incremental() %}
where not exists (
    select 1
    from {{ this }} as taken
    where {{ in_days('taken.sent_date', days) }} and taken.sent_date = fields.sent_date and taken.staged_at = fields.staged_at
)
{%- endif %}
group by source, event_type, {{ text_cut('parent || field', text_characters('path')) }}, {{ shape_kind('field_value') }}, staged_at, sent_date
{{ day_order() }}
