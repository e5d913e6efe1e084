"""The live wall on the page: one picture a camera with its look drawn over it."""

from markupsafe import Markup
from nicegui import ui

from console.cards import Html
from console.desk import Snapshot
from console.overlay import overlay, plates_by_zone
from console.render import Renderer
from console.wall import LiveCamera


class LiveWall:
    """All cameras that have shown anything."""

    def __init__(self, renderer: Renderer) -> None:
        self._renderer = renderer
        self._frames: dict[str, _Frame] = {}
        self._empty = Html("cw-empty", renderer.html("empty", text=renderer.words.no_cameras))
        self._box = ui.element("div").classes("cw-wall")

    def show(self, snapshot: Snapshot) -> None:
        """Show the cameras of a reading."""
        for source in [source for source in self._frames if source not in snapshot.cameras]:
            self._frames.pop(source).card.delete()
        for source, camera in snapshot.cameras.items():
            if source not in self._frames:
                with self._box:
                    self._frames[source] = _Frame(camera)
            line = self._renderer.html("camera", snapshot.at, camera=camera)
            self._frames[source].show(camera, line, self._drawing(camera, snapshot))
        self._empty.element.set_visibility(not snapshot.cameras)

    def _drawing(self, camera: LiveCamera, snapshot: Snapshot) -> Markup:
        if camera.trail is None:
            return Markup("")
        here = [case for case in snapshot.cases if case.is_open and case.source == camera.source]
        plates = plates_by_zone((case.zone, case.plate_record) for case in here)
        words = self._renderer.words
        return overlay(camera.trail, camera.size_wh, words.name, words.assumed, plates)


class _Frame:
    """One camera. The picture is swapped by its address, once the browser has loaded the next one."""

    def __init__(self, camera: LiveCamera) -> None:
        self.card = ui.element("div").classes("cw-camera").props(f"data-source={camera.source}")
        with self.card:
            self._image = ui.interactive_image(camera.url, size=camera.size_wh, events=[])
            self._line = Html("cw-camera-foot")

    def show(self, camera: LiveCamera, line: Markup, drawing: Markup) -> None:
        self._image.set_source(camera.url)
        self._image.set_content(str(drawing))
        self._line.show(line)
        self.card.classes(replace="cw-camera stale" if camera.is_stale else "cw-camera")
