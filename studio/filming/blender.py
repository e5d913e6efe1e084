"""Parts and finishes become Blender's objects and shaders. With `stage` the only file that imports it."""

import contextlib
import math
import time
from typing import Any

import bmesh
import bpy
import numpy as np

from studio.matter.finishes import Finish
from studio.matter.looks import Rgb
from studio.matter.solids import Model, Part

Shaders = dict[str, Any]
"""Materials by the finish's name; kept by the caller, since they outlive the models that wear them."""

_SMOOTH_BELOW = math.radians(35)
_READING_TRIES, _READING_PAUSE_S = 100, 0.1


def build(model: Model, finishes: dict[str, Finish], shaders: Shaders, *, index: int) -> list[Any]:
    """Put a model into the current scene.

    Args:
        model: what to build.
        finishes: every finish it wears.
        shaders: those already made; new ones are added.
        index: the number its pixels carry in the object-index pass.

    Returns:
        The new objects.
    """
    objects = []
    for part in model:
        for name in (*part.finishes, *(worn for hole in part.holes for worn in hole.finishes)):
            if name not in shaders:
                shaders[name] = _shader(name, finishes[name])
        made = _object(part, shaders)
        made.pass_index = index
        objects.append(made)
    return objects


def keep_apart(objects: list[Any]) -> None:
    """Give each object a twin far below, out of the camera's sight, so that its mesh has two users.

    The renderer lays meshes with one user into one tree with all others, and builds that tree anew whenever
    anything moves: 0.3 CPU seconds a sprite in a street of 250,000 faces. A shared mesh keeps its own tree.
    """
    for made in objects:
        twin = made.copy()
        bpy.context.scene.collection.objects.link(twin)
        twin.location = (0, 0, -5000)
        twin.visible_camera = False


def remove(objects: list[Any]) -> None:
    """Take objects and their meshes out again."""
    for made in objects:
        mesh = made.data
        bpy.data.objects.remove(made)
        bpy.data.meshes.remove(mesh)


def _object(part: Part, shaders: Shaders) -> Any:  # noqa: ANN401 - Blender has no types
    made = bpy.data.objects.new("part", _mesh(part, shaders))
    bpy.context.scene.collection.objects.link(made)
    if part.subdivisions:
        rounding = made.modifiers.new("round", "SUBSURF")
        rounding.levels = rounding.render_levels = part.subdivisions
    if part.bevel_m:
        rounding = made.modifiers.new("bevel", "BEVEL")
        rounding.width, rounding.segments, rounding.limit_method = part.bevel_m, 2, "ANGLE"
    if part.holes:
        _cut(made, part, shaders)
    return made


def _mesh(part: Part, shaders: Shaders) -> Any:  # noqa: ANN401 - Blender has no types
    mesh = bpy.data.meshes.new("part")
    mesh.from_pydata(part.points.tolist(), [], part.faces)
    for name in part.finishes:
        mesh.materials.append(shaders[name])
    if part.finish_of:
        mesh.polygons.foreach_set("material_index", np.array(part.finish_of, np.int32))
    mesh.polygons.foreach_set("use_smooth", np.full(len(part.faces), part.smooth))
    if part.uvs is not None:
        mesh.uv_layers.new(name="uv").data.foreach_set("uv", part.uvs.astype(np.float32).ravel())
    if part.smooth or part.subdivisions:
        shape = bmesh.new()
        shape.from_mesh(mesh)
        bmesh.ops.recalc_face_normals(shape, faces=shape.faces)
        if part.creases:
            layer = shape.edges.layers.float.new("crease_edge")
            sharp = {frozenset(edge): value for edge, value in part.creases.items()}
            for edge in shape.edges:
                edge[layer] = sharp.get(frozenset(corner.index for corner in edge.verts), 0.0)
        shape.to_mesh(mesh)
        shape.free()
    mesh.update()
    return mesh


def _cut(made: Any, part: Part, shaders: Shaders) -> None:  # noqa: ANN401 - Blender has no types
    """Cut the holes and keep the result as the mesh: sprites are rendered many times, cut once."""
    cutters = [_object(hole, shaders) for hole in part.holes]
    for cutter in cutters:
        cut = made.modifiers.new("cut", "BOOLEAN")
        cut.object, cut.operation, cut.solver, cut.material_mode = cutter, "DIFFERENCE", "EXACT", "TRANSFER"
    graph = bpy.context.evaluated_depsgraph_get()
    graph.update()
    solid = bpy.data.meshes.new_from_object(made.evaluated_get(graph))
    made.modifiers.clear()
    made.data = solid
    remove(cutters)
    with bpy.context.temp_override(
        object=made, active_object=made, selected_editable_objects=[made], selected_objects=[made]
    ):
        _smoothed()


def _smoothed() -> None:
    """Shade what is selected smooth between its edges.

    Blender reads the nodes for it from its own files in the background, and cancels or fails until it has.
    """
    for _ in range(_READING_TRIES):
        with contextlib.suppress(RuntimeError):
            if "FINISHED" in bpy.ops.object.shade_auto_smooth(angle=_SMOOTH_BELOW):
                return
        time.sleep(_READING_PAUSE_S)
    bpy.ops.object.shade_auto_smooth(angle=_SMOOTH_BELOW)  # say why


