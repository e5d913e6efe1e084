"""The REST API: who may do what, once each, and errors that name the field."""

import asyncio
from datetime import UTC, datetime, timedelta

import pytest
from parts_office import GATE, asking, let_in, make_app, make_office, seen
from sqlalchemy import select

from cases.clients import Scope
from cases.tables import audit
from console.rest_doorman import Doorman
from console.rest_gate import MAX_BODY
from console.views import CaseLine

NOW = datetime.now(UTC)
FEW_SECONDS = timedelta(seconds=6)


class Clock:
    """A wall clock that a test moves."""

    def __init__(self) -> None:
        self.at = NOW

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def office(tmp_path):
    found = make_office(tmp_path)
    yield found
    found.desk._database.close()


@pytest.fixture
def clock():
    return Clock()


@pytest.fixture
def app(office, clock):
    return make_app(office, Doorman(office.clients, clock))


@pytest.fixture
def case_id(office):
    return seen(office, NOW - timedelta(minutes=2))


def token(office, *scopes, name="desk", **more):
    return let_in(office.clients, name, *scopes, at=NOW, **more)


@pytest.fixture
async def worker(app, office):
    async with asking(
        app, token(office, Scope.CASES_WRITE, Scope.REPORTS_WRITE, Scope.SIGNALS_WRITE)
    ) as found:
        yield found


@pytest.fixture
async def anybody(app):
    async with asking(app) as found:
        yield found


async def do(client, case_id, command, **body):
    return await client.post(f"/api/v1/cases/{case_id}/commands", json={"command": command} | body)


def fields(answer):
    assert answer.headers["content-type"] == "application/problem+json"
    return [error["field"] for error in answer.json()["errors"]]


async def test_a_case_goes_its_whole_way_by_commands(worker, case_id):
    for command, state in (("assess", "assessed"), ("accept", "accepted"), ("start", "handling")):
        answer = await do(worker, case_id, command)
        assert (answer.status_code, answer.json()["state"]) == (200, state)
    answer = await do(worker, case_id, "done", resolution="towed", why="gone")
    assert answer.status_code == 409
    assert (await do(worker, case_id, "done", resolution="removed", why="moved by hand")).json()[
        "state"
    ] == "closed"
    file = (await worker.get(f"/api/v1/cases/{case_id}")).json()
    assert file["case"]["resolution"] == "removed"
    assert [line["actor"] for line in file["audit"]][-1] == "client:desk"
    refused = await do(worker, case_id, "accept")
    assert refused.status_code == 409
    assert "over" in refused.json()["detail"]


@pytest.mark.parametrize(
    ("command", "body"),
    [
        ("dismiss", {"reason": "test", "why": "a drill"}),
        ("hand_over", {"unit": "traffic-police", "why": "theirs"}),
        ("assist", {"unit": "traffic-police", "why": "a tow"}),
        ("escalate", {"why": "nobody comes"}),
        ("decide", {"step": "penalty", "granted": False, "why": "the first time"}),
        ("comment", {"why": "业主说马上来"}),
    ],
)
async def test_every_other_command_is_taken_by_number_as_well(worker, case_id, command, body):
    assert case_id
    answer = await do(worker, "CW-000001", command, **body)
    assert answer.status_code == 200, answer.text


async def test_two_cases_are_merged_and_likely_ones_are_suggested(worker, office, case_id):
    other = seen(office, NOW, origin_id="s2", dedup_key="k2", source="/harbour/box-2/south-gate")
    (likely,) = (await worker.get(f"/api/v1/cases/{other}/likely")).json()
    assert (likely["case"]["id"], likely["metres"]) == (case_id, 0.0)
    answer = await do(worker, other, "merge", into="1", why="the same van")
    assert answer.json()["state"] == "merged"
    assert (await worker.get(f"/api/v1/cases/{other}")).json()["case"]["merged_into"] == case_id


