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
    "session_over": "You are not signed in any more.",
}

OF: Mapping[str, Mapping[str, str]] = {
    "role": {"viewer": "Viewer", "operator": "Operator", "supervisor": "Supervisor", "admin": "Admin"},
}
