-- A landed object is read in one run: a second reading would record its lines twice.
select {{ object_key('landed_object') }} as object_key, count(distinct recorded_at) as runs
from {{ ref('landing_records') }}
group by {{ object_key('landed_object') }}
having count(distinct recorded_at) > 1
