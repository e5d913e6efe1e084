"""Where a provider calls back, and what its words for a message's fate mean. Pure.

The address of a status callback names the notice. The provider signs the whole address, so the name can be
trusted, and a report can be placed even when it is faster than the answer to our own request.
"""

from urllib.parse import urlencode

from cases.notices.delivery import Delivery

STATUS_PATH = "/callbacks/twilio/status"
"""Below the public URL: the provider tells how far a message has come."""
INBOUND_PATH = "/callbacks/twilio/inbound"
"""Below the public URL: the provider hands over what somebody answered, STOP and START among it."""
NOTICE = "notice"
"""The query parameter of a status callback that names the notice."""

OPTED_OUT = "21610"
"""The provider's code for a recipient who answered STOP (twilio.com/docs/api/errors/21610)."""

_DELIVERIES = {
    "accepted": Delivery.QUEUED,
    "scheduled": Delivery.QUEUED,
    "queued": Delivery.QUEUED,
    "sending": Delivery.QUEUED,
    "sent": Delivery.SENT,
    "partially_delivered": Delivery.SENT,
    "delivered": Delivery.DELIVERED,
    "read": Delivery.DELIVERED,
    "undelivered": Delivery.UNDELIVERED,
    "failed": Delivery.FAILED,
    "canceled": Delivery.FAILED,
}
"""`message_enum_status` of the provider's OpenAPI document, but for what it says of messages to us."""


def status_url(public_url: str, notice: str) -> str:
    """Where the provider reports on a notice; empty when nobody can reach us from outside.

    Args:
        public_url: of the public page, without a slash at its end; empty without one.
        notice: the notice's id.
    """
    return f"{public_url}{STATUS_PATH}?{urlencode({NOTICE: notice})}" if public_url else ""


def delivery_of(status: str) -> Delivery | None:
    """What the provider's word means; None for a word that says nothing of a message of ours."""
    return _DELIVERIES.get(status)
