"""What the console says, in one language after another. A new language is one more `Wording`."""

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType

from console import wording_people


@dataclass(frozen=True, slots=True)
class Wording:
    """All words of one language.

    Attributes:
        language: BCP 47 tag of the page.
        said: single labels, by name.
        counted: patterns for one and for many of a thing.
        of: words for the values of one field (`state`, `matter`, …), by field and value.
    """

    language: str
    said: Mapping[str, str]
    counted: Mapping[str, tuple[str, str]]
    of: Mapping[str, Mapping[str, str]]

    def __getattr__(self, name: str) -> str:
        """A single label, so that templates read `words.cases`."""
        try:
            return self.said[name]
        except KeyError:
            raise AttributeError(f"{self.language} has no word for {name!r}") from None

    def count(self, thing: str, number: int) -> str:
        """So many of a thing."""
        one, many = self.counted[thing]
        return (one if number == 1 else many).format(number)

    def name(self, field: str, value: str | None) -> str:
        """The word for a value; a value nobody has translated yet is shown readable, not hidden."""
        if not value:
            return ""
        known = self.of.get(field, {})
        return known[value] if value in known else readable(value)


def readable(value: str) -> str:
    """`fire-brigade` as `Fire brigade`."""
    text = value.replace("-", " ").replace("_", " ").strip()
    return text[:1].upper() + text[1:]


_SAID = {
    "live": "Live",
    "cases": "Cases",
    "notices": "Notices",
    "health": "Health",
    "dead_letters": "Dead letters",
    "phone": "Phone on the desk",
    "phone_note": "What the owner's phone would show. Messages end at this machine's own provider.",
    "no_cameras": "No camera has sent a picture yet.",
    "no_cases": "No case yet. One opens when a vehicle stays longer than its zone allows.",
    "no_notices": "No notice yet.",
    "no_messages": "No message yet.",
    "no_devices": "No device has reported yet.",
    "no_dead_letters": "Nothing was refused.",
    "phone_down": "The local provider does not answer.",
    "no_picture_since": "no picture since",
    "assumed": "assumed",
    "assumed_why": "Nobody read this plate: the plan or a flag names it.",
    "no_plate": "no plate",
    "opened": "opened",
    "standing": "standing",
    "just_now": "just now",
    "ago": "{} ago",
    "evidence": "Evidence",
    "sealed": "sealed: download",
    "no_evidence": "No picture belongs to this case yet.",
    "on_its_way": "on its way",
    "timeline": "Timeline",
    "ladder": "Ladder",
    "no_ladder": "This policy has no steps.",
    "due": "due",
    "waiting": "waiting",
    "unit": "Unit",
    "task": "Task",
    "camera": "Camera",
    "zone": "Zone",
    "vehicle": "Vehicle",
    "plate": "Plate",
    "began": "Standing since",
    "previous": "Previous case at this place",
    "times": "times",
    "last": "last",
    "latency": "after the decisive frame",
    "attempts": "attempts",
    "in_doubt": "outcome unknown, provider is asked before another try",
    "spool": "Spool",
    "spool_empty": "empty",
    "no_ledger": "ledger not readable",
    "pill_spool_empty": "spool empty",
    "pill_no_letters": "no dead letters",
    "pictures": "pictures",
    "observations": "observations",
    "dropped": "dropped",
    "heard": "heard",
    "never": "never",
    "looks": "looks",
    "reconnects": "reconnects",
    "ledger_down": "The ledger cannot be read.",
    "ledger_shown": "Shown is what was known at",
    "ledger_nothing": "Nothing has been read yet; the page will fill by itself.",
    "not_found": "There is no such case.",
    "close": "Close",
    "open_page": "Open as a page",
    "back": "All cases",
    "source": "From",
    "unreadable": "its status cannot be read",
    "area": "Area",
    "assisting": "assisting",
    "deadlines": "Deadlines",
    "no_deadlines": "No deadline is set.",
    "by": "by",
    "late": "late",
    "reported_by": "Also reported",
    "merged_into": "Goes on in another case",
    "escalated": "escalated",
    "levels": "up",
    "report": "Report by phone",
    "take_report": "Take the report",
    "why": "Reason",
    "why_optional": "Reason (may be left out)",
    "cancel": "Cancel",
    "is_missing": "is missing",
    "may_be_same": "May be the same incident:",
    "same_address": "same address",
    "same_incident": "Merge into it",
    "another_incident": "Another incident",
    "look_at": "Look at it",
    "answers": "What the owner answered",
    "review_asked": "Owner: not my vehicle",
    "not_theirs": "Not the owner's vehicle",
    "doubted": "Notices doubted",
    "say_not_theirs": "owners say that the vehicle is not theirs",
}

