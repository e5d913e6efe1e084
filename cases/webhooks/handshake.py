"""Asking a receiver for permission, as CloudEvents' "HTTP 1.1 Web Hooks for Event Delivery" has it.

```
OPTIONS /events                            200 OK
WebHook-Request-Origin: clearway.city  ->  WebHook-Allowed-Origin: clearway.city
                                           WebHook-Allowed-Rate: 120
```
"""

from dataclasses import dataclass

from cases.webhooks.post import Reply
from cases.webhooks.rules import Answer, Verdict, explained, judge

REQUEST_ORIGIN = "WebHook-Request-Origin"
ALLOWED_ORIGIN, ALLOWED_RATE = "webhook-allowed-origin", "webhook-allowed-rate"
ANYBODY = "*"
LONGEST_NUMBER = 9


@dataclass(frozen=True, slots=True)
class Permission:
    """A receiver lets us.

    Attributes:
        a_minute: at most so many requests; None for as many as we like.
    """

    a_minute: int | None


def read(reply: Reply, origin: str) -> Permission | Answer:
    """What a receiver said to our asking: the permission, or the answer that counts as a failure."""
    if judge(reply.answer) is not Verdict.TAKEN:
        return Answer(
            status=reply.answer.status,
            why=f"asking for permission: {reply.answer.why or explained(reply.answer)}",
            retry_after_s=reply.answer.retry_after_s,
        )
    allowed = reply.headers.get(ALLOWED_ORIGIN, "").strip()
    if allowed.lower() not in {origin.lower(), ANYBODY}:
        said = f"allows {allowed!r}" if allowed else "sent no WebHook-Allowed-Origin"
        return Answer(status=None, why=f"asking for permission as {origin!r}: the receiver {said}")
    rate = reply.headers.get(ALLOWED_RATE, "").strip()
    if rate.isascii() and rate.isdigit() and len(rate) <= LONGEST_NUMBER and int(rate) > 0:
        return Permission(int(rate))
    # Without a rate we may send as we like; one that cannot be read is none.
    return Permission(None)