async def test_what_one_camera_tells_apart_is_not_suggested_as_one(worker, office, case_id):
    beside = seen(office, NOW, origin_id="s2", dedup_key="k2")
    assert beside != case_id
    assert (await worker.get(f"/api/v1/cases/{beside}/likely")).json() == []


@pytest.mark.parametrize(
    ("body", "field"),
    [
        ({"command": "dance"}, "body"),
        ({}, "body"),
        ({"command": "done"}, "body.done.resolution"),
        ({"command": "done", "resolution": "exempt"}, "body.resolution"),
        ({"command": "accept", "why": "x" * 1001}, "body.accept.why"),
        ({"command": "accept", "who": "me"}, "body.accept.who"),
        ({"command": "assist", "unit": "a\nb", "why": "x"}, "body.assist.unit"),
        ({"command": "decide", "step": "no spaces", "granted": True, "why": "x"}, "body.decide.step"),
    ],
)
async def test_what_cannot_be_a_command_is_refused_by_its_field(worker, case_id, body, field):
    answer = await worker.post(f"/api/v1/cases/{case_id}/commands", json=body)
    assert answer.status_code == 422
    assert field in fields(answer)


@pytest.mark.parametrize("case", ["nobody", "CW-999999", "9" * 18])
async def test_an_unknown_case_is_not_found(worker, case):
    assert (await worker.get(f"/api/v1/cases/{case}")).status_code == 404
    assert (await do(worker, case, "accept")).status_code == 404


async def test_without_a_token_this_machine_may_read_and_nobody_may_write(app, anybody, case_id):
    assert (await anybody.get("/api/v1/cases")).json()["items"][0]["id"] == case_id
    refused = await do(anybody, case_id, "assess")
    assert refused.status_code == 401
    async with asking(app, peer="192.0.2.7") as stranger:
        answer = await stranger.get("/api/v1/cases")
    assert (answer.status_code, answer.headers["www-authenticate"]) == (401, 'Bearer realm="clearway"')


async def test_a_scope_that_is_missing_is_named(app, office, case_id):
    async with asking(app, token(office, Scope.CASES_READ)) as reader:
        answer = await do(reader, case_id, "assess")
        assert answer.status_code == 403
        assert "cases:work" in answer.json()["detail"]
        assert (await reader.get("/api/v1/deadletters")).status_code == 403
        assert (await reader.post("/api/v1/reports", json={"matter": "smoke-alarm"})).status_code == 403


async def test_plates_and_what_may_name_them_are_only_for_those_who_work_on_cases(
    app, office, worker, case_id
):
    path = f"/api/v1/cases/{case_id}"
    assert "浙B12345" in (await worker.get(path)).text
    found = (await worker.get("/api/v1/cases", params={"plate": "浙B12345"})).json()
    assert len(found["items"]) == 1
    async with asking(app, token(office, Scope.CASES_READ, name="counts")) as reader:
        assert "浙B12345" not in (await reader.get(path)).text
        assert (await reader.get(f"{path}/evidence")).status_code == 403
        answer = await reader.get("/api/v1/cases", params={"plate": "浙B12345"})
        assert (answer.status_code, fields(answer)) == (403, ["query.plate"])


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Host": "city.example"}, id="asked by a name of the outside"),
        pytest.param({"X-Forwarded-For": "127.0.0.1"}, id="a proxy says for whom"),
        pytest.param({"Forwarded": "for=_hidden"}, id="a proxy that keeps it to itself"),
    ],
)
async def test_who_comes_through_a_proxy_of_this_machine_needs_a_token(app, office, anybody, headers):
    assert (await anybody.get("/api/v1/cases")).status_code == 200
    assert (await anybody.get("/api/v1/cases", headers=headers)).status_code == 401
    assert (await anybody.get("/open311/v2/requests.json", headers=headers)).status_code == 403
    async with asking(app, token(office, Scope.CASES_READ, name="known")) as known:
        assert (await known.get("/api/v1/cases", headers=headers)).status_code == 200


