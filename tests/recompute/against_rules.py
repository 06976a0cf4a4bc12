"""The marts of a warehouse against what the rules make of the same events: differences per mart and column."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from datetime import date
from pathlib import Path
from typing import Any

import duckdb
import marts
from dbt_warehouse import connect
from mail import Event
from marts import DIMENSIONS, Recomputed, Table

Found = dict[str, dict[str, Any]]

# A complaint that may be anyone's stands at one of its candidates: which one, no rule decides.
PLACED = ("complaints", "possible_complaints", "uncertain_bounces", "uncertain_deliveries", "uncertain_delays")
# rate: numerator (a sum), denominator, and the column that states why it is NULL
RATES = {
    "delivery_rate": (["delivered_in_the_end"], "attempts", "delivery_rates_reason"),
    "hard_bounce_rate": (["hard_bounces"], "attempts", "attempt_rates_reason"),
    "aws_hard_bounce_rate": (["aws_hard_bounces"], "aws_attempts", "attempt_rates_reason"),
    "complaint_rate": (["complainers"], "reached", "delivery_rates_reason"),
    "aws_complaint_rate": (["feedback_loop_complainers"], "feedback_loop_deliveries", "delivery_rates_reason"),
    "open_rate": (["openers"], "certain_deliveries", "open_rates_reason"),
    "human_open_rate": (["human_openers"], "judged_open_deliveries", "human_open_rate_reason"),
    "human_open_rate_least": (["human_openers"], "certain_deliveries", "open_rates_reason"),
    "human_open_rate_most": (["human_openers", "unknown_openers"], "certain_deliveries", "open_rates_reason"),
    "click_rate": (["clickers"], "certain_deliveries", "click_rates_reason"),
    "human_click_rate": (["human_clickers"], "judged_click_deliveries", "human_click_rate_reason"),
    "human_click_rate_least": (["human_clickers"], "certain_deliveries", "click_rates_reason"),
    "human_click_rate_most": (["human_clickers", "unknown_clickers"], "certain_deliveries", "click_rates_reason"),
}


def differences_from_rules(path: Path, events: Iterable[Event], zone: str, last_arrival: date) -> Found:
    made = Recomputed(events, zone)
    fates, found = marts.message_recipients(made), Differences()
    by_recipient, by_event = marts.events_by_day(made)
    classes = ("bounce_class", "complaint_class")
    with connect(path) as connection:
        found.compare(
            "fct_message_recipients", fates, rows(connection, "fct_message_recipients", "message_id", "recipient_key")
        )
        found.compare("fct_messages", marts.messages(made), rows(connection, "fct_messages", "message_id"))
        daily = rows(connection, "fct_sending_daily", "sent_day", *DIMENSIONS, "mailbox_provider")
        found.compare("fct_sending_daily", marts.sending_daily(made, fates), daily)
        found.rates("fct_sending_daily", daily)
        found.reasons("fct_sending_daily", marts.reasons(made, fates, last_arrival), daily)
        found.placed(connection, made)
        keys = ("event_day", "event_type", *DIMENSIONS)
        found.compare("fct_events_daily", by_event, summed(connection, keys))
        found.compare(
            "fct_events_daily by recipient", by_recipient, summed(connection, (*keys, "mailbox_provider", *classes))
        )
        found.bag("fct_recipient_events", marts.recipient_events(made), connection)
    return found.by_mart


def rows(connection: duckdb.DuckDBPyConnection, mart: str, *key: str) -> Table:
    result = connection.execute(f"select * from {mart}")
    names = [column[0] for column in result.description or []]
    records = [dict(zip(names, row, strict=True)) for row in result.fetchall()]
    return {tuple(record[name] for name in key): record for record in records}


def summed(connection: duckdb.DuckDBPyConnection, key: tuple[str, ...]) -> Table:
    """fct_events_daily over fewer dimensions; groups without any of these counts are no rows."""
    table: Table = {}
    for record in rows(connection, "fct_events_daily", "events_daily_id").values():
        row = table.setdefault(tuple(record[name] for name in key), defaultdict(int))
        for name in (
            "certain_recipient_events",
            "possible_recipient_events",
            "events",
            "human_events",
            "machine_events",
        ):
            row[name] += record[name]
        row["unknown_actor_events"] += record["unknown_actor_events"]
    return table


class Differences:
    """Collected by mart and column: how many, and the first three as (key, right, mart)."""

    def __init__(self) -> None:
        self.by_mart: Found = {}

    def add(self, mart: str, column: str, key: object, right: object, seen: object) -> None:
        entry = self.by_mart.setdefault(mart, {}).setdefault(column, {"differ": 0, "first": []})
        entry["differ"] += 1
        if len(entry["first"]) < 3:
            entry["first"].append({"key": key, "right": right, "mart": seen})

    def compare(self, mart: str, right: Table, seen: Table) -> None:
        """Cell by cell; a column that the mart does not have differs once."""
        for key in right.keys() - seen.keys():
            self.add(mart, "rows that are absent", key, right[key], None)
        for key in seen.keys() - right.keys():
            self.add(mart, "rows too many", key, None, dict(seen[key]))
        for key in right.keys() & seen.keys():
            for column, value in right[key].items():
                if column not in seen[key]:
                    self.by_mart.setdefault(mart, {})[column] = "no such column"
                elif seen[key][column] != value:
                    self.add(mart, column, key, value, seen[key][column])

    def rates(self, mart: str, seen: Table) -> None:
        """A rate is its numerator divided by its denominator; NULL where that is 0, or a reason is given."""
        for key, row in seen.items():
            for rate, (numerators, denominator, reason) in RATES.items():
                absent = {*numerators, denominator, reason, rate} - row.keys()
                self.by_mart.setdefault(mart, {}).update(dict.fromkeys(absent, "no such column"))
                if not absent:
                    is_known = row[denominator] and row[reason] is None
                    ratio = sum(row[name] for name in numerators) / row[denominator] if is_known else None
                    if row[rate] != ratio:
                        self.add(mart, rate, key, ratio, row[rate])
        if not self.by_mart.get(mart, True):
            del self.by_mart[mart]

    def reasons(self, mart: str, right: Table, seen: Table) -> None:
        """Rates of what is not published are NULL; a tenant has reasons of its own, which are left out."""
        for key in right.keys() & seen.keys():
            for column, reason in right[key].items():
                if column in seen[key] and seen[key]["tenant_name"] is None and seen[key][column] != reason:
                    self.add(mart, column, key, reason, seen[key][column])

    def placed(self, connection: duckdb.DuckDBPyConnection, made: Recomputed) -> None:
        """What may be anyone's counts once for its message, at one of its candidates, and so in the days."""
        seen = rows(connection, "fct_message_recipients", "message_id", "recipient_key")
        for message in made.messages:
            right = marts.unplaced(made, message)
            for column in PLACED:
                of_message = [row for row in right["people"] if (message, row) in seen and column in seen[message, row]]
                total = sum(seen[message, person][column] for person in of_message)
                if of_message and total != right[column]:
                    self.add("fct_message_recipients", column, message, right[column], total)
        daily = rows(connection, "fct_sending_daily", "sending_daily_id").values()
        for column in PLACED:
            known = [row for row in seen.values() if column in row and not row["is_simulator"]]
            of_days = [row[column] for row in daily if column in row]
            if known and of_days and sum(row[column] for row in known) != sum(of_days):
                self.add("fct_sending_daily", column, "all days", sum(row[column] for row in known), sum(of_days))

    def bag(self, mart: str, right: Counter[tuple[Any, ...]], connection: duckdb.DuckDBPyConnection) -> None:
        """Rows that have no key of their own outside of the models."""
        seen = Counter(
            connection.execute(
                "select message_id, event_type, recipient_key, source, occurred_at, recipient_is_certain, is_retold,"
                f" bounce_class, complaint_class, suppression_scope, actor from {mart}"
            ).fetchall()
        )
        for row in (right - seen).elements():
            self.add(mart, "rows that are absent", row[0], row, None)
        for row in (seen - right).elements():
            self.add(mart, "rows too many", row[0], None, row)
