-- The ledger counts lines and staging holds events: by source, neither may know of one that the other does not.
with counted as (
    select source, sum(staged) as staged
    from {{ ref('int_landed_lines_counted') }}
    group by source
),

held as (
    {%- for source in staged_sources() %}
    select '{{ source.name }}' as source, count(*) as staged from {{ ref(source.model) }}
    {{ 'union all' if not loop.last }}
    {%- endfor %}
)

select held.source, held.staged as rows_in_staging, counted.staged as staged_in_ledger
from held
left join counted on held.source = counted.source
where held.staged <> coalesce(counted.staged, 0)
