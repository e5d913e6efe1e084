"""What the provider's error codes mean for a notice.

Source: its error dictionary, twilio.com/docs/api/errors/CODE, one page each, read in November 2026. It may
split codes further (as in July 2024: landlines and premium numbers got codes of their own), so an unknown
code is judged by the HTTP status alone, and on its safe side.
"""

OPTED_OUT = 21610

REFUSED: dict[int, str] = {
    21211: "the number is not valid",
    21214: "the number cannot be reached",
    21217: "the number does not seem to be valid",
    21265: "the number cannot be a short code",
    21266: "the number is our own",
    21268: "the number is a premium or information service",
    21408: "messages to that region are not enabled",
    21602: "the message is empty",
    21604: "there is no number",
    21608: "a trial account may write to verified numbers only",
    OPTED_OUT: "the owner has opted out (STOP)",
    21612: "the number cannot be reached from our sender",
    21614: "the number is not a mobile number",
    21617: "the message is too long",
    21635: "the number is a landline",
    30004: "the message is blocked by the owner's telephone or carrier",
    30005: "the number is not in service",
    30006: "the number is a landline, or its carrier cannot be reached",
    30007: "the message was filtered by the carrier",
    30008: "the carrier gives no reason",
    30036: "it could not be delivered within its validity",
}
"""Never again: refusals of one message or one recipient."""

CLOSED: dict[int, str] = {
    10001: "the account is not active",
    20003: "the credentials are wrong",
    20005: "the account is not active",
    20006: "access is denied",
    20008: "these are test credentials",
    20404: "there is no such account",
    21603: "no sender is configured",
    21606: "the sender is not a number of this account that can send",
    21609: "the address for delivery reports cannot be used (public.public_url)",
    21659: "the sender is not a number of this account",
    21660: "the sender is a number of another account",
    21661: "the sender cannot send SMS",
    21701: "the messaging service does not exist",
    21703: "the messaging service has no sender",
    21705: "the messaging service is not valid",
    30002: "the account is suspended",
    90010: "the account is not active",
}
"""Stop everything and alert: refusals of whatever we send. Lack of funds shows as an account that is not
active or suspended."""

LATER: dict[int, str] = {
    14107: "the rate limit is reached",
    20429: "too many requests",
    21611: "the sender's queue is full",
    21730: "the provider is under maintenance",
    30001: "the queue overflows",
    30003: "the telephone cannot be reached",
    63038: "the account's daily limit is reached",
}
"""Not taken, and may be later."""


def meaning(code: str) -> str:
    """What a code means, for people; empty for one that is not known."""
    number = int(code) if code.isascii() and code.isdigit() else 0
    return next((table[number] for table in (REFUSED, CLOSED, LATER) if number in table), "")