async def test_what_people_said_is_not_told_without_a_token(worker, anybody):
    body = {"matter": "smoke-alarm", "address": "x", "description": "my son's van", "contact": "13812340001"}
    assert (await worker.post("/api/v1/reports", json=body)).json()["description"] == "my son's van"
    told = (await anybody.get("/api/v1/reports")).json()["items"][0]
    assert (told["description"], told["contact_mask"]) == ("", "")


async def test_who_only_reports_may_ask_who_they_are_and_what_can_be_reported(app, office):
    async with asking(app, token(office, Scope.REPORTS_WRITE, name="app")) as reporter:
        assert (await reporter.get("/api/v1/me")).json()["scopes"] == ["reports:write"]
        assert (await reporter.get("/api/v1/matters")).status_code == 200
        assert (await reporter.get("/api/v1/cases")).status_code == 403


async def test_a_step_that_waits_for_a_decision_is_named(office, case_id):
    row = office.desk.search.case(case_id)
    asked = {"tow": {"granted": None}, "fine": {"granted": True}}
    assert CaseLine.at(row, NOW).undecided == ()
    assert CaseLine.at(row | {"decisions": asked}, NOW).undecided == ("tow",)


async def test_a_token_that_was_revoked_or_ended_is_refused_within_seconds(app, office, clock):
    ended = token(office, Scope.CASES_READ, name="ended", expires_at=NOW + timedelta(hours=1))
    revoked = token(office, Scope.CASES_READ, name="revoked")
    async with asking(app, ended) as one, asking(app, revoked) as two, asking(app, "cw_nobody") as three:
        assert (await three.get("/api/v1/me")).status_code == 401
        assert (await one.get("/api/v1/me")).status_code == 200
        assert (await two.get("/api/v1/me")).json()["name"] == "revoked"
        office.clients.revoke("revoked", NOW, actor="ann")
        clock.at += FEW_SECONDS
        assert "revoked" in (await two.get("/api/v1/me")).json()["detail"]
        clock.at += timedelta(hours=1)
        assert "expired" in (await one.get("/api/v1/me")).json()["detail"]


async def test_ten_thousand_reports_in_a_minute_are_limited_and_nobody_else_suffers(app, office, clock):
    busy = token(office, Scope.REPORTS_WRITE, name="busy", per_minute=60)
    other = token(office, Scope.CASES_READ, name="other")
    statuses, waits = [], []
    async with asking(app, busy) as flood, asking(app, other) as calm:
        for n in range(2_000):
            clock.at = NOW + timedelta(milliseconds=6 * n)
            answer = await flood.post("/api/v1/reports", content=b"{}")
            statuses.append(answer.status_code)
            waits += [answer.headers["retry-after"]] if answer.status_code == 429 else []
            if n % 100 == 0:
                assert (await calm.get("/api/v1/me")).status_code == 200
        assert statuses.count(422) == 60 + 11
        assert set(statuses) == {422, 429}
        assert set(waits) == {"1"}
        clock.at += timedelta(seconds=1)
        assert (await flood.post("/api/v1/reports", content=b"{}")).status_code == 422


async def test_the_same_request_under_the_same_key_is_worked_on_once(worker, office):
    body = {"matter": "fire-lane-blocked", "lat": GATE[0], "lon": GATE[1], "description": "a van"}
    headers = {"Idempotency-Key": "k-1"}
    first = await worker.post("/api/v1/reports", json=body, headers=headers)
    again = await worker.post("/api/v1/reports", json=body, headers=headers)
    assert (first.status_code, again.status_code) == (201, 201)
    assert first.content == again.content
    assert again.headers["idempotency-replayed"] == "true"
    assert len((await worker.get("/api/v1/reports")).json()["items"]) == 1
    other = await worker.post("/api/v1/reports", json=body | {"description": "x"}, headers=headers)
    assert (other.status_code, fields(other)) == (422, ["header.idempotency-key"])
    bad = await worker.post("/api/v1/reports", json=body, headers={"Idempotency-Key": "no spaces"})
    assert (bad.status_code, fields(bad)) == (400, ["header.idempotency-key"])
    assert office.answers.purge(datetime.now(UTC) + timedelta(days=2)) == 1


