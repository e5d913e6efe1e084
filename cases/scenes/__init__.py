"""Scene packs: what one kind of incident needs, as one folder of data. Developed once, used everywhere.

```
cases/scenes/fire-lane/
    scene.toml              matter, names, the rule of a zone drawn for it, or the sensor that reports it
    policy.toml             the ladder (`cases.policy`), named like the folder
    texts/zh-CN/notice.j2   what owners read, by language and step (`notifier.messages`); may be missing
    checklist.toml          what the officer looks at on site; may be missing
```

A city puts its own folders beside each other and names their parent in the setting `cases.scenes`: no code.
A pack of its own wins over the one of the same name that ships.
"""

from cases.scenes.loading import builtin_scenes, city_scenes, message_texts, read_scene, read_scenes
from cases.scenes.records import CheckItem, Pack, Scene, ZoneRule

__all__ = [
    "CheckItem",
    "Pack",
    "Scene",
    "ZoneRule",
    "builtin_scenes",
    "city_scenes",
    "message_texts",
    "read_scene",
    "read_scenes",
]
