"""The studio: streets of our own, filmed without a camera, with the truth known to the frame.

For development only; it is not in the wheel. `python -m studio --help` lists what it does, and
`docs/studio.md` says how to add a street, an actor or a scene.

Planning (`scene`, `paths`, `poses`, `lens`, `truth`), modelling (`solids`, `vehicles`, `people`, …) and
composing (`compose`, `sensor`) know nothing of Blender. Only `blender` and `stage` import it.
"""
