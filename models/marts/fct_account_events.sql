-- Grain: one row per event about an account, tenant or identity, no message: sending paused or resumed, a recommendation opened or resolved.
{{ config(**rebuild_table()) }}

select
    ---------- ids
    event_id,
    account_id,
    region,
    ---------- what it is about
    event_type,
    resource_arn,
    resource_type,
    resource_name,
    ---------- sending status
    sending_status,
    status_origin,
    status_cause,
    ---------- recommendation
    recommendation,
    recommendation_type,
    recommendation_impact,
    ---------- timestamps, UTC
    occurred_at
from {{ ref('stg_ses__account_events') }}
