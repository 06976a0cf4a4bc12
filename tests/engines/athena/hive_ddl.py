"""The Hive DDL of Athena, carried out on Glue; what it does to Iceberg tables goes to Trino.

Source: Athena User Guide, "DDL statements".
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

import sqlglot
from botocore.client import BaseClient
from sqlglot import exp

from .trino_client import QueryFailed, TrinoClient

# Of what get_table answers, what create_table and update_table take.
TABLE_INPUT = (
    *("Name", "Description", "Owner", "Retention", "StorageDescriptor", "PartitionKeys"),
    *("ViewOriginalText", "ViewExpandedText", "TableType", "Parameters"),
)
LAZY_SIMPLE = "org.apache.hadoop.hive.serde2.lazy.LazySimpleSerDe"
TEXT_INPUT = "org.apache.hadoop.mapred.TextInputFormat"
TEXT_OUTPUT = "org.apache.hadoop.hive.ql.io.HiveIgnoreKeyTextOutputFormat"


class HiveDdl:
    def __init__(self, glue: BaseClient, trino: TrinoClient) -> None:
        self._glue = glue
        self._trino = trino

    def run(self, sql: str, database: str) -> None:
        """Carry out one statement; unquoted table names lie in `database`.

        Raises:
            QueryFailed: It was refused, cannot be parsed, or is of a kind that the harness does not know.
        """
        try:
            statement = sqlglot.parse_one(sql, dialect="athena")
        except sqlglot.errors.ParseError as error:
            raise QueryFailed("FAILED", f"ParseException {error.errors[0]['description']}") from error
        try:
            self._carry_out(statement, database)
        except self._glue.exceptions.AlreadyExistsException as error:
            raise QueryFailed("FAILED", f"Execution Error, return code 1: AlreadyExistsException({error})") from error
        except self._glue.exceptions.EntityNotFoundException as error:
            raise QueryFailed("FAILED", f"SemanticException {error}") from error

    def _carry_out(self, statement: exp.Expression, database: str) -> None:
        match statement:
            case exp.Create(kind="SCHEMA" | "DATABASE"):
                self._create_database(statement)
            case exp.Create(kind="TABLE") if statement.find(exp.ExternalProperty):
                self._create_table(statement, database)
            case exp.Drop(kind="SCHEMA" | "DATABASE"):
                self._drop_database(statement)
            case exp.Drop(kind="TABLE" | "VIEW"):
                self._drop_table(statement, database)
            case exp.Alter(kind="TABLE" | "VIEW"):
                for action in statement.args["actions"]:
                    self._alter_table(*_names(statement.this, database), action)
            case _:
                raise QueryFailed("NOT_SUPPORTED", f"The harness does not carry out: {statement.sql('hive')[:200]}")

    def _create_database(self, statement: exp.Create) -> None:
        try:
            self._glue.create_database(DatabaseInput={"Name": statement.find(exp.Table).db})
        except self._glue.exceptions.AlreadyExistsException:
            if not statement.args.get("exists"):
                raise

    def _drop_database(self, statement: exp.Drop) -> None:
        name = statement.find(exp.Table).db
        if not statement.args.get("cascade") and self._glue.get_tables(DatabaseName=name)["TableList"]:
            raise QueryFailed("FAILED", f"InvalidOperationException(Database {name} is not empty)")
        try:
            self._glue.delete_database(Name=name)
        except self._glue.exceptions.EntityNotFoundException:
            if not statement.args.get("exists"):
                raise

    def _create_table(self, statement: exp.Create, database: str) -> None:
        schema, table = _names(statement.this.this, database)
        serde = statement.find(exp.RowFormatSerdeProperty)
        location = statement.find(exp.LocationProperty)
        file_format = statement.find(exp.FileFormatProperty)
        partitions = statement.find(exp.PartitionedByProperty)
        if not location:
            raise QueryFailed("FAILED", "SemanticException table must have a LOCATION")
        if file_format and file_format.this.name.upper() != "TEXTFILE":
            raise QueryFailed("NOT_SUPPORTED", f"The harness creates TEXTFILE tables only, not {file_format.this.name}")
        properties = [one for one in statement.args["properties"].expressions if type(one) is exp.Property]
        serde_properties = serde.args.get("serde_properties") if serde else None
        table_input = {
            "Name": table,
            "TableType": "EXTERNAL_TABLE",
            "Parameters": {"EXTERNAL": "TRUE", **_properties(properties)},
            "PartitionKeys": _columns(partitions.this) if partitions else [],
            "StorageDescriptor": {
                "Columns": _columns(statement.this),
                "Location": location.this.name,
                "InputFormat": TEXT_INPUT,
                "OutputFormat": TEXT_OUTPUT,
                "SerdeInfo": {
                    "SerializationLibrary": serde.this.name if serde else LAZY_SIMPLE,
                    "Parameters": _properties(serde_properties.expressions if serde_properties else []),
                },
            },
        }
        try:
            self._glue.create_table(DatabaseName=schema, TableInput=table_input)
        except self._glue.exceptions.AlreadyExistsException:
            if not statement.args.get("exists"):
                raise

    def _drop_table(self, statement: exp.Drop, database: str) -> None:
        schema, table = _names(statement.find(exp.Table), database)
        try:
            if is_iceberg(self._glue.get_table(DatabaseName=schema, Name=table)["Table"]):
                self._trino.run(f'drop table iceberg."{schema}"."{table}"', schema)
            else:
                # an external table's objects stay
                self._glue.delete_table(DatabaseName=schema, Name=table)
        except self._glue.exceptions.EntityNotFoundException:
            if not statement.args.get("exists"):
                raise

    def _alter_table(self, schema: str, table: str, action: exp.Expression) -> None:
        found = self._glue.get_table(DatabaseName=schema, Name=table)["Table"]
        made = table_input(found)
        if isinstance(action, exp.AlterSet):
            made.setdefault("Parameters", {}).update(_properties(action.find_all(exp.Property)))
            self._glue.update_table(DatabaseName=schema, TableInput=made)
        elif is_iceberg(found):
            self._alter_iceberg(schema, made, action)
        else:
            self._alter_hive(schema, made, action)

    def _alter_hive(self, schema: str, made: dict[str, Any], action: exp.Expression) -> None:
        match action:
            case exp.Schema() | exp.ColumnDef():
                made["StorageDescriptor"]["Columns"] += _columns(action)
            case exp.ReplaceColumns():
                made["StorageDescriptor"]["Columns"] = _columns(action)
            case _:
                raise _unknown_change(action)
        self._glue.update_table(DatabaseName=schema, TableInput=made)

    def _alter_iceberg(self, schema: str, made: dict[str, Any], action: exp.Expression) -> None:
        alter = f'alter table iceberg."{schema}"."{made["Name"]}"'
        match action:
            case exp.AlterRename():
                table = made["Name"]
                new_schema, made["Name"] = _names(action.this, schema)
                self._glue.create_table(DatabaseName=new_schema, TableInput=made)
                self._glue.delete_table(DatabaseName=schema, Name=table)
            case exp.Schema() | exp.ColumnDef():
                for column in _columns(action):
                    self._trino.run(f'{alter} add column "{column["Name"]}" {_trino_type(column["Type"])}', schema)
            case exp.Drop(kind="COLUMN"):
                self._trino.run(f'{alter} drop column "{action.find(exp.Column).name}"', schema)
            case exp.AlterColumn() if action.args.get("rename_to"):
                self._trino.run(f'{alter} rename column "{action.name}" to "{action.args["rename_to"].name}"', schema)
            case _:
                raise _unknown_change(action)


def table_input(table: dict[str, Any]) -> dict[str, Any]:
    """What get_table answered, as update_table takes it."""
    return {key: table[key] for key in TABLE_INPUT if key in table}


def is_iceberg(table: dict[str, Any]) -> bool:
    return table.get("Parameters", {}).get("table_type", "").upper() == "ICEBERG"


def _names(table: exp.Expression, database: str) -> tuple[str, str]:
    return (table.args["db"].name if table.args.get("db") else database), table.name


def _properties(properties: Iterable[exp.Expression]) -> dict[str, str]:
    return {one.name: one.args["value"].name for one in properties}


def _columns(schema: exp.Expression) -> list[dict[str, str]]:
    return [
        {"Name": column.name, "Type": column.args["kind"].sql("hive").lower().replace(": ", ":")}
        for column in schema.find_all(exp.ColumnDef)
        if column.find_ancestor(exp.DataType) is None
    ]


def _unknown_change(action: exp.Expression) -> QueryFailed:
    return QueryFailed(
        "NOT_SUPPORTED", f"The harness does not carry this out on such a table: alter table {action.sql('hive')}"
    )


def _trino_type(hive_type: str) -> str:
    plain = {"string": "varchar", "int": "integer", "float": "real", "timestamp": "timestamp(6)", "binary": "varbinary"}
    if not re.fullmatch(r"\w+(\([\d, ]+\))?", hive_type):
        raise QueryFailed("NOT_SUPPORTED", f"The harness adds columns of plain types only, not {hive_type}")
    return plain.get(hive_type, hive_type)