async def test_many_at_once_under_one_key_are_worked_on_once(worker):
    body = {"matter": "smoke-alarm", "address": "中山路 1号"}
    headers = {"Idempotency-Key": "at-once"}
    answers = await asyncio.gather(
        *(worker.post("/api/v1/reports", json=body, headers=headers) for _ in range(8))
    )
    assert {answer.status_code for answer in answers} <= {201, 409}
    assert len((await worker.get("/api/v1/reports")).json()["items"]) == 1


async def test_a_command_under_a_key_is_done_once_even_when_its_answer_was_forgotten(worker, office, case_id):
    headers = {"Idempotency-Key": "c-1"}
    path = f"/api/v1/cases/{case_id}/commands"
    assert (await worker.post(path, json={"command": "assess"}, headers=headers)).json()["repeat"] is False
    office.answers.purge(datetime.now(UTC) + timedelta(days=2))
    assert (await worker.post(path, json={"command": "assess"}, headers=headers)).json()["repeat"] is True


async def test_a_report_of_what_a_camera_saw_is_attached_and_one_elsewhere_opens_a_case(worker, case_id):
    body = {"matter": "fire-lane-blocked", "lat": GATE[0], "lon": GATE[1], "contact": "13812340001"}
    near = (await worker.post("/api/v1/reports", json=body)).json()
    assert (near["state"], near["case_id"], near["contact_mask"]) == ("attached", case_id, "138****0001")
    far = (await worker.post("/api/v1/reports", json=body | {"lat": 30.2})).json()
    assert far["state"] == "opened"
    told = (await worker.get(f"/api/v1/cases/{case_id}")).json()["case"]["sources"]
    assert [source["channel"] for source in told] == ["api"]


async def test_an_operator_decides_about_a_suggestion(worker, case_id):
    body = {"matter": "fire-lane-blocked", "lat": GATE[0] + 0.001, "lon": GATE[1]}
    found = (await worker.post("/api/v1/reports", json=body)).json()
    assert (found["state"], found["suggested_case_id"]) == ("suggested", case_id)
    path = f"/api/v1/reports/{found['number']}/decision"
    assert fields(await worker.post(path, json={"same": True})) == ["body.why"]
    said = (await worker.post(path, json={"same": True, "why": "the same van"})).json()
    assert (said["state"], said["case_id"], said["decided_by"]) == ("attached", case_id, "client:desk")
    assert (await worker.post(path, json={"same": True, "why": "again"})).status_code == 409


async def test_a_report_without_a_place_is_refused_and_every_fault_is_named(worker):
    answer = await worker.post("/api/v1/reports", json={"matter": "nonsense", "media_url": "ftp://x"})
    assert (answer.status_code, sorted(fields(answer))) == (
        422,
        ["body.lat", "body.matter", "body.media_url"],
    )


@pytest.mark.parametrize(
    ("said", "states"),
    [
        (["accepted", "on_scene", "done"], ["accepted", "handling", "closed"]),
        (["done"], ["closed"]),
        (["on_scene", "accepted"], ["handling", "handling"]),
        (["done", "accepted"], ["closed", "closed"]),
    ],
)
async def test_a_case_system_may_skip_words_say_them_late_and_say_them_twice(worker, case_id, said, states):
    for n, (word, state) in enumerate(zip(said, states, strict=True)):
        body = {"id": f"e{n}", "case": case_id, "signal": word, "why": "from the CRM"}
        first = await worker.post("/api/v1/signals", json=body)
        again = await worker.post("/api/v1/signals", json=body)
        assert (first.json()["state"], again.json()["state"]) == (state, state)
        assert again.json()["changes"] == [] or again.json()["repeat"]


