"""`email-events simulate`: the stream as a whole. What is expected comes from how mail and SES behave."""

from __future__ import annotations

import gzip
import hashlib
import json
import re
import signal
import subprocess
import sys
import time
from collections import Counter, defaultdict
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
import ses_fields
import simulated
from simulated import (
    FIRST_DAY,
    LAST_DAY,
    REPOSITORY,
    SIMULATOR,
    Stream,
    a_few,
    carried,
    own_time,
    sent_time,
    simulate,
    source_of,
    tenant,
)

pytestmark = [pytest.mark.slow, pytest.mark.xdist_group("simulate")]


@pytest.fixture(scope="module")
def stream() -> Stream:
    return simulated.stream()


def test_the_same_seed_gives_the_same_bytes_whichever_file_they_go_to(tmp_path: Path) -> None:
    plain, packed = tmp_path / "new folder" / "a.ndjson", tmp_path / "a.ndjson.gz"
    a_few("--seed", "5", "--to", str(plain))
    a_few("--seed", "5", "--to", str(packed))
    written = a_few("--seed", "5", "--to", "-")
    assert written == plain.read_bytes() == gzip.decompress(packed.read_bytes())
    assert len(written.splitlines()) > 200


def test_the_same_seed_gives_the_same_wrappings(tmp_path: Path) -> None:
    written = []
    for name in ("a", "b"):
        a_few("--landing", str(tmp_path / name), "--last-day", str(tmp_path / f"{name}.ndjson"))
        written.append((tmp_path / f"{name}.ndjson").read_bytes())
    assert written[0] == written[1]
    assert b'"Message":' in written[0]


def test_another_seed_gives_other_events() -> None:
    assert not set(a_few("--seed", "5", "--to", "-").splitlines()) & set(a_few("--seed", "6", "--to", "-").splitlines())


def test_every_event_has_the_documented_fields_of_its_type_and_no_others(stream: Stream) -> None:
    wrong = ses_fields.problems(stream.lines)
    assert not wrong, wrong.most_common(5)
    assert stream.by_type.keys() == {
        *("Send", "Delivery", "DeliveryDelay", "Bounce", "Complaint"),
        *("Open", "Click", "Subscription", "Reject", "Rendering Failure"),
    }


def test_all_addresses_are_made_for_examples(stream: Stream) -> None:
    everything = b"\n".join(stream.lines[::5]).decode()
    domains = set(re.findall(r"@([a-zA-Z0-9.-]+)", everything)) - {SIMULATOR, "email.amazonses.com"}
    assert not [one for one in domains if not re.search(r"(^|\.)example\.(com|org|net)$", one)]
    addresses = set(re.findall(r'"((?:\d{1,3}\.){3}\d{1,3})"', everything))
    assert len(addresses) > 100
    assert not [one for one in addresses if not one.startswith(("192.0.2.", "198.51.100.", "203.0.113."))]


def test_an_event_is_as_long_and_as_varied_as_real_ones(stream: Stream) -> None:
    """A busy stream keeps the events of one message apart: beyond what gzip looks back upon."""
    lines = sorted(stream.lines[:30_000], key=lambda line: hashlib.md5(line).digest())
    length = sum(map(len, lines))
    assert 1200 < length / len(lines) < 1500
    assert 5 < length / len(gzip.compress(b"\n".join(lines), 6)) < 9


def test_the_events_of_a_message_agree_on_its_mail(stream: Stream) -> None:
    whole_seconds = 0
    for events in stream.by_message.values():
        for told_by in ("eventType", "notificationType"):
            mails = [event["mail"] for event in events if told_by in event]
            for field in ("source", "sendingAccountId", "destination", "headers", "commonHeaders", "sourceArn"):
                told = [mail[field] for mail in mails if field in mail]
                assert all(one == told[0] for one in told), (field, told)
        times = {event["mail"]["timestamp"] for event in events}
        exact = {time for time in times if not time.endswith(".000Z")}
        assert len({time[:19] for time in times}) == 1
        assert len(exact) <= 1
        whole_seconds += len(times) == 2
    assert whole_seconds > 5  # late bounces are told with whole seconds


def test_only_a_delivery_knows_the_outgoing_address(stream: Stream) -> None:
    for event_type, events in stream.by_type.items():
        told = {"ses:outgoing-ip" in event["mail"]["tags"] for event in events}
        assert told == {event_type == "Delivery"}, event_type


def test_nothing_happens_before_it_was_sent_or_after_the_period(stream: Stream) -> None:
    end = LAST_DAY + timedelta(days=1)
    for event in stream.told:
        assert FIRST_DAY <= sent_time(event) <= own_time(event) < end


