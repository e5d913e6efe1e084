"""What the provider calls back about: how far a message has come, and what somebody answered.

| it is | answer |
|---|---|
| signed with our secret, understood | 204 (status) or an empty TwiML document (inbound) |
| the same again | the same: it changes nothing |
| about a message of nobody's | the same, and counted: 404 would make the provider tell its owner of errors |
| signed, and makes no sense | 400: nothing is kept of it |
| not signed, or by somebody else | 403, and charged to its address, which after some of them gets 429 |
| no secret or no public address is configured | 404 |

Numbers live here as long as it takes to make a token of one.
"""

import asyncio
from collections import Counter
from collections.abc import Callable
from datetime import datetime
from urllib.parse import parse_qsl

import structlog
from starlette.requests import Request
from starlette.responses import Response

from cases.notices.book import NoticeBook
from cases.notices.optouts import MESSAGE, OptOuts
from models.errors import TransportDown
from notifier.ledger_desk import LedgerDesk
from notifier.numbers import parse_phone
from notifier.public import metrics
from notifier.public.gate import plain
from notifier.public.limits import Limiter
from notifier.public.replies import Reply, reply_of
from notifier.public.signature import HEADER, Fields, TwilioSignature
from notifier.senders.callbacks import NOTICE, delivery_of

MOST_FIELDS = 100
LONGEST_ID = 64
"""As the ledger keeps it."""
WRONG_COSTS = 10.0
NOTHING_TO_SAY = '<?xml version="1.0" encoding="UTF-8"?><Response></Response>'
ANYWHERE = "ZZ"
"""No region: the provider writes numbers with their country code."""

_log = structlog.get_logger("clearway.public")


class ProviderCalls:
    """Answers the provider's callbacks.

    Args:
        signature: None where no secret or no public address is configured.
        book: takes reports of deliveries.
        ledger: calls the book, which blocks. Reports come in crowds, and each is one wait for the disk alone.
        opt_outs: who wants no messages.
        token_key: of the tokens that stand for numbers.
        clients: whom wrong signatures are charged to.
        clock: aware wall-clock time.
    """

    def __init__(
        self,
        signature: TwilioSignature | None,
        *,
        book: NoticeBook,
        ledger: LedgerDesk,
        opt_outs: OptOuts,
        token_key: bytes,
        clients: Limiter,
        clock: Callable[[], datetime],
    ) -> None:
        self._signature = signature
        self._book = book
        self._ledger = ledger
        self._opt_outs = opt_outs
        self._token_key = token_key
        self._clients = clients
        self._clock = clock
        self.counted: Counter[str] = Counter()

    def close(self) -> None:
        """Write what was taken already; blocks for as long as that takes."""
        self._ledger.close()

    async def status(self, request: Request) -> Response:
        """How far a message has come."""
        fields, refusal = await self._genuine(request, "status")
        if refusal is not None:
            return refusal
        said = dict(fields)
        sid = said.get("MessageSid") or said.get("SmsSid") or ""
        state = delivery_of(said.get("MessageStatus") or said.get("SmsStatus") or "")
        if not 0 < len(sid) <= LONGEST_ID or state is None:
            return self._note("status", "senseless", 400)
        notice = request.query_params.get(NOTICE, "")[:LONGEST_ID]
        code = said.get("ErrorCode", "")
        try:
            known = await self._ledger(self._book.delivered, sid, state, code, self._clock(), notice=notice)
        except TransportDown:
            return self._note("status", "ledger down", 503)
        return self._note("status", "known" if known else "unknown message", 204)

    async def inbound(self, request: Request) -> Response:
        """What somebody answered. Only STOP and START mean something; no word of it is kept."""
        fields, refusal = await self._genuine(request, "inbound")
        if refusal is not None:
            return refusal
        said = dict(fields)
        try:
            phone, _ = parse_phone(said.get("From", ""), ANYWHERE)
        except ValueError:
            return self._note("inbound", "senseless", 400)
        reply, token = reply_of(said), phone.token(self._token_key)
        try:
            if reply is Reply.STOP:
                await asyncio.to_thread(self._opt_outs.set, token, self._clock(), MESSAGE)
            elif reply is Reply.START:
                await asyncio.to_thread(self._opt_outs.clear, token, self._clock(), MESSAGE)
        except TransportDown:
            return self._note("inbound", "ledger down", 503)
        self._note("inbound", reply.value, 200)
        return Response(NOTHING_TO_SAY, media_type="text/xml")

    async def _genuine(self, request: Request, kind: str) -> tuple[Fields, Response | None]:
        """The fields of a request that is the provider's, or the answer to one that is not."""
        client: str = request.state.client
        if self._signature is None:
            return (), self._note(kind, "not configured", 404)
        if self._clients.is_empty(client):
            return (), self._note(kind, "too many", 429)
        try:
            fields = parse_qsl(
                (await request.body()).decode(), keep_blank_values=True, max_num_fields=MOST_FIELDS
            )
        except ValueError:  # not UTF-8, or too many fields
            fields = []
        signature = request.headers.get(HEADER, "")
        genuine = self._signature.is_genuine(request.url.path, request.url.query, fields, signature)
        if not genuine:
            self._clients.charge(client, WRONG_COSTS)
            return (), self._note(kind, "wrong signature", 403)
        return fields, None

    def _note(self, kind: str, outcome: str, status: int) -> Response:
        metrics.CALLBACKS.labels(kind, outcome).inc()
        self.counted[f"{kind}: {outcome}"] += 1
        write = _log.warning if status in {400, 403, 503} else _log.debug
        write("provider_callback", kind=kind, outcome=outcome)
        return plain(status)
