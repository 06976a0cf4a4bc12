"""A field added to fct_recipient_events in a copy of the project, by the table of docs/how_to/add_an_event_type.md."""

from __future__ import annotations

import gzip
import json
import re
import shutil
from pathlib import Path

from dbt_warehouse import REPOSITORY, Warehouse

HOW_TO = REPOSITORY / "docs" / "how_to" / "add_an_event_type.md"

# By file: texts, and what takes their place.
CHANGES = {
    "models/staging/ses/stg_ses__mail_events.sql": [
        (
            "        'header_date':",
            "        'header_sender': ['mail', 'commonHeaders', 'sender'],\n        'header_date':",
        ),
        (
            "    {{ text_column('header_date') }},",
            "    {{ text_column('header_date') }},\n    {{ text_column('header_sender') }},",
        ),
    ],
    "models/intermediate/int_mail_events_unioned.sql": [
        ("    sending_identity,\n", "    sending_identity,\n    header_sender,\n"),
        (
            " as sending_identity,\n",
            " as sending_identity,\n    cast(null as {{ text_type('header_sender') }}) as header_sender,\n",
        ),
    ],
    "models/intermediate/int_events_exploded_to_recipients.sql": [
        ("    events.subject,\n", "    events.subject,\n    events.header_sender,\n"),
    ],
    "models/marts/fct_recipient_events.sql": [
        ("    events.source,\n", "    events.source,\n    events.header_sender,\n"),
    ],
    "models/marts/fct_recipient_events.yml": [
        (
            "      - name: event_type\n",
            "      - name: header_sender\n        data_type: string\n        description: The Sender header.\n"
            "      - name: event_type\n",
        ),
    ],
}


def test_a_field_reaches_the_mart_by_changing_the_five_files_that_the_guide_lists(tmp_path: Path) -> None:
    guide = HOW_TO.read_text(encoding="utf-8").partition("## Add an event type")[0]
    assert set(re.findall(r"^\| `(models/[^`]+)`", guide, re.MULTILINE)) == set(CHANGES)
    assert len(CHANGES) <= 5

    project = tmp_path / "project"
    for part in ("models", "macros", "seeds", "tests/dbt"):
        shutil.copytree(REPOSITORY / part, project / part)
    shutil.copy(REPOSITORY / "dbt_project.yml", project)
    for name, changes in CHANGES.items():
        text = (project / name).read_text(encoding="utf-8")
        for before, after in changes:
            assert text.count(before) == 1, f"{name}: {before!r}"
            text = text.replace(before, after)
        (project / name).write_text(text, encoding="utf-8")

    mail = {
        "timestamp": "2026-11-24T12:00:00.000Z",
        "messageId": "m-1",
        "destination": ["ada@example.com"],
        "commonHeaders": {"sender": "post@example.com"},
    }
    target = tmp_path / "landing" / "events" / "dt=2026-11-24" / "hour=12" / "firehose.json.gz"
    target.parent.mkdir(parents=True)
    target.write_bytes(gzip.compress(json.dumps({"eventType": "Send", "mail": mail, "send": {}}).encode()))
    built = Warehouse(tmp_path, tmp_path / "landing", project)
    built.dbt("seed")
    built.dbt("run", "--select", "+fct_recipient_events")
    assert built.query("select header_sender from fct_recipient_events") == [("post@example.com",)]
