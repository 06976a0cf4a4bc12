"""Redshift's ways of reading SUPER, written as calls of the functions that redshift.sql defines.

    t.doc."mail"."tags"[0]                  redshift.super_element(redshift.super_attribute(...), 0)
    from t, t.doc."list" as x at i          from t cross join lateral redshift.super_unnested(...) as _(x, i)
    left join t.doc."list" as x at i on true
    from t, unpivot t.doc."map" as v at k   from t cross join lateral redshift.super_unpivoted(...) as _(v, k)

Source: Amazon Redshift Database Developer Guide, "Querying semistructured data". Identifiers are folded already.
"""

from __future__ import annotations

from dataclasses import dataclass, field

import sqlglot
from sqlglot import exp

Path = list[str | int]


class Refused(Exception):
    """Redshift refuses the statement, or nobody knows whether it does. The text is what the client is told."""


@dataclass
class Scope:
    """Names that a select's expressions may begin a path with; `outer` is the select around it."""

    outer: Scope | None = None
    relations: set[str] = field(default_factory=set)
    elements: set[str] = field(default_factory=set)

    def holds(self, kind: str, name: str | int) -> bool:
        return name in getattr(self, kind) or (self.outer is not None and self.outer.holds(kind, name))


def rewrite_query(query: exp.Expression, outer: Scope | None = None) -> None:
    """Rewrite a query and every query in it, in place.

    Raises:
        Refused: Something that Redshift does not have.
    """
    with_ = query.args.get("with_")
    for table in with_.expressions if with_ else []:
        rewrite_query(table.this)
    if isinstance(query, exp.Select):
        _rewrite_select(query, outer)
    elif isinstance(query, exp.SetOperation):
        rewrite_query(query.this, outer)
        rewrite_query(query.expression, outer)
    elif isinstance(query, exp.Subquery):
        rewrite_query(query.this, outer)


def rewrite_expression(node: exp.Expression, scope: Scope) -> exp.Expression:
    """The expression with its paths resolved; queries in it are rewritten in place."""
    if isinstance(node, exp.Query):
        rewrite_query(node, scope)
        return node
    if isinstance(node, (exp.Column, exp.Dot, exp.Bracket)):
        parts = _path(node)
        if parts:
            return _resolved(parts, scope)
        if isinstance(node, exp.Column):  # t.*
            return node
        return _navigated_value(node, scope)
    for name, value in list(node.args.items()):
        if isinstance(value, exp.Expression):
            node.set(name, rewrite_expression(value, scope))
        elif isinstance(value, list):
            node.set(name, [rewrite_expression(v, scope) if isinstance(v, exp.Expression) else v for v in value])
    return node


def _rewrite_select(select: exp.Select, outer: Scope | None) -> None:
    scope = Scope(outer)
    from_ = select.args.get("from_")
    if from_ is not None and _unnested(from_.this, scope):
        raise Refused("a FROM clause that begins with a SUPER path is not in the Redshift guide")
    joins = []
    for join in select.args.get("joins") or []:
        found = _unnested(join.this, scope)
        if found:
            _check_join(join)
        elif join.args.get("on") is not None:
            join.set("on", rewrite_expression(join.args["on"], scope))
        joins.append(_lateral(join, found) if found else join)
    select.set("joins", joins)
    for name, value in list(select.args.items()):
        if name in ("from_", "joins", "with_"):
            continue
        if isinstance(value, exp.Expression):
            select.set(name, rewrite_expression(value, scope))
        elif isinstance(value, list):
            select.set(name, [rewrite_expression(v, scope) if isinstance(v, exp.Expression) else v for v in value])


@dataclass
class Unnested:
    """`value as alias at position` of a FROM clause."""

    value: exp.Expression
    alias: str
    position: str | None
    unpivot: bool