_COUNTED = {
    "cameras_seeing": ("{} camera seeing", "{} cameras seeing"),
    "cameras_blind": ("{} camera blind", "{} cameras blind"),
    "sensors_ok": ("{} sensor ok", "{} sensors ok"),
    "sensors_silent": ("{} sensor silent", "{} sensors silent"),
    "sensors_alarm": ("{} sensor in alarm", "{} sensors in alarm"),
    "devices_offline": ("{} device offline", "{} devices offline"),
    "dropped": ("{} dropped at the kerb", "{} dropped at the kerb"),
    "spool_waiting": ("{} waiting in the spool", "{} waiting in the spool"),
    "dead_letters": ("{} dead letter", "{} dead letters"),
    "zones_doubted": ("{} zone with doubted notices", "{} zones with doubted notices"),
    "reviews_waiting": ("{} review waiting", "{} reviews waiting"),
    "chains_torn": ("{} chain of evidence torn", "{} chains of evidence torn"),
}

_OF: dict[str, Mapping[str, str]] = {
    "matter": {
        "fire-lane-blocked": "Fire lane blocked",
        "vehicle-misparked": "Vehicle parked where it may not",
        "stall-outside-place": "Stall outside its place",
        "smoke-alarm": "Smoke alarm to verify",
        "road-flooded": "Road under water",
    },
    "state": {
        "discovered": "Open",
        "assessed": "Assessed",
        "accepted": "Accepted",
        "handling": "On scene",
        "closed": "Closed",
        "archived": "Archived",
        "dismissed": "Dismissed",
        "merged": "Merged",
    },
    "command": {
        "assess": "Assess",
        "accept": "Accept",
        "start": "On scene",
        "done": "Done",
        "dismiss": "Dismiss",
        "merge": "Merge",
        "hand_over": "Hand over",
        "assist": "Ask for help",
        "return": "Return",
        "escalate": "Escalate",
        "decide": "Decide",
        "review": "Say whose vehicle it is",
        "comment": "Comment",
    },
    "field": {
        "why": "Reason",
        "resolution": "How it ended",
        "dismissed_as": "Why it was none",
        "unit": "Department",
        "into": "Case that goes on (number)",
        "decision": "Penalty, or what a step asked for",
        "review": "What picture and plate show",
        "matter": "What it is about",
        "address": "Address",
        "lat": "Latitude",
        "lon": "Longitude",
        "description": "What was said",
        "contact": "Phone or mail (only a mask is kept)",
    },
    "report_state": {
        "opened": "Case opened:",
        "attached": "Attached to",
        "suggested": "Case opened, another one is near:",
    },
    "dismissed_as": {
        "false_alarm": "False alarm",
        "exempt": "May stand there",
        "duplicate": "Duplicate",
        "wrong_zone": "Zone drawn wrong",
        "wrong_plate": "Plate read wrong",
        "test": "Test",
        "other": "Other",
    },
    "decision": {"granted": "Granted", "refused": "Refused"},
    "review": {
        "theirs": "It is theirs: tell them on",
        "not_theirs": "It is not theirs: dismiss the case (wrong plate)",
        "not_theirs_kept": "It is not theirs: tell them nothing, the department goes on",
    },
    "answer": {"moved": "I have moved it", "not_mine": "This is not my vehicle", "objection": "Objection"},
    "found": {"theirs": "found to be theirs", "not_theirs": "found not to be theirs"},
    "deadline": {
        "order": "Somebody is sent",
        "accept": "Accepted",
        "first_responder": "Somebody on scene",
        "feedback": "First word from the place",
        "close": "Done",
    },
    "channel": {"open311": "Open311", "hotline": "hotline", "console": "phone", "api": "API"},
    "resolution": {
        "left": "Vehicle left",
        "cleared": "Alarm cleared",
        "unknown": "Lost from sight",
        "exempt": "May stand there",
        "removed": "Removed",
        "towed": "Towed",
        "penalised": "Penalised",
        "handled": "Handled by the department",
        "not_found": "Nothing found",
        "false_alarm": "False alarm",
    },
    "notice_state": {
        "intended": "Waits or under way",
        "accepted": "Accepted",
        "refused": "Refused",
        "withheld": "Withheld",
        "doubtful": "In doubt: yours to decide",
    },
    "delivery": {
        "queued": "with the provider",
        "sent": "on its way",
        "delivered": "delivered",
        "undelivered": "not delivered",
        "failed": "never sent on",
    },
    "step": {
        "notice": "First notice",
        "reminder": "Reminder",
        "warning": "Warning",
        "tow-info": "Where it was towed",
        "thanks": "Thanks",
    },
    "task": {"clear": "Clear the place", "verify": "Verify on site"},
    "picture": {
        "arrival": "Arrival",
        "overstay": "Overstay",
        "close_up": "Close-up",
        "plate": "Plate",
        "empty": "Place empty",
    },
    "phase": {"unsure": "not sure yet, nobody is told"},
    "kind": {
        "fire_lane": "Fire lane",
        "no_parking": "No parking",
        "no_stall": "No stalls",
        "water": "Water",
    },
    "what": {
        "opened": "Case opened",
        "grew": "Case grew",
        "unseen": "Lost from sight",
        "seen_again": "Seen again",
        "closed": "Case closed",
        "identified": "Vehicle identified",
        "attached": "Report attached",
        "absorbed": "Took over another case",
        "assessed": "Assessed",
        "accepted": "Accepted",
        "started": "Somebody on scene",
        "handed_over": "Handed over",
        "assist_asked": "Help asked for",
        "returned": "Returned",
        "escalated": "Escalated",
        "commented": "Comment",
        "informed": "Department informed",
        "dispatched": "Somebody dispatched",
        "tow_requested": "Tow requested",
        "decision_requested": "Decision requested",
        "decided": "Decided",
        "deadline_missed": "Deadline missed",
        "dismissed": "Dismissed",
        "merged": "Merged",
        "archived": "Archived",
        "answered": "The owner answered",
        "disowned": "The owner says: not my vehicle",
        "reviewed": "A person looked whose vehicle it is",
        "notices_doubted": "Notices of the zone doubted",
        "notice_intended": "Notice written",
        "notice_sent": "Notice accepted by the provider",
        "notice_refused": "Notice refused",
        "notice_withheld": "Notice withheld",
        "notice_doubtful": "Notice in doubt: perhaps sent, nobody can be asked",
        "notice_delivery": "Provider's report",
        "notice_not_sent": "No notice sent",
        "owner_looked_up": "Owner looked up",
        "owner_look_up_refused": "Owner not looked up: too often",
        "owner_shown": "Owner shown to an operator",
        "step_brought_forward": "Step brought forward",
        "step_not_taken": "Step not taken",
    },
    "observation": {
        "clearway.stay.began.v1": "Stay began",
        "clearway.stay.overstayed.v1": "Overstayed",
        "clearway.stay.continues.v1": "Still standing",
        "clearway.stay.ended.v1": "Stay ended",
        "clearway.sensor.alarmed.v1": "Sensor alarmed",
        "clearway.sensor.cleared.v1": "Sensor cleared",
        "clearway.report.received.v1": "Reported by people",
    },
    "light": {
        "green": "Open for less than a day",
        "yellow": "Open for more than a day",
        "red": "Open for more than three days",
        "overdue": "Open for more than five days",
        "off": "Closed",
    },
    "condition": {
        "blind: no_frames": "Blind: no frames",
        "blind: black": "Blind: black picture",
        "blind: frozen": "Blind: picture stands still",
        "blind: covered": "Blind: lens covered",
        "blind: defocused": "Blind: out of focus",
        "blind: moved": "Blind: shows another view",
        "blind: end_of_recording": "Recording ended",
    },
    "camera_state": {"unusable": "Unusable source", "ended": "Recording ended"},
    "sensor_state": {"ok": "OK"},
    "sensor": {"smoke": "Smoke", "water": "Water level"},
    "actor": {
        "clearway.ingest": "stream",
        "clearway.notifier": "notifier",
        "clearway.console": "console",
        "owner": "owner",
    },
}

ENGLISH = Wording(
    "en-US",
    MappingProxyType({**_SAID, **wording_people.SAID}),
    MappingProxyType({**_COUNTED, **wording_people.COUNTED}),
    MappingProxyType({**_OF, **wording_people.OF, "what": {**_OF["what"], **wording_people.WHAT}}),
)
WORDINGS: Mapping[str, Wording] = MappingProxyType({"en": ENGLISH})
