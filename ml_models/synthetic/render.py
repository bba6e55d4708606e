"""Draw a clothed child of the body model before a plain background (needs requirements-training.txt and EGL).

Enough realism for a pose model to behave as it does on films, no more. The child is clothed, always: there is no way to
draw one that is not.
"""

from __future__ import annotations

import cv2
import numpy as np
from numpy.typing import NDArray

from ml_models.synthetic.films import HEIGHT_PX, WIDTH_PX
from ml_models.synthetic.looks import Look

FloatArray = NDArray[np.float64]
Image = NDArray[np.uint8]

NEAR_CM, FAR_CM = 10.0, 2000.0

_BODY_VERTEX = """#version 330
in vec3 position; in vec3 normal; in vec3 colour; in vec3 pattern;
uniform vec4 lens; uniform vec2 range; out vec3 n; out vec3 c; out vec3 p;
void main() {
  n = normal; c = colour; p = pattern;
  gl_Position = vec4(lens.x * position.x + lens.z * position.z, -(lens.y * position.y + lens.w * position.z),
    (position.z * (range.y + range.x) - 2.0 * range.x * range.y) / (range.y - range.x), position.z);
}"""
_BODY_FRAGMENT = """#version 330
in vec3 n; in vec3 c; in vec3 p; uniform vec3 light; uniform float ambient; uniform float stripes; out vec3 result;
void main() {
  vec3 m = normalize(n); if (m.z > 0.0) m = -m;
  float shade = ambient + (1.0 - ambient) * clamp(0.25 + 0.75 * dot(m, light), 0.0, 1.0);
  float line = p.y > 0.5 ? 1.0 - stripes * step(0.5, fract(p.x / 3.0)) : 1.0;
  result = c * shade * line;
}"""
_BACK_VERTEX = """#version 330
in vec2 corner; out vec2 at; void main() { at = corner; gl_Position = vec4(corner, 0.0, 1.0); }"""
_BACK_FRAGMENT = """#version 330
in vec2 at; uniform vec4 lens; uniform mat3 to_body; uniform vec3 eye; uniform vec2 planes; uniform vec3 floor_colour;
uniform vec3 wall_colour; uniform float tile; uniform float seed; uniform vec3 shadow; out vec3 result;
float hash(vec2 q) { return fract(sin(dot(q, vec2(12.9898, 78.233)) + seed) * 43758.5453); }
float noise(vec2 q) { vec2 i = floor(q), f = fract(q); f = f * f * (3.0 - 2.0 * f);
  return mix(mix(hash(i), hash(i + vec2(1, 0)), f.x), mix(hash(i + vec2(0, 1)), hash(i + vec2(1, 1)), f.x), f.y); }
void main() {
  vec3 ray = to_body * vec3((at.x - lens.z) / lens.x, (-at.y - lens.w) / lens.y, 1.0);
  float to_floor = (planes.x - eye.z) / ray.z, to_wall = (planes.y - eye.y) / ray.y;
  bool on_floor = to_floor > 0.0 && (to_wall < 0.0 || to_floor < to_wall);
  vec3 hit = eye + ray * (on_floor ? to_floor : to_wall);
  vec2 q = on_floor ? hit.xy : hit.xz;
  vec3 base = on_floor ? floor_colour : wall_colour;
  float grain = 0.8 + 0.25 * noise(q / 7.0) + 0.1 * noise(q / 1.3);
  vec2 cell = abs(fract(q / tile) - 0.5);
  if (max(cell.x, cell.y) > 0.485) grain *= 0.8;
  vec3 d = hit - vec3(0.0, 0.0, clamp(hit.z, shadow.x, shadow.y));
  result = base * grain * (1.0 - shadow.z * exp(-dot(d, d) / 250.0));
}"""