def _shader(name: str, finish: Finish) -> Any:  # noqa: ANN401 - Blender has no types
    material = bpy.data.materials.new(name)
    material.use_nodes = True
    nodes, links = material.node_tree.nodes, material.node_tree.links
    surface = nodes["Principled BSDF"].inputs
    surface["Base Color"].default_value = (*finish.colour, 1)
    surface["Roughness"].default_value = finish.rough
    surface["Metallic"].default_value = finish.metal
    surface["Coat Weight"].default_value = finish.coat
    surface["Coat Roughness"].default_value = 0.03
    if finish.glow:
        surface["Emission Color"].default_value = (*finish.colour, 1)
        surface["Emission Strength"].default_value = finish.glow
    if finish.picture is not None:
        worn = nodes.new("ShaderNodeTexImage")
        worn.image = _image(name, finish)
        links.new(worn.outputs["Color"], surface["Base Color"])
        if finish.glow:
            links.new(worn.outputs["Color"], surface["Emission Color"])
        surface["Specular IOR Level"].default_value = 0.3
    if finish.pattern != "plain" or finish.bump:
        _pattern(nodes, links, surface, finish)
    if finish.wet:
        _wet(nodes, links, surface, finish)
    return material


def _wet(nodes: Any, links: Any, surface: Any, finish: Finish) -> None:  # noqa: ANN401
    """A film of water: the ground below is darker, as it loses light inside the film; puddles mirror."""
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value, noise.inputs["Detail"].default_value = 0.35, 3
    links.new(nodes.new("ShaderNodeTexCoord").outputs["Object"], noise.inputs["Vector"])
    puddle = nodes.new("ShaderNodeMapRange")
    for key, value in (("From Min", 0.44), ("From Max", 0.60), ("To Min", 0.30), ("To Max", 0.04)):
        puddle.inputs[key].default_value = value
    links.new(noise.outputs["Fac"], puddle.inputs["Value"])
    links.new(puddle.outputs["Result"], surface["Roughness"])
    darker = nodes.new("ShaderNodeMixRGB")
    darker.blend_type = "MULTIPLY"
    darker.inputs["Fac"].default_value = finish.wet
    darker.inputs["Color2"].default_value = (0.42, 0.42, 0.44, 1)
    before = surface["Base Color"]
    if before.is_linked:
        links.new(before.links[0].from_socket, darker.inputs["Color1"])
    else:
        darker.inputs["Color1"].default_value = before.default_value
    links.new(darker.outputs["Color"], before)
    surface["Specular IOR Level"].default_value = 0.5
    surface["IOR"].default_value = 1.45
    for bump in (node for node in nodes if node.bl_idname == "ShaderNodeBump"):
        bump.inputs["Strength"].default_value *= 0.3


def _pattern(nodes: Any, links: Any, surface: Any, finish: Finish) -> None:  # noqa: ANN401
    place = nodes.new("ShaderNodeTexCoord").outputs["Object"]
    noise = nodes.new("ShaderNodeTexNoise")
    noise.inputs["Scale"].default_value = finish.scale
    noise.inputs["Detail"].default_value = 6
    links.new(place, noise.inputs["Vector"])
    if finish.pattern == "noise":
        ramp = nodes.new("ShaderNodeValToRGB")
        for stop, colour, at in zip(
            ramp.color_ramp.elements, (finish.colour, finish.other), (0.35, 0.65), strict=True
        ):
            stop.color, stop.position = (*colour, 1), at
        links.new(noise.outputs["Fac"], ramp.inputs["Fac"])
        links.new(ramp.outputs["Color"], surface["Base Color"])
    elif finish.pattern in {"brick", "tile"}:
        bricks = nodes.new("ShaderNodeTexBrick")
        bricks.inputs["Scale"].default_value = finish.scale
        bricks.inputs["Mortar Size"].default_value = 0.012
        dark: Rgb = (0.6 * finish.other[0], 0.6 * finish.other[1], 0.6 * finish.other[2])
        for key, colour in (("Color1", finish.colour), ("Color2", finish.other), ("Mortar", dark)):
            bricks.inputs[key].default_value = (*colour, 1)
        turn = nodes.new("ShaderNodeMapping")
        turn.inputs["Rotation"].default_value = (math.pi / 2 if finish.pattern == "tile" else 0, 0, 0)
        links.new(place, turn.inputs[0])
        links.new(turn.outputs[0], bricks.inputs["Vector"])
        links.new(bricks.outputs["Color"], surface["Base Color"])
    if finish.bump:
        bump = nodes.new("ShaderNodeBump")
        bump.inputs["Strength"].default_value = finish.bump
        bump.inputs["Distance"].default_value = 0.02
        links.new(noise.outputs["Fac"], bump.inputs["Height"])
        links.new(bump.outputs["Normal"], surface["Normal"])


def _image(name: str, finish: Finish) -> Any:  # noqa: ANN401 - Blender has no types
    pixels = finish.picture
    if pixels is None:
        raise ValueError(f"finish {name!r} wears no picture")
    height, width = pixels.shape[:2]
    image = bpy.data.images.new(name, width, height)
    opaque = np.ones((height, width, 4), np.float32)
    opaque[..., :3] = pixels[::-1].astype(np.float32) / 255  # Blender counts rows from below
    image.pixels.foreach_set(opaque.ravel())
    image.pack()
    return image
