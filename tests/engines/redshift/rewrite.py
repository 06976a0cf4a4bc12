"""One statement for Redshift, as the statement for PostgreSQL that does the same.

Redshift's syntax is read by sqlglot; what the statement says is changed here and in partiql.py, never by sqlglot's own
translation: function calls stay as they are written. What is not known to be the same is refused.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlglot
from sqlglot import exp
from sqlglot.dialects.redshift import Redshift

from . import functions
from .copy import copy_statement
from .partiql import Refused, Scope, rewrite_query


@dataclass
class Session:
    """What a connection's SET statements have said. `users` is what ALTER USER ... SET has said, for those to come.

    COPY reads by `s3` (boto3's client) and leaves what it read in `folder`.
    """

    user: str
    users: dict[str, bool]
    s3: Any
    folder: Path
    case_sensitive: bool = False

    def __post_init__(self) -> None:
        self.case_sensitive = self.users.get(self.user, False)


class AsWritten(Redshift):
    """Redshift's syntax, with functions left as calls of their written names."""

    class Parser(Redshift.Parser):
        SUPPORTS_IMPLICIT_UNNEST = False
        FUNCTIONS = {}  # noqa: RUF012
        FUNCTION_PARSERS = {  # noqa: RUF012
            name: parser
            for name, parser in Redshift.Parser.FUNCTION_PARSERS.items()
            if name in ("CAST", "TRY_CAST", "CONVERT", "EXTRACT", "TRIM", "SUBSTRING", "POSITION")
        }


# Sent on as they are, but for folded identifiers.
UTILITY = re.compile(
    r"(begin|start transaction|commit|end|abort|rollback|set|reset|show|drop|comment|grant|revoke|analyze|vacuum|lock"
    r"|truncate|create schema|create user|alter user|alter schema|alter table\s+\S+\s+(rename|owner))\b",
    re.IGNORECASE,
)
CASE_SETTING = re.compile(
    r"(?:alter\s+user\s+(\S+)\s+)?set\s+enable_case_sensitive_identifier\s*(?:to|=|\s)\s*'?(\w+)'?", re.IGNORECASE
)
# The leader node answers these by itself, in PostgreSQL's own dialect.
CATALOG = re.compile(
    r"\b(information_schema|pg_catalog|pg_[a-z_]+|svv_[a-z_]+|stl_[a-z_]+|stv_[a-z_]+)\b", re.IGNORECASE
)

TYPES = {
    **{
        "SMALLINT": "smallint",
        "INT": "int",
        "BIGINT": "bigint",
        "DECIMAL": "numeric",
        "FLOAT": "float4",
        "DOUBLE": "float8",
    },
    **{"BOOLEAN": "bool", "CHAR": "char", "VARCHAR": "varchar", "TEXT": "text", "DATE": "date", "SUPER": "super"},
    **{"TIMESTAMP": "timestamp", "TIMESTAMPTZ": "timestamptz"},
}
WIDEST = 65535


def to_postgresql(sql: str, session: Session) -> str:
    """The statement for PostgreSQL.

    Raises:
        Refused: Redshift refuses the statement, or it is unknown here.
    """
    text = _without_comments(sql).strip().rstrip(";").strip()
    if not text:
        return sql
    setting = CASE_SETTING.fullmatch(text)
    if setting:
        return _set_case(session, *setting.groups())
    if "enable_case_sensitive_super_attribute" in text:
        raise Refused("the harness does not know enable_case_sensitive_super_attribute")
    if re.match(r"copy\b", text, re.IGNORECASE):
        return copy_statement(text, session.s3, session.folder)
    if UTILITY.match(text):
        return text if session.case_sensitive else re.sub(r'"[^"]*"', lambda found: found.group().lower(), text)
    if CATALOG.search(re.sub(r"'(?:[^']|'')*'", "''", text)):
        return text
    try:
        # $1,$2 reads as text between dollars
        named = re.sub(r"\$(\d+)", r"parameter_\1", text)
        statements = [one for one in sqlglot.parse(named, read=AsWritten) if one is not None]
    except sqlglot.errors.SqlglotError as error:
        raise Refused(f"syntax: {str(error)[:500]}") from error
    if len(statements) != 1:
        raise Refused("more than one statement at once")
    rewritten = _rewritten(statements[0], session).sql("postgres", normalize_functions=False, comments=False)
    return re.sub(r'"parameter_(\d+)"', r"$\1", rewritten)


def _set_case(session: Session, user: str | None, value: str) -> str:
    on = value.lower() in ("true", "on", "1")
    name = f"redshift.enable_case_sensitive_identifier to '{'on' if on else 'off'}'"
    if user:
        session.users[user.strip('"').lower()] = on
        return f"alter user {user} set {name}"
    session.case_sensitive = on
    return f"set {name}"


def _without_comments(sql: str) -> str:
    return re.sub(
        r"('(?:[^']|'')*'|\"[^\"]*\")|/\*.*?\*/|--[^\n]*", lambda found: found.group(1) or " ", sql, flags=re.DOTALL
    )


def _rewritten(statement: exp.Expression, session: Session) -> exp.Expression:
    if not isinstance(statement, (exp.Query, exp.Create, exp.Insert, exp.Update, exp.Delete, exp.Merge, exp.Alter)):
        raise Refused(f"the harness does not know the statement {statement.key.upper()}")
    for identifier in statement.find_all(exp.Identifier):
        if not (identifier.quoted and session.case_sensitive):
            identifier.set("this", identifier.name.lower())
        identifier.set("quoted", True)
    _refuse_unknown(statement)
    for type_ in statement.find_all(exp.DataType):
        if type_.this.name == "DECIMAL" and not type_.expressions:
            type_.set("expressions", [exp.DataTypeParam(this=exp.Literal.number(number)) for number in (18, 0)])
    _rewrite_queries(statement)
    for ordered in list(statement.find_all(exp.WithinGroup)):
        _rewrite_within_group(ordered)
    for call in list(statement.find_all(exp.Anonymous)):
        _rewrite_call(call)
    for cast in list(statement.find_all(exp.Cast)):
        _rewrite_cast(cast)
    if not (isinstance(statement, exp.Create) and statement.kind == "VIEW"):
        for table in statement.find_all(exp.CTE):
            # PostgreSQL would write their expressions into each other, and parse a line once for each of them; through
            # those of a view, what the query of the view asks for must reach its tables
            table.set("materialized", True)
    if isinstance(statement, exp.Create):
        _drop_physical_properties(statement)
    for column in list(statement.find_all(exp.ColumnDef)):
        _rewrite_column(column)
    return statement


def _rewrite_queries(statement: exp.Expression) -> None:
    if isinstance(statement, exp.Query):
        rewrite_query(statement)
    elif isinstance(statement, (exp.Create, exp.Insert)):
        if isinstance(statement.expression, exp.Query):
            rewrite_query(statement.expression)
    elif isinstance(statement, (exp.Delete, exp.Update, exp.Merge)):
        tables = [table for table in statement.find_all(exp.Table) if table.find_ancestor(exp.Query) is None]
        outer = Scope(relations={table.alias_or_name for table in tables})
        for query in list(statement.find_all(exp.Query)):
            if query.find_ancestor(exp.Query) is None:
                rewrite_query(query, outer)


# ---------------------------------------------------------------- what Redshift does not have

REFUSED: list[tuple[type[exp.Expression], str]] = [
    (exp.Unnest, "UNNEST with ordinality, and UNNEST as a table function, are not supported by Amazon Redshift"),
    (exp.Lateral, "LATERAL is not supported by Amazon Redshift"),
    (exp.Filter, "FILTER of an aggregate is not supported by Amazon Redshift"),
    (exp.Returning, "RETURNING is not supported by Amazon Redshift"),
    (exp.OnConflict, "ON CONFLICT is not supported by Amazon Redshift"),
    (exp.NullSafeEQ, "IS NOT DISTINCT FROM is not supported by Amazon Redshift"),
    (exp.NullSafeNEQ, "IS DISTINCT FROM is not supported by Amazon Redshift"),
    (exp.Array, "ARRAY[...] is not supported by Amazon Redshift"),
    (exp.CheckColumnConstraint, "CHECK is not supported by Amazon Redshift"),
    (exp.Qualify, "the harness does not carry out QUALIFY"),
    (exp.TableSample, "TABLESAMPLE is not supported by Amazon Redshift"),
]


def _refuse_unknown(statement: exp.Expression) -> None:
    for kind, reason in REFUSED:
        if statement.find(kind):
            raise Refused(reason)
    for values in statement.find_all(exp.Values):
        if not isinstance(values.parent, exp.Insert):
            raise Refused("a VALUES list used as a table is not supported by Amazon Redshift")
    for distinct in statement.find_all(exp.Distinct):
        if distinct.args.get("on"):
            raise Refused("DISTINCT ON is not supported by Amazon Redshift")
    for type_ in statement.find_all(exp.DataType):
        if type_.this.name not in TYPES:
            raise Refused(f"the type {type_.sql('redshift')} is not in the Redshift guide, or not known to the harness")
    for window in statement.find_all(exp.Window):
        _check_window(window)
    if isinstance(statement, exp.Merge):
        _check_merge(statement)
    _check_functions(statement)


def _check_window(window: exp.Window) -> None:
    name = window.this.name.lower() if isinstance(window.this, exp.Anonymous) else ""
    ranking = {"row_number", "rank", "dense_rank", "ntile", "lag", "lead"}
    if window.args.get("order") and not window.args.get("spec") and name not in ranking:
        raise Refused("Aggregate window functions with an ORDER BY clause require a frame clause")


def _check_merge(merge: exp.Merge) -> None:
    if not isinstance(merge.args["using"], exp.Table):
        raise Refused("MERGE: the source must be a table")
    kinds = [
        (bool(when.args.get("matched")), bool(when.args.get("source"))) for when in merge.args["whens"].expressions
    ]
    if sorted(kinds) != [(False, False), (True, False)]:
        raise Refused("MERGE needs one WHEN MATCHED and one WHEN NOT MATCHED")
    if any(when.args.get("condition") for when in merge.args["whens"].expressions):
        raise Refused("MERGE: WHEN takes no condition")


def _check_functions(statement: exp.Expression) -> None:
    asks_tables = statement.find(exp.Table) is not None
    for call in statement.find_all(exp.Anonymous):
        name = call.name.lower()
        if name in functions.LEADER_ONLY:
            if asks_tables:
                raise Refused(f"{name}() is carried out by the leader node alone: not on tables")
        elif name in functions.COMPUTE_ONLY:
            if not asks_tables:
                raise Refused(f"{name}() is carried out by the compute nodes alone: not without a table")
        elif name not in functions.SAME | functions.OURS:
            raise Refused(f"function {name}() is not in the Redshift guide, or not known to the harness (functions.py)")
    for kind in (exp.CurrentTimestamp, exp.CurrentTime, exp.Localtime, exp.Localtimestamp):
        if asks_tables and statement.find(kind):
            raise Refused(f"{kind.__name__} is carried out by the leader node alone: not on tables; use GETDATE()")


# ---------------------------------------------------------------- calls, casts, columns


def _rewrite_call(call: exp.Anonymous) -> None:
    name = call.name.lower()
    if name in functions.WITH_DATE_PART:
        part = call.expressions[0].name.lower()
        call.expressions[0].replace(exp.Literal.string(part.rstrip("s") if len(part) > 2 else part))
    if name in functions.OURS:
        call.replace(_ours(name, call.expressions))


def _rewrite_within_group(ordered: exp.WithinGroup) -> None:
    """LISTAGG(text, separator) WITHIN GROUP (ORDER BY ...): PostgreSQL's string_agg has the order inside."""
    call, order = ordered.this, ordered.expression
    if not (isinstance(call, exp.Anonymous) and call.name.lower() == "listagg" and len(call.expressions) == 2):
        raise Refused(f"the harness does not know {ordered.sql('redshift')}")
    text, separator = call.expressions
    order.set("this", separator)
    ordered.replace(exp.Anonymous(this="string_agg", expressions=[text, order]))


def _ours(name: str, arguments: list[exp.Expression]) -> exp.Dot:
    return exp.Dot(this=exp.to_identifier("redshift"), expression=exp.Anonymous(this=name, expressions=arguments))


def _width(type_: exp.DataType) -> int | None:
    """The width in bytes that a text type states."""
    if type_.this.name not in ("VARCHAR", "CHAR") or not type_.expressions:
        return None
    size = type_.expressions[0].name
    return WIDEST if size.upper() == "MAX" else int(size)


def _rewrite_cast(cast: exp.Cast) -> None:
    if isinstance(cast, exp.TryCast):
        text = exp.cast(cast.this, "varchar", dialect="postgres")
        cast.replace(_ours(f"try_cast_{TYPES[cast.to.this.name]}", [text]))
        return
    width = _width(cast.to)
    if width and width < WIDEST and not _fits(cast.this, width):
        cast.set("this", _ours("cut", [exp.cast(cast.this, "varchar", dialect="postgres"), exp.Literal.number(width)]))


def _fits(value: exp.Expression, width: int) -> bool:
    """No text of so many characters has more bytes: nothing to cut, which costs a call for each value."""
    if isinstance(value, exp.Trim):
        value = value.this
    if not (isinstance(value, exp.Anonymous) and value.name.lower() == "left"):
        return False
    characters = value.expressions[1]
    return characters.is_int and 4 * int(characters.name) <= width


# How a table lies on disk.
PHYSICAL = (exp.DistStyleProperty, exp.DistKeyProperty, exp.SortKeyProperty)
COLUMN_RULES_KEPT = (exp.NotNullColumnConstraint, exp.DefaultColumnConstraint)
# Redshift keeps keys as information and enforces none.
COLUMN_RULES_DROPPED = (
    exp.EncodeColumnConstraint,
    exp.PrimaryKeyColumnConstraint,
    exp.UniqueColumnConstraint,
    exp.Reference,
)


def _drop_physical_properties(create: exp.Create) -> None:
    properties = create.args.get("properties")
    documents = {one.name for one in create.find_all(exp.ColumnDef) if one.kind and one.kind.this.name == "SUPER"}
    kept = []
    for one in properties.expressions if properties else []:
        if documents & {identifier.name for identifier in one.find_all(exp.Identifier)}:
            raise Refused("a column of type SUPER cannot be a distribution key or a sort key")
        if isinstance(one, exp.TemporaryProperty):
            kept.append(one)
        elif not isinstance(one, PHYSICAL):
            raise Refused(f"CREATE {create.kind}: {one.sql('redshift')}")
    create.set("properties", exp.Properties(expressions=kept) if kept else None)


def _rewrite_column(column: exp.ColumnDef) -> None:
    kept = []
    for rule in column.args.get("constraints") or []:
        if isinstance(rule.kind, COLUMN_RULES_KEPT):
            kept.append(rule)
        elif not isinstance(rule.kind, COLUMN_RULES_DROPPED):
            raise Refused(f"column {column.name}: {rule.sql('redshift')}")
    type_ = column.kind
    if type_ is not None and type_.this.name in ("VARCHAR", "TEXT", "CHAR"):
        width = _width(type_) or (1 if type_.this.name == "CHAR" else 256)
        column.set("kind", exp.DataType.build(f"varchar({width})", dialect="postgres"))
        name = exp.to_identifier(column.name, quoted=True).sql("postgres")
        fits = sqlglot.parse_one(
            f"coalesce(octet_length({name}), 0) <= {width} or redshift.too_long({width})", read="postgres"
        )
        kept.append(exp.ColumnConstraint(kind=exp.CheckColumnConstraint(this=fits)))
    column.set("constraints", kept)
