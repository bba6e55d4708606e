"""Draw whole films of clothed children in a furnished room with cast shadows (needs requirements-training.txt and EGL).

Bodies are bent and lit on the graphics side: a film's meshes are uploaded once, a frame then costs twelve matrices for
each body. `render.Renderer` draws the single pictures that training tables are made from; this class draws films to
keep.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX
from ml_models.synthetic.meshes import Mesh
from ml_models.synthetic.posing import PARTS

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

NEAR_CM, FAR_CM = 10.0, 2500.0
#: Half side of the square around the child in which shadows are cast, cm, and its pixels.
SHADOW_REACH_CM, SHADOW_PX = 150.0, 1024
_SHADERS = Path(__file__).parent / "shaders"


@dataclass(frozen=True)
class Figure:
    """One dressed body in its rest pose. `vertices`, `normals`, `colours`: (v, 3); `weights`: (v, 12) of the parts;
    `striped`: (v,) 1 where cloth may be striped; `faces`: (f, 3)."""

    vertices: FloatArray
    normals: FloatArray
    colours: FloatArray
    striped: FloatArray
    weights: FloatArray
    faces: NDArray[np.int64]


@dataclass(frozen=True)
class Room:
    """A floor and a wall, light and a phone's sensor. Planes: outward normal (towards the camera's side) and offset
    along it in cm. `light`: unit vector from the light into the room. `stripes`: 0-1, of cloth. `tint`: RGB gains."""

    floor_plane: tuple[float, float, float, float]
    wall_plane: tuple[float, float, float, float]
    floor: FloatArray
    wall: FloatArray
    tile_cm: float
    light: FloatArray
    ambient: float
    stripes: float
    tint: FloatArray
    grain_seed: float


class FilmRenderer:
    """Off-screen pictures of WIDTH_PX x HEIGHT_PX; one film at a time."""

    def __init__(self) -> None:
        import moderngl  # absent where nobody trains

        self._gl = moderngl
        self.size = (WIDTH_PX, HEIGHT_PX)
        context = self._context = moderngl.create_standalone_context(backend="egl")
        self._many = context.framebuffer(
            [context.renderbuffer(self.size, 3, samples=4)], context.depth_renderbuffer(self.size, samples=4)
        )
        self._one = context.framebuffer([context.renderbuffer(self.size, 3)])
        self._shadow_map = context.depth_texture((SHADOW_PX, SHADOW_PX))
        self._shadow_map.compare_func = "<="
        self._shadow_map.repeat_x = self._shadow_map.repeat_y = False
        self._shadows = context.framebuffer(depth_attachment=self._shadow_map)
        text = {path.name: path.read_text(encoding="utf-8") for path in sorted(_SHADERS.glob("*.glsl"))}
        lit = text["lighting.glsl"]
        self._body = context.program(vertex_shader=text["body_vertex.glsl"], fragment_shader=lit + text["body.glsl"])
        self._caster = context.program(vertex_shader=text["body_vertex.glsl"], fragment_shader=text["caster.glsl"])
        self._back = context.program(vertex_shader=text["room_vertex.glsl"], fragment_shader=lit + text["room.glsl"])
        corners = np.array([-1, -1, 1, -1, -1, 1, 1, 1], dtype="f4")
        self._quad = context.vertex_array(self._back, [(context.buffer(corners), "2f", "corner")])
        self._arrays: list[tuple[Any, Any]] = []
        self._buffers: list[Any] = []
        self._room: Room | None = None

    def begin(self, figures: Sequence[Figure], props: Mesh, room: Room) -> None:
        """Load the bodies, things and room of the next film."""
        for item in [array for pair in self._arrays for array in pair] + self._buffers:
            item.release()
        self._arrays, self._buffers = [], []
        for figure in [*figures, _as_figure(props)]:
            if len(figure.faces):
                self._upload(figure)
        self._room = room

    def draw(self, parts: Sequence[FloatArray], rotation: FloatArray, position: FloatArray, focal_px: float) -> Image:
        """Return the RGB picture, uint8 (height, width, 3). `parts`: one (12, 4, 4) for each figure of `begin`.

        Raises RuntimeError before the first `begin`.
        """
        if self._room is None:
            raise RuntimeError("begin a film before drawing")
        still = np.tile(np.eye(4), (len(PARTS), 1, 1))
        turns = [*parts, still][: len(self._arrays)] if len(self._arrays) > len(parts) else list(parts)
        context, gl, room = self._context, self._gl, self._room
        to_light = _light_view(room.light)
        context.enable(gl.DEPTH_TEST)
        self._shadows.use()
        self._shadows.clear(depth=1.0)
        for (_, caster), part in zip(self._arrays, turns, strict=True):
            self._set(self._caster, parts=part, view=to_light)
            caster.render(gl.TRIANGLES)
        self._many.use()
        self._many.clear(depth=1.0)
        self._shadow_map.use(0)
        view = _camera_view(rotation, position, focal_px)
        shared = {"to_light": to_light, "light": room.light, "ambient": room.ambient, "tint": room.tint, "shadows": 0}
        context.disable(gl.DEPTH_TEST)
        lens = (2 * focal_px / WIDTH_PX, 2 * focal_px / HEIGHT_PX)
        self._set(
            self._back, lens=lens, to_room=rotation, eye=position, floor_plane=room.floor_plane,
            wall_plane=room.wall_plane, floor_colour=room.floor, wall_colour=room.wall, tile=room.tile_cm,
            seed=room.grain_seed, **shared,
        )  # fmt: skip
        self._quad.render(gl.TRIANGLE_STRIP)
        context.enable(gl.DEPTH_TEST)
        for (body, _), part in zip(self._arrays, turns, strict=True):
            self._set(self._body, parts=part, view=view, eye=position, stripes=room.stripes, **shared)
            body.render(gl.TRIANGLES)
        context.copy_framebuffer(self._one, self._many)
        raw = np.frombuffer(self._one.read(components=3), dtype=np.uint8)
        return raw.reshape(HEIGHT_PX, WIDTH_PX, 3)[::-1]

    def _upload(self, figure: Figure) -> None:
        data = np.concatenate(
            [figure.vertices, figure.normals, figure.colours, figure.vertices[:, 2:3], figure.striped[:, None],
             figure.weights], axis=1,
        ).astype("f4")  # fmt: skip
        buffer = self._context.buffer(data.tobytes())
        index = self._context.buffer(figure.faces.astype("i4").tobytes())
        names = ("position", "normal", "colour", "pattern", "weights_a", "weights_b", "weights_c")
        body = self._context.vertex_array(self._body, [(buffer, "3f 3f 3f 2f 4f 4f 4f", *names)], index)
        caster = self._context.vertex_array(self._caster, [(buffer, "3f 32x 4f 4f 4f", "position", *names[4:])], index)
        self._arrays.append((body, caster))
        self._buffers += [buffer, index]

    @staticmethod
    def _set(program: Any, **values: Any) -> None:
        for name, value in values.items():
            if name in program:
                array = np.asarray(value, dtype="f4")
                if name == "shadows":
                    program[name].value = value
                elif array.ndim >= 2:
                    program[name].write(np.swapaxes(array, -1, -2).tobytes())  # GLSL counts by columns
                else:
                    program[name].value = tuple(array.tolist()) if array.ndim else float(array)


class Sensor:
    """What a phone's camera does to a clean picture: gain, blur and noise. Compression is the film writer's."""

    def __init__(self, *, gain: float, blur_px: float, noise: float, rng: np.random.Generator) -> None:
        self._gain, self._blur_px = gain, blur_px
        # One field of noise, shown at a new offset in every frame: drawing fresh noise costs more than the picture.
        self._field = (noise * rng.standard_normal((HEIGHT_PX + 256, WIDTH_PX + 256, 3))).round().astype(np.int16)

    def expose(self, image: Image, rng: np.random.Generator) -> Image:
        """The picture as the phone gives it, same shape."""
        if self._blur_px > 0.3:
            image = cv2.GaussianBlur(image, (0, 0), self._blur_px).astype(np.uint8)
        if self._gain != 1.0:
            image = cv2.convertScaleAbs(image, alpha=self._gain).astype(np.uint8)
        top, left = rng.integers(0, 256, 2)
        noisy = cv2.add(image.astype(np.int16), self._field[top : top + HEIGHT_PX, left : left + WIDTH_PX])
        return np.asarray(np.clip(noisy, 0, 255), dtype=np.uint8)


def _as_figure(mesh: Mesh) -> Figure:
    """A mesh of things, all of it on the first part, which never moves."""
    weights = np.zeros((len(mesh.vertices), len(PARTS)))
    weights[:, 0] = 1.0
    return Figure(mesh.vertices, mesh.normals, mesh.colours, np.zeros(len(mesh.vertices)), weights, mesh.faces)


def _camera_view(rotation: FloatArray, position: FloatArray, focal_px: float) -> FloatArray:
    """Clip-space matrix (4, 4) of a camera with axes right, down, forward in the rows of `rotation`."""
    to_camera = np.eye(4)
    to_camera[:3, :3], to_camera[:3, 3] = rotation, -rotation @ position
    lens = np.zeros((4, 4))
    lens[0, 0], lens[1, 1] = 2 * focal_px / WIDTH_PX, -2 * focal_px / HEIGHT_PX
    lens[2, 2] = (FAR_CM + NEAR_CM) / (FAR_CM - NEAR_CM)
    lens[2, 3], lens[3, 2] = -2 * FAR_CM * NEAR_CM / (FAR_CM - NEAR_CM), 1.0
    return np.asarray(lens @ to_camera)


def _light_view(light: FloatArray) -> FloatArray:
    """Clip-space matrix (4, 4) of parallel light around the room's origin."""
    side = np.cross(light, [0.0, 0.0, 1.0] if abs(light[2]) < 0.9 else [0.0, 1.0, 0.0])
    side /= np.linalg.norm(side)
    matrix = np.eye(4)
    matrix[:3, :3] = np.stack([side, np.cross(light, side), light]) / SHADOW_REACH_CM
    matrix[2, :3] /= 3.0  # deeper than wide: walls and tall things lie far along the light
    return matrix