def test_mail_follows_the_week_and_the_day(stream: Stream) -> None:
    days = Counter(sent_time(event).weekday() for event in stream.by_type["Send"])
    assert days[1] > 2 * days[5]
    assert min(days[0], days[2], days[4]) > days[6]
    hours = Counter(sent_time(event).hour for event in stream.by_type["Send"])
    assert hours[9] + hours[10] > 10 * (hours[2] + hours[3])


def test_people_read_by_day(stream: Stream) -> None:
    read = [own_time(e).hour for e in stream.by_type["Open"] if e["open"].get("isBotEvent") == "Unlikely"]
    assert sum(hour < 5 for hour in read) / len(read) < 0.018
    assert sum(8 <= hour < 20 for hour in read) / len(read) > 0.6


def test_tenants_have_domains_sets_campaigns_and_addresses_of_their_own(stream: Stream) -> None:
    found: dict[str, dict[str, set[str]]] = defaultdict(lambda: defaultdict(set))
    for event in stream.by_type["Delivery"]:
        tags = event["mail"]["tags"]
        for tag in ("ses:from-domain", "ses:configuration-set", "campaign", "ses:outgoing-ip"):
            found[tag][tenant(event)].update(tags.get(tag, ()))
    domains = found["ses:from-domain"]
    assert len(domains) == 3
    assert all(len(one) == 1 for one in domains.values())
    assert len(set.union(*domains.values())) == 3
    assert all(len(one) == 3 for one in found["ses:configuration-set"].values())
    assert all(len(one) >= 6 for one in found["campaign"].values())  # two a week
    outgoing = found["ses:outgoing-ip"].values()
    assert sum(map(len, outgoing)) == len(set.union(*outgoing)) >= 6


def test_most_mail_goes_to_a_few_providers(stream: Stream) -> None:
    domains = Counter(address.partition("@")[2] for (_, address) in stream.delivered)
    assert domains["gmail.example.net"] == max(domains.values())
    assert {"outlook.example.net", "yahoo.example.net", "icloud.example.net"} <= set(domains)
    assert len(domains) > 40


def test_one_event_in_seventy_comes_twice(stream: Stream) -> None:
    assert 0.01 < 1 - len(stream.told) / len(stream.lines) < 0.02


def test_events_come_out_of_order_by_seconds_and_by_hours(stream: Stream) -> None:
    latest, behind = FIRST_DAY, []
    for event in stream.told:
        latest = max(latest, own_time(event))
        behind.append(latest - own_time(event))
    assert sum(one > timedelta(seconds=5) for one in behind) > 0.2 * len(behind)
    assert 0.001 < sum(one > timedelta(hours=1) for one in behind) / len(behind) < 0.05
    assert max(behind) > timedelta(days=1)


def test_beside_sent_mail_there_is_a_little_of_every_source_and_pinpoint_until_its_end() -> None:
    arguments = ("--days", "6", "--messages-per-day", "600", "--until", "2026-11-01", "--to", "-")
    told: dict[str, list[simulated.Event]] = defaultdict(list)
    lines = simulated.output_of(*arguments).splitlines()
    for line in dict.fromkeys(line for line in lines if not simulated.is_sent_mail(line)):
        _, event = carried(line)
        told[source_of(event)].append(event)
    assert told.keys() == {"ses_inbound", "ses_account", "pinpoint", "eum"}
    assert sum(map(len, told.values())) < 0.1 * len(lines)
    end = datetime(2026, 10, 30, tzinfo=UTC).timestamp() * 1000
    assert max(event["event_timestamp"] for event in told["pinpoint"]) < end + 72 * 3_600_000
    assert min(event["messageRequestTimestamp"] for event in told["eum"]) >= end
    kinds = {re.sub(r"[.].*", "", event["event_type"]) for event in told["pinpoint"]}
    assert kinds == {"_email", "_SMS", "_campaign", "_journey", "_session", "basket"}
    assert {re.sub("_.*", "", event["eventType"]) for event in told["eum"]} >= {"TEXT", "MEDIA", "VOICE"}


def test_one_tenant_has_feedback_notifications_that_share_ids_with_its_events(stream: Stream) -> None:
    published = {e["bounce"]["feedbackId"]: e for e in stream.by_type["Bounce"]}
    published |= {e["complaint"]["feedbackId"]: e for e in stream.by_type["Complaint"]}
    notified = [e for e in stream.told if "notificationType" in e]
    assert {e["notificationType"] for e in notified} == {"Delivery", "Bounce", "Complaint"}
    assert len({e["mail"]["sourceArn"] for e in notified}) == 1
    both = 0
    for event in notified:
        own = event.get("bounce") or event.get("complaint")
        if own and own["feedbackId"] in published:
            twin = published[own["feedbackId"]]
            assert own in (twin.get("bounce"), twin.get("complaint"))
            assert twin["mail"]["messageId"] == event["mail"]["messageId"]
            assert twin["mail"]["commonHeaders"]["messageId"] != event["mail"]["commonHeaders"]["messageId"]
            both += 1
    assert both > 50