async def test_a_signal_may_be_a_cloud_event_and_its_id_is_taken_once(worker, case_id):
    event = {
        "specversion": "1.0",
        "id": "crm-77",
        "source": "/crm",
        "type": "org.example.case.accepted",
        "time": "2026-11-22T12:00:00+08:00",
        "data": {"case": "CW-000001", "signal": "accepted"},
    }
    headers = {"Content-Type": "application/cloudevents+json"}
    answer = await worker.post("/api/v1/signals", json=event, headers=headers)
    assert answer.json()["changes"] == ["assessed", "accepted"]
    await do(worker, case_id, "return", why="not ours")
    again = await worker.post("/api/v1/signals", json=event, headers=headers)
    assert again.json()["repeat"] is True
    assert (await worker.get(f"/api/v1/cases/{case_id}")).json()["case"]["state"] != "accepted"


async def test_silences_are_made_listed_and_lifted(worker):
    until = (NOW + timedelta(hours=2)).isoformat()
    body = {"place": "Harbour Road 12", "until": until, "reason": "market day"}
    made = (await worker.post("/api/v1/silences", json=body)).json()
    assert made["author"] == "client:desk"
    assert [one["id"] for one in (await worker.get("/api/v1/silences")).json()] == [made["id"]]
    path = f"/api/v1/silences/{made['id']}"
    assert (await worker.delete(path)).status_code == 422
    assert (await worker.delete(path, params={"why": "over"})).status_code == 204
    assert (await worker.get("/api/v1/silences")).json() == []
    assert (await worker.delete(path, params={"why": "over"})).status_code == 404
    wrong = await worker.post("/api/v1/silences", json={"until": until, "reason": "everything"})
    assert (wrong.status_code, fields(wrong)) == (422, ["place"])


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ({"limit": 0}, "query.limit"),
        ({"state": "nonsense"}, "query.state.0"),
        ({"from": "2026-11-22T12:00:00"}, "query.from"),
        ({"to": "9999-12-31T23:59:59-14:00"}, "query.to"),
        ({"cursor": "-1"}, "query.cursor"),
        ({"plate": "a\x00b"}, "query.plate"),
        ({"colour": "red"}, "query.colour"),
    ],
)
async def test_a_filter_that_cannot_be_read_is_named(worker, query, field):
    answer = await worker.get("/api/v1/cases", params=query)
    assert (answer.status_code, fields(answer)) == (422, [field])


async def test_times_may_have_any_offset_also_one_that_was_not_encoded(worker, case_id):
    hour = timedelta(hours=1)
    east = (NOW + timedelta(hours=8)).replace(tzinfo=None).isoformat()
    for text in (f"{east}+08:00", f"{east} 08:00", NOW.isoformat()):
        found = (await worker.get(f"/api/v1/cases?to={text}")).json()["items"]
        assert [one["id"] for one in found] == [case_id]
    late = (await worker.get("/api/v1/cases", params={"from": (NOW + hour).isoformat()})).json()
    assert late == {"items": [], "next": None}


async def test_lists_are_paged_by_a_cursor(worker, office):
    for n in range(5):
        seen(office, NOW + timedelta(seconds=n), origin_id=f"s{n}", dedup_key=f"k{n}")
    first = (await worker.get("/api/v1/cases", params={"limit": 3, "open": True})).json()
    rest = (await worker.get("/api/v1/cases", params={"limit": 3, "cursor": first["next"]})).json()
    assert [one["number"] for one in first["items"] + rest["items"]] == [5, 4, 3, 2, 1]
    assert rest["next"] is None


async def test_evidence_is_linked_and_fetched_below_its_case(worker, case_id):
    found = (await worker.get(f"/api/v1/cases/{case_id}/evidence")).json()
    assert found == {"pictures": [], "sealed_packets": 0, "archive": None}
    assert (await worker.get(f"/api/v1/cases/{case_id}/evidence.zip")).status_code == 404
    assert (await worker.get(f"/api/v1/cases/{case_id}/pictures/{'0' * 64}.jpg")).status_code == 404
    assert (await worker.get(f"/api/v1/cases/{case_id}/pictures/x.jpg")).status_code == 422


