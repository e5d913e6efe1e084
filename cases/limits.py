"""What of a policy is no step: how quick departments must be, and how many cases are a storm."""

from pydantic import Field

from cases.clocks import Clock
from models.toml import FrozenModel

MOST_S = 366 * 86_400.0


class Deadlines(FrozenModel):
    """How quick a department has to be, in seconds; 0 sets no deadline. From practice: 30 s, 3 min, 3 min.

    Attributes:
        order_s: from the opening until somebody is told to go: the case is assessed.
        accept_s: from the assessment until the department accepts.
        first_responder_s: from the assessment until somebody is on scene.
        feedback_s: from being on scene until the first word about it.
        close_s: from the opening until the case is over.
        clock: which time counts.
    """

    order_s: float = Field(default=30.0, ge=0, le=MOST_S)
    accept_s: float = Field(default=0.0, ge=0, le=MOST_S)
    first_responder_s: float = Field(default=180.0, ge=0, le=MOST_S)
    feedback_s: float = Field(default=180.0, ge=0, le=MOST_S)
    close_s: float = Field(default=0.0, ge=0, le=MOST_S)
    clock: Clock = Clock.WALL


class Storm(FrozenModel):
    """From how many openings on a camera's cases are one storm.

    Attributes:
        most: cases that one camera or sensor may open within `within_s`; what follows is gathered in one
            case of the matter `camera-storm`. More vehicles than a camera's view holds. 0 sets no limit.
        within_s: seconds, by the camera's clock.
    """

    most: int = Field(default=30, ge=0, le=100_000)
    within_s: float = Field(default=60.0, gt=0, le=86_400)
