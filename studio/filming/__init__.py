"""From a scene to its clip: rendering with Blender, the cache, the truth."""