@pytest.mark.parametrize(
    "path", ["summary", "notices", "devices", "matters", "me", "silences", "openapi.json"]
)
async def test_what_the_page_shows_is_there_for_programs(anybody, path):
    assert (await anybody.get(f"/api/v1/{path}")).status_code == 200


async def test_what_is_not_there_and_what_is_not_done_that_way_are_problems_too(anybody):
    missing = await anybody.get("/api/v1/nothing")
    wrong = await anybody.delete("/api/v1/cases")
    assert (missing.status_code, wrong.status_code) == (404, 405)
    assert (fields(missing), fields(wrong)) == ([], [])


async def test_too_much_at_once_is_refused(worker):
    answer = await worker.post("/api/v1/reports", content=b"x" * (MAX_BODY + 1))
    assert answer.status_code == 413


async def test_what_breaks_inside_is_not_told_outside(app, office, monkeypatch, capsys):
    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("SELECT secret FROM vault")

    monkeypatch.setattr(type(office.desk.search), "page", broken)
    async with asking(app) as client:
        answer = await client.get("/api/v1/cases")
    assert answer.status_code == 500
    assert "secret" not in answer.text
    incident = answer.json()["detail"].rsplit(" ", 1)[-1]
    assert incident in capsys.readouterr().out


async def test_a_ledger_that_cannot_be_read_is_said_without_its_address(tmp_path):
    office = make_office(tmp_path)
    office.desk._database.engine.dispose()
    (tmp_path / "ledger.db").write_bytes(b"no database" * 1000)
    for beside in ("ledger.db-wal", "ledger.db-shm"):
        (tmp_path / beside).unlink(missing_ok=True)
    async with asking(make_app(office)) as client:
        answer = await client.get("/api/v1/cases")
    assert answer.status_code == 503
    assert str(tmp_path) not in answer.text
    office.desk._database.close()


async def test_clients_leave_their_names_in_the_audit_and_never_their_tokens(office, worker, case_id):
    await do(worker, case_id, "comment", why="hello")
    with office.desk._database.read() as connection:
        rows = [dict(row) for row in connection.execute(select(audit)).mappings()]
    assert {"tests", "client:desk"} <= {row["actor"] for row in rows}
    assert "cw_" not in str(rows)


async def test_the_audit_is_searched_by_whoever_may_read_it(app, office, case_id):
    async with asking(app, token(office, Scope.CASES_WRITE, name="writer")) as writer:
        await do(writer, case_id, "assess", why="it is real")
        assert (await writer.get("/api/v1/audit")).status_code == 403
    async with asking(app, token(office, Scope.AUDIT_READ, name="auditor")) as auditor:
        found = (await auditor.get("/api/v1/audit", params={"case": case_id, "limit": 1})).json()
        assert [(one["actor"], one["what"], one["why"]) for one in found["items"]] == [
            ("client:writer", "assessed", "it is real")
        ]
        rest = await auditor.get("/api/v1/audit", params={"case": case_id, "cursor": found["next"]})
        assert [one["what"] for one in rest.json()["items"]] == ["opened"]
        for query in ({"case": "nobody"}, {"day": "2026-13-01"}, {"limit": "0"}, {"who": "x"}):
            assert (await auditor.get("/api/v1/audit", params=query)).status_code in {404, 422}
        assert (await auditor.get("/api/v1/cases")).status_code == 403


async def test_areas_are_told_with_their_lights(app, office, case_id):
    assert case_id
    async with asking(app, token(office, Scope.CASES_READ, name="counter")) as reader:
        (line,) = (await reader.get("/api/v1/areas")).json()
    assert (line["path"], line["open"], line["light"]) == ("", 1, "green")
