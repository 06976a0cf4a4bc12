-- Grain: one row per SES event about an account, tenant or identity. Repeats are dropped here.
{{ config(**append_rows(reads='landing_records', dist='event_id')) }}

{% set updated = ['data', 'record', 'lastUpdatedTimestamp'] %}

with {{ first_copies(['ses_account']) }},

texts as (
    {{ json_strings('first_copies', 'payload', {
        'recommendation': ['data'],
        'recommendation_type': ['metadata', 'type'],
        'recommendation_impact': ['metadata', 'impact'],
        'status_origin': ['data', 'origin'],
        'sending_status': ['data', 'record', 'status'],
        'status_cause': ['data', 'record', 'cause'],
    }, scalars={
        'updated_year': updated + [0],
        'updated_month': updated + [1],
        'updated_day': updated + [2],
        'updated_hour': updated + [3],
        'updated_minute': updated + [4],
        'updated_second': updated + [5],
        'updated_nanos': updated + [6],
        'updated_text': updated,
    }) }}
),

envelope_texts as (
    {{ json_strings('texts', 'envelope', {
        'account_id': ['account'],
        'region': ['region'],
        'resource_arn': ['resources', 0],
    }) }}
),

-- the status has its own time as an array: year, month, day, hour, minute, and seconds and nanoseconds where they are not 0
spelled as (
    select
        *,
        coalesce(
            updated_text,
            updated_year || '-' || {{ two_digits('updated_month') }} || '-' || {{ two_digits('updated_day') }}
            || 'T' || {{ two_digits('updated_hour') }} || ':' || {{ two_digits('updated_minute') }} || ':' || {{ two_digits("coalesce(updated_second, '0')") }}
            || '.' || substr('00000000' || coalesce(updated_nanos, '0'), length(coalesce(updated_nanos, '0')), 9)
        ) as status_updated_text
    from envelope_texts
)

select
    ---------- ids
    source,
    event_id,
    {{ text_column('account_id') }},
    ---------- what it is about
    event_type,
    {{ text_column('region') }},
    {{ text_column('resource_arn') }},
    {{ text_column('resource_type', text_extract('resource_arn', '^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:([^/:]*)')) }},
    {{ text_column('resource_name', text_extract('resource_arn', '^[^:]*:[^:]*:[^:]*:[^:]*:[^:]*:[^/:]*[/:]([^/]*)')) }},
    ---------- sending status
    {{ text_column('sending_status') }},
    {{ text_column('status_origin') }},
    {{ text_column('status_cause') }},
    ---------- recommendation
    {{ text_column('recommendation') }},
    {{ text_column('recommendation_type') }},
    {{ text_column('recommendation_impact') }},
    ---------- timestamps, UTC
    coalesce({{ trimmed_timestamp('status_updated_text') }}, occurred_at) as occurred_at,
    occurred_at as reported_at,
    landed_at,
    recorded_at,
    {{ run_time() }} as staged_at,
    ---------- stored in; landing_records has the payload
    landed_object,
    sent_date
from spelled
