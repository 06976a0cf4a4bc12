"""Values as Athena's GetQueryResults writes them: everything is text, and NULL is left out."""

from __future__ import annotations

import base64
from typing import Any

Signature = dict[str, Any]


# As Athena tells them; 0 for what is not here.
PRECISIONS = {
    **{"varchar": 2_147_483_647, "tinyint": 3, "smallint": 5, "integer": 10, "bigint": 19},
    **{"real": 17, "double": 17, "timestamp": 3},
}


def column_info(name: str, signature: Signature) -> dict[str, Any]:
    """The ColumnInfo of a column of this Trino type."""
    kind: str = signature["rawType"]
    precision, scale = PRECISIONS.get(kind, 0), 0
    if kind == "decimal":
        precision, scale = (argument["value"] for argument in signature["arguments"])
    return {
        **{"CatalogName": "hive", "SchemaName": "", "TableName": "", "Name": name, "Label": name},
        **{"Type": "float" if kind == "real" else kind, "Precision": precision, "Scale": scale},
        **{"Nullable": "UNKNOWN", "CaseSensitive": kind == "varchar"},
    }


def datum(value: Any, signature: Signature) -> dict[str, str]:
    return {} if value is None else {"VarCharValue": _text(value, signature)}


def _text(value: Any, signature: Signature) -> str:
    inner = [argument["value"] for argument in signature["arguments"]]
    match signature["rawType"]:
        case _ if value is None:
            return "null"
        case "boolean":
            return "true" if value else "false"
        case "varbinary":
            return base64.b64decode(value).hex(" ")
        case "array":
            return f"[{', '.join(_text(one, inner[0]) for one in value)}]"
        case "map":
            return f"{{{', '.join(f'{key}={_text(one, inner[1])}' for key, one in value.items())}}}"
        case "row":
            names = [one["fieldName"]["name"] for one in inner]
            values = [_text(one, field["typeSignature"]) for one, field in zip(value, inner, strict=True)]
            return f"{{{', '.join(map('='.join, zip(names, values, strict=True)))}}}"
        case _:
            return str(value)