def test_senders_and_recipients_are_spelled_in_several_ways(stream: Stream) -> None:
    senders = {e["mail"]["source"] for e in stream.by_type["Send"]}
    assert any(sender.startswith('"News, ') for sender in senders)
    assert any("<" not in sender for sender in senders)
    destinations = [e["mail"]["destination"][0] for e in stream.by_type["Send"]]
    assert 0.02 < sum("<" in one for one in destinations) / len(destinations) < 0.15
    subjects = [
        (e["mail"]["commonHeaders"]["subject"], header["value"])
        for e in stream.by_type["Send"]
        for header in e["mail"]["headers"]
        if header["name"] == "Subject"
    ]
    assert any("é" in decoded and sent.startswith("=?utf-8?") for decoded, sent in subjects)


def test_a_landing_zone_and_the_file_of_the_last_day_hold_the_stream(tmp_path: Path) -> None:
    whole = Counter(map(without_eventbridge, a_few("--to", "-").splitlines()))
    zone, last_day = tmp_path / "zone", tmp_path / "last.ndjson.gz"
    a_few("--landing", str(zone), "--last-day", str(last_day))
    a_few("--landing", str(tmp_path / "all"))
    landed = payloads(tmp_path / "all")
    assert landed == whole
    kept_back = gzip.decompress(last_day.read_bytes()).splitlines()
    assert len(kept_back) == (whole - payloads(zone)).total() > 50
    assert payloads(zone) < whole
    assert not list(zone.glob("events/dt=2026-11-24"))


def without_eventbridge(line: bytes) -> bytes:
    """The event: those about accounts come in what EventBridge wraps around them."""
    return line.partition(b',"detail":')[2][:-1] if b'"detail-type":' in line else line


def payloads(zone: Path) -> Counter[bytes]:
    found: Counter[bytes] = Counter()
    for file in zone.glob("events/*/*/*.json.gz"):
        for line in gzip.decompress(file.read_bytes()).splitlines():
            found[re.fullmatch(rb'.*?"payload":(.*)}', line).group(1)] += 1
    return found


def test_an_object_holds_what_arrived_in_its_hour_and_its_manifest_counts_it(tmp_path: Path) -> None:
    a_few("--landing", str(tmp_path))
    objects = sorted(tmp_path.glob("events/*/*/*.json.gz"))
    assert len(objects) > 60  # four days, hardly an hour without mail
    told = {}
    for manifest in tmp_path.glob("manifests/*/*/*.json"):
        (entry,) = json.loads(manifest.read_bytes())["objects"]
        assert (tmp_path / entry["key"]).parent.parts[-2:] == manifest.parent.parts[-2:]
        told[tmp_path / entry["key"]] = entry
    assert sorted(told) == objects
    for file, entry in told.items():
        lines = [json.loads(line) for line in gzip.decompress(file.read_bytes()).splitlines()]
        hour = f"{file.parts[-3].removeprefix('dt=')}T{file.parts[-2].removeprefix('hour=')}"
        assert {line["landed_at"][:13] for line in lines} == {hour}
        assert [line["landed_at"] for line in lines] == sorted(line["landed_at"] for line in lines)
        sent_mail = [line for line in lines if line["source"] in ("ses_event", "ses_notification")]
        assert all(datetime.fromisoformat(line["landed_at"]) > own_time(line["payload"]) for line in sent_mail)
        assert entry["read"] == entry["landed"] == len(lines)
        assert entry["landed_by_source"] == Counter(line["source"] for line in lines)
        for line in sent_mail:
            assert ("eventType" in line["payload"]) == (line["source"] == "ses_event")


