-- What was read landed, was quarantined or was a control message; what landed was staged, a repeat or rejected.
select object_key, source, read_records, landed_by_manifest, quarantined, control, landed, staged, repeats, rejected
from {{ ref('ingestion_ledger') }}
where balance = 'unbalanced'
