"""What the console says about people: signing in, areas, the audit."""

from collections.abc import Mapping

SAID: Mapping[str, str] = {
    "desk": "Desk",
    "areas": "Areas",
    "audit": "Audit",
    "navigation": "Pages",
    "sign_in": "Sign in",
    "sign_in_lead": "Cases, evidence and people's data: for those who work here.",
    "sign_out": "Sign out",
    "signed_out": "You are signed out.",
    "signed_in_as": "Signed in as",
    "person_name": "Name",
    "person_password": "Password",
    "change_password": "Change password",
    "choose_password": "Choose a password",
    "must_change": "Somebody else knows your password. Choose one of your own; then the desk is open.",
    "old_password": "Password so far",
    "new_password": "New password",
    "again": "Once more",
    "password_hint": "12 characters or more. A few words in a row are easy to keep.",
    "take_password": "Take it",
    "not_alike": "The two new passwords are not alike.",
    "wrong_entry": (
        "Name and password do not fit, or this name has to wait after too many wrong tries: from half a "
        "minute up to a quarter of an hour."
    ),
    "wrong_password": "The password so far is another one.",
    "too_often": "Too many tries from here. Try again in a minute.",
    "stale_form": "This page stood open for too long, or cookies are switched off. Try again.",
    "no_entry_now": "The ledger cannot be read at the moment. Try again soon.",
    "no_pictures": "Pictures are shown to those who work on cases.",
    "no_areas": "No area is known yet. `clearway areas import` reads them.",
    "no_open_cases": "Nothing is open here.",
    "none_open": "Nothing open",
    "nowhere": "No known area",
    "everywhere": "Everything that is open",
    "no_audit": "The audit is for supervisors and admins.",
    "older": "Older",
    "search": "Search",
    "anything": "Anything",
    "check_week": "Check the chains",
    "odd_entry": "Entry that cannot be read as it was written",
    "purged": "purged",
    "entry_details": "Entry",
    "hash": "Hash",
    "no_entries": "No entry fits.",
    "none_here": "No entry among these fits. Older ones may.",
    "entries_today": "Entries today",
    "days_sealed": "Days sealed",
    "last_seal": "Last seal",
    "none_yet": "none yet",
    "signed": "signed",
    "append_only": "Append-only",
    "guarded": "guarded by the database",
    "unguarded": "triggers missing",
    "not_as_written": "Not everything is as it was written:",
    "session_over": "You are not signed in any more.",
}

COUNTED: Mapping[str, tuple[str, str]] = {
    "parts": ("{} part", "{} parts"),
    "checked": (
        "{} entry checked: it is as it was written.",
        "{} entries checked: all are as they were written.",
    ),
    "findings": ("and {} more", "and {} more"),
}

OF: Mapping[str, Mapping[str, str]] = {
    "lamp": {"green": "up to 1 day", "yellow": "1 to 3 days", "red": "3 to 5 days", "overdue": "longer"},
    "level": {
        "city": "city",
        "district": "district",
        "town": "town",
        "village": "village",
        "grid": "grid",
    },
    "filter": {"case": "Case (number)", "actor": "Who", "what": "What", "day": "Day (UTC)"},
    "role": {"viewer": "Viewer", "operator": "Operator", "supervisor": "Supervisor", "admin": "Admin"},
}

WHAT: Mapping[str, str] = {
    "signed_in": "Signed in",
    "signed_out": "Signed out",
    "sign_in_failed": "Sign-in refused",
    "password_proved": "Password proved",
    "password_set": "Password set",
    "person_added": "Person added",
    "person_disabled": "Person sent away",
    "person_enabled": "Person let in again",
    "person_made_viewer": "Made a viewer",
    "person_made_operator": "Made an operator",
    "person_made_supervisor": "Made a supervisor",
    "person_made_admin": "Made an admin",
    "client_added": "Client added",
    "client_revoked": "Client sent away",
    "silenced": "Silenced",
    "silence_lifted": "Silence lifted",
    "legally_held": "Put on hold",
    "legally_released": "Hold released",
    "plates_exported": "Plates exported",
    "purged": "Purged",
    "step_not_taken": "Step not taken",
    "component_linked": "Component linked",
}
"""Words of the audit that no case's story has."""