@pytest.mark.parametrize("until", ["2026-10-29", "2026-11-24"])
def test_land_takes_every_event_in_every_envelope(until: str, tmp_path: Path) -> None:
    stream, zone, last_day = tmp_path / "stream.ndjson", tmp_path / "zone", tmp_path / "last.ndjson"
    arguments = ("--days", "2", "--messages-per-day", "800", "--until", until)
    simulated.output_of(*arguments, "--to", str(stream))
    simulated.output_of(*arguments, "--landing", str(zone), "--last-day", str(last_day))
    before = payloads(zone)
    for source, target in ((stream, tmp_path / "landed"), (last_day, zone)):
        command = [sys.executable, "-m", "ingestion.cli", "land", str(source), "--to", str(target)]
        done = subprocess.run([*command, "--max-quarantined", "0"], capture_output=True, cwd=REPOSITORY, check=False)
        assert done.returncode == 0, done.stderr.decode()
        count = len(source.read_bytes().splitlines())
        assert f"read {count:,} = landed {count:,} + quarantined 0 + control 0" in done.stdout.decode()
    whole = payloads(tmp_path / "landed")
    assert whole == Counter(map(without_eventbridge, stream.read_bytes().splitlines()))
    # EventBridge's `detail` is part of a larger document: equal as an object, perhaps not byte for byte
    assert objects(payloads(zone)) == objects(whole)
    assert before < payloads(zone)


def objects(found: Counter[bytes]) -> Counter[str]:
    """Without the number a text went to: EventBridge does not tell it."""
    read = map(json.loads, found.elements())
    return Counter(
        json.dumps({key: value for key, value in event.items() if key != "destinationPhoneNumber"}, sort_keys=True)
        for event in read
    )


def test_help_names_the_six_sources_and_the_end_of_pinpoint() -> None:
    told = " ".join(simulated.output_of("--help").decode().split())
    for source in ("event publishing", "feedback notifications", "received mail", "account events"):
        assert source in told
    assert "Pinpoint and End User Messaging" in told
    assert "Pinpoint ends on 2026-10-30, so its events end on the day before." in told


def test_nothing_of_pinpoint_is_told_of_a_period_that_begins_at_its_end() -> None:
    lines = simulated.output_of("--days", "3", "--messages-per-day", "300", "--until", "2026-11-01", "--to", "-")
    sources = {source_of(event) for _, event in map(carried, lines.splitlines())}
    assert sources == {"ses_event", "ses_notification", "ses_inbound", "ses_account", "eum"}


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ([], "either --to FILE or --landing ROOT"),
        (["--to", "a", "--landing", "b"], "either --to FILE or --landing ROOT"),
        (["--to", "a", "--last-day", "b"], "--last-day goes with --landing"),
        (["--to", "a", "--days", "0"], "0 is not in the range"),
        (["--to", "a", "--days", "999999999"], "before the calendar begins"),
        (["--to", "a", "--until", "yesterday"], "does not match"),
        (["--to", "/dev/null/a"], "/dev/null"),
        (["--landing", "http://example.com/zone"], "neither a folder nor s3://"),
    ],
)
def test_what_cannot_be_done_is_said_and_ends_with_2(arguments: list[str], message: str, tmp_path: Path) -> None:
    done = simulate(*arguments, cwd=tmp_path)
    assert done.returncode == 2
    assert message in done.stderr.decode()
    assert "Traceback" not in done.stderr.decode()
    assert not list(tmp_path.iterdir())


def test_made_up_events_do_not_mix_with_a_landing_zone_that_is_there(tmp_path: Path) -> None:
    a_few("--landing", str(tmp_path))
    before = payloads(tmp_path)
    done = simulate("--days", "1", "--seed", "9", "--landing", str(tmp_path))
    assert done.returncode == 2
    assert "already contains a landing zone" in done.stderr.decode()
    assert payloads(tmp_path) == before


@pytest.mark.parametrize("where", ["--landing", "--to"])
def test_interrupted_it_ends_with_130_and_says_what_to_do(where: str, tmp_path: Path) -> None:
    place = tmp_path / "made"
    command = [sys.executable, "-m", "ingestion.cli", "simulate", where, str(place)]
    process = subprocess.Popen(command, cwd=REPOSITORY, stderr=subprocess.PIPE, text=True)
    # before the first events, the processes are only being made; an interrupt may be lost there
    while not any(file.stat().st_size for file in [place, *place.rglob("*.gz")] if file.is_file()):
        assert process.poll() is None
        time.sleep(0.02)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate()
    assert process.returncode == 130
    assert "Only a part of the events was written" in err
    assert (f"Remove {place}" in err) == (where == "--landing")
    assert "goes on" not in err


def test_a_reader_that_has_enough_ends_it_quietly() -> None:
    command = f"{sys.executable} -m ingestion.cli simulate --days 3 --messages-per-day 2000 --to - | head -n 1"
    done = subprocess.run(["bash", "-c", command], capture_output=True, cwd=REPOSITORY, check=False)
    assert b'"eventType"' in done.stdout
    assert b"Traceback" not in done.stderr
    assert b"BrokenPipe" not in done.stderr
