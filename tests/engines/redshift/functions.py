"""Which functions a statement may call.

Source: Amazon Redshift Database Developer Guide, "SQL functions reference", "Leader node-only functions" and
"Unsupported PostgreSQL functions".
"""

from __future__ import annotations

import re
from pathlib import Path


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# In the guide, and the same in PostgreSQL.
SAME = _words(
    """
    count sum min max bool_and bool_or
    row_number rank dense_rank ntile lag lead first_value last_value
    coalesce nullif greatest least
    abs ceil ceiling floor round trunc sign mod power sqrt exp ln
    lower upper length octet_length btrim ltrim rtrim trim replace translate substring substr strpos position left right
    lpad rpad repeat reverse initcap chr ascii split_part md5 regexp_count regexp_instr quote_literal quote_ident
    extract to_char to_date to_timestamp current_date
    """
)

# In the guide, and otherwise in PostgreSQL or not there: defined in redshift.sql.
OURS = frozenset(
    re.findall(r"create function redshift\.(\w+)\(", (Path(__file__).parent / "redshift.sql").read_text())
) - _words(
    """
    super_attribute super_element super_unnested super_unpivoted super_to_varchar super_to_text super_to_bool
    written cut too_long copied parts_in_a_second refused
    """
)

# Carried out by the leader node alone: an error as soon as a table of the user's is asked.
LEADER_ONLY = _words(
    """
    age current_time current_timestamp localtime localtimestamp now isfinite current_schema current_schemas
    has_database_privilege has_schema_privilege has_table_privilege generate_series pg_backend_pid
    """
)

# Carried out by the compute nodes alone: an error where no table is asked. PostgreSQL calls it string_agg (rewrite.py).
COMPUTE_ONLY = frozenset({"listagg"})

# These take a date part, written without quotes, as their first argument.
WITH_DATE_PART = frozenset({"datediff", "dateadd"})