class Renderer:
    """One off-screen picture of WIDTH_PX x HEIGHT_PX times `scale`."""

    def __init__(self, scale: float = 0.6) -> None:
        import moderngl  # absent where nobody trains

        self.scale = scale
        self.size = (round(WIDTH_PX * scale), round(HEIGHT_PX * scale))
        self._gl = moderngl
        self._context = moderngl.create_standalone_context(backend="egl")
        self._many = self._context.framebuffer(
            [self._context.renderbuffer(self.size, 3, samples=4)],
            self._context.depth_renderbuffer(self.size, samples=4),
        )
        self._one = self._context.framebuffer([self._context.renderbuffer(self.size, 3)])
        self._body = self._context.program(vertex_shader=_BODY_VERTEX, fragment_shader=_BODY_FRAGMENT)
        self._back = self._context.program(vertex_shader=_BACK_VERTEX, fragment_shader=_BACK_FRAGMENT)
        corners = np.array([-1, -1, 1, -1, -1, 1, 1, 1], dtype="f4")
        self._quad = self._context.vertex_array(self._back, [(self._context.buffer(corners), "2f", "corner")])

    def draw(
        self,
        vertices: FloatArray,
        normals: FloatArray,
        faces: NDArray[np.int64],
        look: Look,
        rotation: FloatArray,
        position: FloatArray,
        focal_px: float,
        is_lying: bool,
        rng: np.random.Generator,
    ) -> Image:
        """Return the RGB picture, uint8 (height, width, 3), of body-frame `vertices` (v, 3), cloth included."""
        gl, context = self._gl, self._context
        lens = (2 * focal_px / WIDTH_PX, 2 * focal_px / HEIGHT_PX, 0.0, 0.0)
        low, high = vertices.min(axis=0), vertices.max(axis=0)
        floor_z, wall_y = (-1e5, high[1]) if is_lying else (low[2], high[1] + look.wall_behind_cm)
        self._many.use()
        self._many.clear(depth=1.0)
        context.disable(gl.DEPTH_TEST)
        for name, value in {
            "lens": lens, "to_body": tuple(rotation.ravel()), "eye": tuple(position), "planes": (floor_z, wall_y),
            "floor_colour": tuple(look.floor), "wall_colour": tuple(look.wall), "tile": look.tile_cm,
            "seed": float(look.tile_cm), "shadow": (low[2], high[2] if is_lying else low[2], 0.45),
        }.items():  # fmt: skip
            self._back[name].value = value
        self._quad.render(gl.TRIANGLE_STRIP)
        context.enable(gl.DEPTH_TEST)
        seen = (vertices - position) @ rotation.T
        data = np.concatenate(
            [seen, normals @ rotation.T, look.colours * look.exposure, vertices[:, 2:3], look.striped[:, None],
             np.zeros((len(seen), 1))], axis=1
        ).astype("f4")  # fmt: skip
        for name, value in {
            "lens": lens, "range": (NEAR_CM, FAR_CM), "light": tuple(-rotation @ look.light),
            "ambient": look.ambient, "stripes": look.stripes,
        }.items():  # fmt: skip
            self._body[name].value = value
        buffer = context.buffer(data.tobytes())
        index = context.buffer(faces.astype("i4").tobytes())
        array = context.vertex_array(
            self._body, [(buffer, "3f 3f 3f 3f", "position", "normal", "colour", "pattern")], index
        )
        array.render(gl.TRIANGLES)
        context.copy_framebuffer(self._one, self._many)
        raw = np.frombuffer(self._one.read(components=3), dtype=np.uint8)
        for item in (array, buffer, index):
            item.release()
        return self._spoil(raw.reshape(self.size[1], self.size[0], 3)[::-1], look, rng)

    def _spoil(self, image: Image, look: Look, rng: np.random.Generator) -> Image:
        """Blur, noise and compression of a phone."""
        blurred = cv2.GaussianBlur(image, (0, 0), look.blur_px) if look.blur_px > 0.3 else image
        noisy = blurred.astype(np.float32) + look.noise * rng.standard_normal(image.shape, dtype=np.float32)
        clipped = np.clip(noisy, 0, 255).astype(np.uint8)
        _, coded = cv2.imencode(".jpg", clipped[..., ::-1], [cv2.IMWRITE_JPEG_QUALITY, look.quality])
        return np.asarray(cv2.imdecode(coded, cv2.IMREAD_COLOR))[..., ::-1].astype(np.uint8)
