-- The ledger counts lines and staging holds events: by source, neither may know of one that the other does not.
with counted as (
    select source, sum(staged) as staged
    from {{ ref('int_landed_lines_counted') }}
    group by source
),

stored as (
    select source, count(*) as staged
    from {{ ref('int_staged_events_unioned') }}
    group by source
)

select stored.source, stored.staged as rows_in_staging, counted.staged as staged_in_ledger
from stored
left join counted on stored.source = counted.source
where stored.staged <> coalesce(counted.staged, 0)