def _unnested(source: exp.Expression, scope: Scope) -> Unnested | None:
    """What a FROM item unnests; None when it is a relation. Its names are in scope afterwards."""
    if isinstance(source, exp.Subquery):
        rewrite_query(source.this, scope.outer)
        scope.relations.add(source.alias)
        return None
    if isinstance(source, (exp.Values, exp.Unnest, exp.Lateral)):
        raise Refused(f"{type(source).__name__.upper()} as a table is not supported by Amazon Redshift")
    unpivot = isinstance(source, exp.Pivot)
    item = source.this if unpivot else source
    position = None
    if isinstance(item, exp.AtIndex):
        position, item = item.expression.name, item.this
    path = _path(item.this if isinstance(item, exp.Alias) else item)
    if path is None:
        raise Refused(f"in a FROM clause: {source.sql('redshift')}")
    is_path = scope.holds("elements", path[0]) or (scope.holds("relations", path[0]) and len(path) > 1)
    if not is_path:
        if unpivot or position:
            raise Refused(f"{path[0]} is no relation of this FROM clause, so it cannot be unnested")
        scope.relations.add(item.alias or str(path[-1]))
        return None
    if not item.alias:
        raise Refused("an unnested SUPER value needs an alias")
    found = Unnested(_resolved(path, scope), item.alias, position, unpivot)
    scope.elements.add(item.alias)
    if position:
        scope.elements.discard(position)
    return found


def _check_join(join: exp.Join) -> None:
    if join.side in ("RIGHT", "FULL"):
        raise Refused(f"{join.side} JOIN of a SUPER value is not supported by Amazon Redshift")
    on = join.args.get("on")
    if on is not None and not (isinstance(on, exp.Boolean) and on.this):
        raise Refused("a SUPER value is joined ON TRUE only")


def _lateral(join: exp.Join, unnested: Unnested) -> exp.Expression:
    function = "super_unpivoted" if unnested.unpivot else "super_unnested"
    names = [_quoted(unnested.alias), _quoted(unnested.position or f"{unnested.alias}__position")]
    alias = _quoted(f"{unnested.alias}__source").sql("postgres")
    kind = "LEFT" if join.side == "LEFT" else "INNER"
    text = (
        f"select 1 from x {kind} join lateral redshift.{function}({unnested.value.sql('postgres')})"
        f" as {alias}({', '.join(name.sql('postgres') for name in names)}) on true"
    )
    made: exp.Expression = sqlglot.parse_one(text, read="postgres").args["joins"][0]
    return made


def _path(node: exp.Expression) -> Path | None:
    """The names and positions of a plain path; None for anything else."""
    if isinstance(node, exp.Column):
        if isinstance(node.this, exp.Star):
            return None
        return [part.name for part in node.parts]
    if isinstance(node, exp.Table):
        if not all(isinstance(part, exp.Identifier) for part in node.parts):
            return None
        return [part.name for part in node.parts]
    if isinstance(node, exp.Identifier):
        return [node.name]
    if isinstance(node, (exp.Dot, exp.Bracket)):
        before, step = _path(node.this), _step(node)
        return [*before, step] if before is not None and step is not None else None
    return None


def _step(node: exp.Dot | exp.Bracket) -> str | int | None:
    if isinstance(node, exp.Dot):
        return node.expression.name if isinstance(node.expression, exp.Identifier) else None
    index = node.expressions[0]
    return (
        int(index.name)
        if len(node.expressions) == 1 and isinstance(index, exp.Literal) and not index.is_string
        else None
    )


def _resolved(path: Path, scope: Scope) -> exp.Expression:
    if len(path) > 1 and not scope.holds("elements", path[0]) and scope.holds("relations", path[0]):
        column, rest = exp.column(_quoted(path[1]), table=_quoted(path[0])), path[2:]
    else:
        column, rest = exp.column(_quoted(path[0])), path[1:]
    return _navigation(column, rest)


def _navigated_value(node: exp.Dot | exp.Bracket, scope: Scope) -> exp.Expression:
    """A path that begins with a value in parentheses."""
    step = _step(node)
    if step is None:
        raise Refused(f"a path with anything but names and positions: {node.sql('redshift')}")
    if isinstance(node.this, exp.Func):
        raise Refused(f"a path that begins with a function call: {node.sql('redshift')}")
    return _navigation(rewrite_expression(node.this, scope), [step])


def _navigation(value: exp.Expression, path: Path) -> exp.Expression:
    for step in path:
        name, key = (
            ("super_element", exp.Literal.number(step))
            if isinstance(step, int)
            else ("super_attribute", exp.Literal.string(step))
        )
        value = exp.Dot(
            this=exp.to_identifier("redshift"), expression=exp.Anonymous(this=name, expressions=[value, key])
        )
    return value


def _quoted(name: str | int) -> exp.Identifier:
    return exp.to_identifier(str(name), quoted=True)
