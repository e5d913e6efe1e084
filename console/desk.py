"""Everything the console reads, and one picture of it all at a moment."""

from dataclasses import dataclass, field, replace
from datetime import UTC, datetime, timedelta

import msgspec
import structlog

from cases.answers.doubts import DoubtReading
from cases.database import Database
from cases.evidence.blobs import BlobStore
from cases.evidence.blurring import blurred
from cases.evidence.packing import Packed, pack_case
from cases.live import LiveBoard
from cases.reading import Reading, Totals
from cases.search import Filters, Search
from cases.settings import DoubtRule
from cases.states import OPEN_STATES
from cases.statistics.tree import AreaNow, areas_now
from cases.trail.finding import AuditSearch
from console import wall
from console.health import Health, health
from console.phone import PhoneScreen
from console.settings import ConsoleSettings
from console.views import CaseFile, CaseLine, DeadLetterLine, NoticeLine
from console.wall import LiveCamera
from models.errors import ClearwayError
from models.records import Picture

OPEN_SHOWN = 100
NEWEST_SHOWN = 60
NOTICES_SHOWN = 60
DEAD_LETTERS_SHOWN = 30
COUNT_EVERY = timedelta(seconds=3)
"""Counting whole tables grows with the ledger; lists do not. So counts are a little older."""

_log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """All that a page shows, as of one moment.

    Attributes:
        at: wall clock of the reading.
        problem: why the ledger could not be read; what it said before is kept.
        read_at: when it last could be.
    """

    at: datetime
    problem: str = ""
    read_at: datetime | None = None
    cameras: dict[str, LiveCamera] = field(default_factory=dict)
    cases: tuple[CaseLine, ...] = ()
    notices: tuple[NoticeLine, ...] = ()
    health: Health = field(default_factory=Health)
    totals: Totals | None = None
    counted_at: datetime | None = None
    dead_letters: tuple[DeadLetterLine, ...] = ()
    phone: PhoneScreen | None = None


class Desk:
    """The reads of the console. Every method blocks: call it in a thread.

    Args:
        database: of the ledger; it is only read.
        live: the last pictures of the cameras.
        blobs: the evidence.
        settings: of the console.
        doubts: from when on the notices of a zone are doubted.
    """

    def __init__(
        self,
        database: Database,
        live: LiveBoard,
        blobs: BlobStore,
        settings: ConsoleSettings,
        doubts: DoubtRule | None = None,
    ) -> None:
        self.live = live
        self.blobs = blobs
        self.settings = settings
        self.reading = Reading(database)
        self.search = Search(database)
        self.doubts = DoubtReading(database, doubts)
        self.audit = AuditSearch(database)
        self._database = database
        self._is_current = False
        self._present: set[str] = set()

    def take(self, before: Snapshot | None = None) -> Snapshot:
        """Read everything. A ledger that cannot be read leaves what was known and says why."""
        now = datetime.now(UTC)
        before = before or Snapshot(at=now)
        cameras = wall.look_at(self.live, before.cameras, now)
        try:
            self.require_ledger()
            return self._read(replace(before, at=now, read_at=now, cameras=cameras, problem=""))
        except ClearwayError as exc:
            self._is_current = False
            if not before.problem:
                _log.warning("console.ledger_down", problem=str(exc))
            return replace(before, at=now, cameras=cameras, problem=str(exc))

    def require_ledger(self) -> None:
        """Make sure that the ledger is there and is of this program's version.

        Raises:
            ConfigurationError: it is of another version.
            TransportDown: it cannot be reached.
        """
        if not self._is_current:
            self._database.require_current()
            self._is_current = True

    def case_file(self, case_id: str) -> CaseFile | None:
        """Everything about one case."""
        row = self.reading.case(case_id)
        if row is None:
            return None
        return CaseFile.at(row, datetime.now(UTC), self.search.due({row["id"]}).get(row["id"], []))

    def packed(self, case_id: str) -> Packed | None:
        """A case's sealed evidence in one ZIP file; None if it has none."""
        return pack_case(self.reading, self.blobs, case_id)

    def shown(self, case_id: str, sha256: str) -> bytes | None:
        """A picture of a case as people outside it may see it; None if it is none of the case, or not here.

        Only by its case is it known what in a picture is private.
        """
        row = self.reading.case(case_id)
        pictures = [] if row is None else msgspec.convert(row["pictures"], list[Picture])
        picture = next((picture for picture in pictures if picture.sha256 == sha256), None)
        jpeg = None if picture is None else self.blobs.get(picture.sha256)
        if picture is None or jpeg is None or not self.settings.blur_outside_case:
            return jpeg
        return blurred(jpeg, picture.private_xyxy)

    def missing(self, file: CaseFile) -> frozenset[str]:
        """Pictures of a case that have not arrived: observations travel ahead of their evidence."""
        wanted = {picture.sha256 for picture in file.case.pictures}
        self._present.update(
            sha256 for sha256 in wanted - self._present if self.blobs.get(sha256) is not None
        )
        return frozenset(wanted - self._present)

    def cases(self, now: datetime) -> tuple[CaseLine, ...]:
        """All open cases first, then what was closed lately; each newest first."""
        waiting = self.search.page(Filters(states=OPEN_STATES), limit=OPEN_SHOWN).rows
        newest = self.search.page(Filters(), limit=NEWEST_SHOWN).rows
        rows = {row["id"]: row for row in [*waiting, *newest]}
        due = self.search.due({row["id"] for row in waiting})
        lines = [CaseLine.at(row, now, due.get(row["id"], ())) for row in rows.values()]
        return tuple(sorted(lines, key=lambda line: (not line.is_open, -line.number)))

    def dead_letters(self) -> tuple[DeadLetterLine, ...]:
        """The newest bytes that could not be used, without the bytes."""
        return tuple(map(DeadLetterLine.of, self.reading.dead_letters(limit=DEAD_LETTERS_SHOWN)))

    def areas(self, now: datetime) -> list[AreaNow]:
        """The tree of areas, with the lamps of what is open in each."""
        return areas_now(self._database, now, self.settings.language)

    def health(self) -> Health:
        """How the devices are, and which zones' notices are doubted."""
        doubts = self.doubts.now(datetime.now(UTC))
        return health(self.reading.devices(), self.reading.conditions(), doubts)

    def _read(self, snapshot: Snapshot) -> Snapshot:
        counted = self._count(snapshot)
        return replace(
            counted,
            cases=self.cases(snapshot.at),
            notices=tuple(map(NoticeLine.of, self.reading.notices(limit=NOTICES_SHOWN))),
            health=self.health(),
        )

    def _count(self, snapshot: Snapshot) -> Snapshot:
        if snapshot.counted_at is not None and snapshot.at - snapshot.counted_at < COUNT_EVERY:
            return snapshot
        totals = self.reading.totals()
        known = snapshot.totals.dead_letters if snapshot.totals is not None else 0
        letters = snapshot.dead_letters if totals.dead_letters == known else self.dead_letters()
        return replace(snapshot, totals=totals, counted_at=snapshot.at, dead_letters=letters)
