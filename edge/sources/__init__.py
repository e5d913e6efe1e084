"""Where frames come from: recordings, network cameras, local devices and folders, behind one seam.

```
seam         FrameSource, Stills, and how looks follow each other
address      what stands behind an address, and what of it may be shown
video        the source behind an address
├── recorded     a video file: every frame, by its own clock
├── stream       RTSP, video over HTTP, local devices: keyframes only, where they do
├── snapshot     a picture over HTTP, asked for once a look
└── folder       pictures that appear in a folder: time-lapse, cameras that upload
```
"""

from edge.sources.address import without_credentials
from edge.sources.seam import FrameSource, Pace, Patience, ScriptedSource, Stills, Stretch
from edge.sources.video import VideoSource

__all__ = [
    "FrameSource",
    "Pace",
    "Patience",
    "ScriptedSource",
    "Stills",
    "Stretch",
    "VideoSource",
    "without_credentials",
]
