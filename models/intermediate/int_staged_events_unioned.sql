-- Grain: one row per staged event, of every source.
select source, event_id, event_type, occurred_at, landed_at, recorded_at, staged_at, landed_object, sent_date
from {{ ref('stg_ses__mail_events') }}
union all
select source, event_id, event_type, occurred_at, landed_at, recorded_at, staged_at, landed_object, sent_date
from {{ ref('stg_ses__inbound') }}
union all
select source, event_id, event_type, occurred_at, landed_at, recorded_at, staged_at, landed_object, sent_date
from {{ ref('stg_ses__account_events') }}
union all
select source, event_id, event_type, occurred_at, landed_at, recorded_at, staged_at, landed_object, sent_date
from {{ ref('stg_pinpoint__events') }}
union all
select source, event_id, event_type, occurred_at, landed_at, recorded_at, staged_at, landed_object, sent_date
from {{ ref('stg_eum__events') }}
