"""Bodies of drawn children from the body model Anny (needs requirements-training.txt).

Decides shape: WHO's four sizes are hit, proportions are drawn independently of stature (given age, Anny's shape is
nearly fixed and a model would read stature off proportions). Fits, measures and labels one and the same straight
neutral pose: the extent of Anny's rest mesh is not the height of the body as posed.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cached_property

import numpy as np
import torch
from numpy.typing import NDArray

from ml_models.synthetic.children import HEAD, HEIGHT, MUAC, WEIGHT, ChildDraw
from ml_models.synthetic.girths import Ring, ring_edges, ring_girth
from ml_models.synthetic.posing import FOOT_L, FOOT_R, PARTS, UPPER_ARM_L, UPPER_ARM_R, neutral_rotations, pose
from ml_models.synthetic.posing import HEAD as HEAD_PART

FloatArray = NDArray[np.float64]

#: kg per cm3; Anny's own anthropometry takes 980 kg/m3.
DENSITY_KG_PER_CM3 = 0.98e-3
#: Bones that open each part; a bone without an entry belongs to its parent's part.
PART_BONES = {
    "neck01": "head", "upperarm01.L": "upper_arm_l", "upperarm01.R": "upper_arm_r",
    "lowerarm01.L": "forearm_l", "lowerarm01.R": "forearm_r", "upperleg01.L": "thigh_l", "upperleg01.R": "thigh_r",
    "lowerleg01.L": "shank_l", "lowerleg01.R": "shank_r", "foot.L": "foot_l", "foot.R": "foot_r",
}  # fmt: skip
#: Anny's local sliders that change proportions, with the SD of their draw.
PROPORTION_SLIDERS = {
    "measure-upperleg-height-incr": 0.12,
    "measure-lowerleg-height-incr": 0.12,
    "torso-scale-vert-incr": 0.12,
    "head-scale-vert-incr": 0.3,
    "forehead-scale-vert-incr": 0.3,
    "neck-scale-vert-incr": 0.15,
    "measure-shoulder-dist-incr": 0.3,
    "measure-upperarm-length-incr": 0.2,
    "measure-lowerarm-length-incr": 0.2,
}
HEAD_SLIDERS = ("head-scale-horiz-incr", "head-scale-depth-incr")
#: Anny's age slider: -1/3 newborn, 0 one year, 1/3 ten years (linear between its own anchors); SD of the draw around
#: it.
BABY_YEARS, CHILD_YEARS, AGE_SLIDER_SD = 1.0, 10.0, 0.03
FIT_STEPS = 7
_COCO_TO_MEDIAPIPE = {
    "nose": 0, "left_eye": 2, "right_eye": 5, "left_ear": 7, "right_ear": 8, "left_shoulder": 11, "right_shoulder": 12,
    "left_elbow": 13, "right_elbow": 14, "left_wrist": 15, "right_wrist": 16, "left_hip": 23, "right_hip": 24,
    "left_knee": 25, "right_knee": 26, "left_ankle": 27, "right_ankle": 28, "left_heel": 29, "right_heel": 30,
    "left_big_toe": 31, "right_big_toe": 32,
}  # fmt: skip
_BONE_LANDMARKS = {"finger5-1": (17, 18), "finger2-1": (19, 20), "finger1-2": (21, 22)}


@dataclass(frozen=True)
class FittedBodies:
    """Meshes in the rest pose, cm. `vertices` (n, v, 3), `joints` (n, 12, 3), `landmarks` (n, 33, 3); `measured`:
    QUANTITIES of the mesh in its neutral pose, shape (n, 4)."""

    vertices: FloatArray
    joints: FloatArray
    landmarks: FloatArray
    measured: FloatArray


class BodyModel:
    """Anny, wrapped: `fit` gives bodies, the constants tell how to pose and measure them."""

    def __init__(self) -> None:
        import anny  # absent where nobody trains

        labels = [*PROPORTION_SLIDERS, *HEAD_SLIDERS]
        self._model = anny.Anny(
            skinning_method="lbs", local_changes=labels, phenotypes="default", extrapolate_phenotypes=True
        )
        self._sliders: list[str] = list(self._model.local_change_labels)
        self._coco = anny.KeypointsRegressor.coco(self._model)
        self.faces: NDArray[np.int64] = self._model.get_triangular_faces().numpy()
        self.part_weights = self._part_weights()
        self.landmark_weights = self._landmark_part_weights()

    def fit(self, children: ChildDraw, rng: np.random.Generator) -> FittedBodies:
        """Shape one body for each child; `measured` says what came out, which is the label to train with."""
        count = len(children.age_days)
        phenotype = self._draw_phenotype(children, rng)
        sliders = np.zeros((count, len(self._sliders)))
        for name, spread in PROPORTION_SLIDERS.items():
            sliders[:, self._sliders.index(name)] = np.clip(rng.normal(0, spread, count), -1, 1)
        fat_cm, arm_cm, head = np.zeros(count), np.zeros(count), np.zeros(count)
        for _ in range(FIT_STEPS):
            bodies, area = self._build(phenotype, sliders, head, fat_cm, arm_cm, children.targets[:, HEIGHT])
            miss = children.targets - bodies.measured
            fat_step = miss[:, WEIGHT] / (area * DENSITY_KG_PER_CM3)
            fat_cm = np.clip(fat_cm + fat_step, -1.0, 3.0)
            arm_cm = np.clip(arm_cm + miss[:, MUAC] / 10 / (2 * np.pi) - fat_step, -1.5, 1.5)
            # One unit of the two head sliders widens the head by about a fifth.
            head = np.clip(head + miss[:, HEAD] / children.targets[:, HEAD] / 0.2, -2.0, 2.5)
        return self._build(phenotype, sliders, head, fat_cm, arm_cm, children.targets[:, HEIGHT])[0]

    def shape_other(
        self, *, height_cm: float, age_slider: float, is_girl: bool, rng: np.random.Generator
    ) -> FittedBodies:
        """One body that is nobody of WHO's tables (an adult, a doll), at this height; its weight comes as it comes.

        `age_slider`: Anny's, -1/3 newborn to 1 old age, 2/3 a young adult.
        """
        draw = {"gender": float(is_girl), "age": age_slider, "muscle": rng.uniform(0.4, 0.6)}
        phenotype = np.array([[draw.get(label, 0.5) for label in self._model.phenotype_labels]])
        nothing = np.zeros(1)
        height = np.array([height_cm])
        return self._build(phenotype, np.zeros((1, len(self._sliders))), nothing, nothing, nothing, height)[0]

    def _draw_phenotype(self, children: ChildDraw, rng: np.random.Generator) -> FloatArray:
        count = len(children.age_days)
        years = children.age_days / 365.25
        age = np.where(years < BABY_YEARS, years - 1, (years - BABY_YEARS) / (CHILD_YEARS - BABY_YEARS)) / 3
        draw = {
            "gender": np.where(children.is_girl, 1.0, 0.0),
            "age": np.clip(age + rng.normal(0, AGE_SLIDER_SD, count), -0.37, 0.3),
            "muscle": rng.uniform(0.3, 0.7, count),
            "weight": rng.uniform(0.2, 0.9, count),
        }
        return np.stack([draw.get(label, np.full(count, 0.5)) for label in self._model.phenotype_labels], axis=1)

    def _build(
        self,
        phenotype: FloatArray,
        sliders: FloatArray,
        head: FloatArray,
        fat_cm: FloatArray,
        arm_cm: FloatArray,
        height_cm: FloatArray,
    ) -> tuple[FittedBodies, FloatArray]:
        """Bodies and the area in cm2 over which fat is laid, shape (n,)."""
        sliders = sliders.copy()
        for name in HEAD_SLIDERS:
            sliders[:, self._sliders.index(name)] = head
        with torch.no_grad():
            coefficients = self._model._get_phenotype_blendshape_coefficients(
                torch.as_tensor(phenotype), torch.as_tensor(sliders), torch.zeros(1, 0, dtype=torch.float64)
            )
            rest = self._model.get_rest_model(coefficients)
            vertices = 100.0 * rest["rest_vertices"].numpy()
            bones = 100.0 * rest["rest_bone_poses"][:, :, :3, 3].numpy()
        joints = bones[:, self._joint_bones]
        neutral = neutral_rotations(joints)
        posed_z = pose(vertices[:, self._extent], self.part_weights[self._extent], joints, neutral)[..., 2]
        scale = (height_cm / np.ptp(posed_z, axis=1))[:, None, None]
        vertices, bones, joints = vertices * scale, bones * scale, joints * scale
        normals, vertex_area = _normals_and_area(vertices, self.faces)
        thickness = fat_cm[:, None] * self._fat_share + arm_cm[:, None] * self._arm_share  # (n, v)
        vertices = vertices + thickness[..., None] * normals
        measured = np.empty((len(vertices), 4))
        measured[:, HEIGHT] = np.ptp(
            pose(vertices[:, self._extent], self.part_weights[self._extent], joints, neutral)[..., 2], axis=1
        )
        measured[:, WEIGHT] = _volume(vertices, self.faces) * DENSITY_KG_PER_CM3
        landmarks = self._landmarks(vertices, bones)
        measured[:, MUAC] = 10 * ring_girth(
            vertices,
            self._arm_ring,
            (landmarks[:, 11] + landmarks[:, 13]) / 2,
            landmarks[:, 13] - landmarks[:, 11],
            0.0,
        )
        # Glabella: above the eyes by a quarter of their height over the nose tip's depth level.
        glabella = (landmarks[:, 2] + landmarks[:, 5]) / 2 + np.array([0.0, 0.0, 1.0]) * (height_cm[:, None] * 0.012)
        up = np.broadcast_to(np.array([0.0, 0.0, 1.0]), glabella.shape)
        measured[:, HEAD] = np.max(
            [ring_girth(vertices, self._head_ring, glabella, up, tilt) for tilt in (-5.0, 5.0, 15.0)], axis=0
        )
        return FittedBodies(vertices, joints, landmarks, measured), np.sum(vertex_area * self._fat_share, axis=1)

    def _landmarks(self, vertices: FloatArray, bones: FloatArray) -> FloatArray:
        found = np.zeros((len(vertices), 33, 3))
        with torch.no_grad():
            coco = self._coco({"vertices": torch.as_tensor(vertices)}).numpy()
        for name, index in _COCO_TO_MEDIAPIPE.items():
            found[:, index] = coco[:, self._coco.labels.index(name)]
        for bone, (left, right) in _BONE_LANDMARKS.items():
            found[:, left] = bones[:, self._model.bone_labels.index(f"{bone}.L")]
            found[:, right] = bones[:, self._model.bone_labels.index(f"{bone}.R")]
        middle = (found[:, 2] + found[:, 5]) / 2
        for eye, inner, outer, mouth in ((2, 1, 3, 9), (5, 4, 6, 10)):
            half = found[:, eye] - middle
            found[:, inner], found[:, outer] = found[:, eye] - 0.4 * half, found[:, eye] + 0.4 * half
            # Mouth corners: as far below the nose as the eyes are above it, a little behind it.
            found[:, mouth] = found[:, 0] + 0.9 * (found[:, 0] - middle) * np.array([0, 0, 1]) + 0.6 * half
            found[:, mouth, 1] += 0.5 * (middle[:, 1] - found[:, 0, 1])
        return found

    @cached_property
    def _joint_bones(self) -> list[int]:
        opener = {part: bone for bone, part in PART_BONES.items()} | {"trunk": "root"}
        return [self._model.bone_labels.index(opener[part]) for part in PARTS]

    def _part_weights(self) -> FloatArray:
        labels, parents = self._model.bone_labels, self._model.bone_parents
        part_of: list[int] = []
        for bone, label in enumerate(labels):
            inherited = 0 if bone == 0 else part_of[int(parents[bone])]
            part_of.append(PARTS.index(PART_BONES[label]) if label in PART_BONES else inherited)
        indices, weights = self._model.vertex_bone_indices.numpy(), self._model.vertex_bone_weights.numpy()
        dense = np.zeros((len(indices), len(PARTS)))
        for column in range(indices.shape[1]):
            np.add.at(dense, (np.arange(len(indices)), np.array(part_of)[indices[:, column]]), weights[:, column])
        return np.asarray(dense / dense.sum(axis=1, keepdims=True))

    def _landmark_part_weights(self) -> FloatArray:
        weights = np.zeros((33, len(PARTS)))
        weights[:11, HEAD_PART] = 1.0
        coco = self._coco.regression_weights.numpy() @ self.part_weights
        for name, index in _COCO_TO_MEDIAPIPE.items():
            weights[index] = coco[self._coco.labels.index(name)]
        for left, right in _BONE_LANDMARKS.values():
            weights[left, PARTS.index("forearm_l")] = weights[right, PARTS.index("forearm_r")] = 1.0
        return weights

    @cached_property
    def _extent(self) -> NDArray[np.intp]:
        """Vertices that can be the highest or the lowest: head and feet."""
        return np.flatnonzero(self.part_weights[:, [HEAD_PART, FOOT_L, FOOT_R]].sum(axis=1) > 0.5)

    @cached_property
    def rim_points(self) -> tuple[NDArray[np.intp], NDArray[np.intp]]:
        """Vertices among which any silhouette's crown and soles are: top of the head, rims of the feet."""
        template = self._model.template_vertices.numpy()
        crown = _extremes(template, self.part_weights[:, HEAD_PART] > 0.9, (90.0, 65.0, 40.0))
        soles = [
            _extremes(template, self.part_weights[:, foot] > 0.5, (-90.0, -50.0, -10.0)) for foot in (FOOT_L, FOOT_R)
        ]
        return crown, np.concatenate(soles)

    @cached_property
    def _fat_share(self) -> FloatArray:
        """How much of the fat layer a vertex carries: none on head, hands and feet, so that height stays."""
        bare = self.part_weights[:, [HEAD_PART, FOOT_L, FOOT_R]].sum(axis=1)
        hand_bones = [
            bone
            for bone, label in enumerate(self._model.bone_labels)
            if label.startswith(("finger", "metacarpal", "wrist"))
        ]
        is_hand = np.isin(self._model.vertex_bone_indices.numpy(), hand_bones).any(axis=1)
        return np.asarray(np.clip(1 - bare, 0, 1) * np.where(is_hand, 0.15, 1.0))

    @cached_property
    def _arm_share(self) -> FloatArray:
        return np.asarray(self.part_weights[:, UPPER_ARM_L] + self.part_weights[:, UPPER_ARM_R])

    @cached_property
    def _arm_ring(self) -> Ring:
        return ring_edges(self.faces, self.part_weights[:, UPPER_ARM_L] > 0.6)

    @cached_property
    def _head_ring(self) -> Ring:
        template = self._model.template_vertices.numpy()
        eyes_z = self._model.template_bone_heads.numpy()[self._model.bone_labels.index("eye.L"), 2]
        return ring_edges(self.faces, (self.part_weights[:, HEAD_PART] > 0.9) & (template[:, 2] > eyes_z))


def vertex_normals(vertices: FloatArray, faces: NDArray[np.int64]) -> FloatArray:
    """Outward unit normals, (n, v, 3), of meshes (n, v, 3)."""
    return _normals_and_area(vertices, faces)[0]


def _normals_and_area(vertices: FloatArray, faces: NDArray[np.int64]) -> tuple[FloatArray, FloatArray]:
    """Unit normals (n, v, 3) and a third of the area of the faces around each vertex (n, v), cm2."""
    corners = [torch.as_tensor(vertices[:, faces[:, corner]]) for corner in range(3)]
    doubled = torch.linalg.cross(corners[1] - corners[0], corners[2] - corners[0])
    normals = torch.zeros(vertices.shape, dtype=torch.float64)
    area = torch.zeros(vertices.shape[:2], dtype=torch.float64)
    for corner in range(3):
        index = torch.as_tensor(faces[:, corner])
        normals.index_add_(1, index, doubled)
        area.index_add_(1, index, torch.linalg.norm(doubled, dim=-1) / 6)
    length = torch.linalg.norm(normals, dim=-1, keepdim=True).clamp_min(1e-12)
    return (normals / length).numpy(), area.numpy()


def _volume(vertices: FloatArray, faces: NDArray[np.int64]) -> FloatArray:
    first, second, third = (vertices[:, faces[:, corner]] for corner in range(3))
    return np.asarray(np.abs(np.einsum("nfk,nfk->n", np.cross(first, second), third)) / 6)


def _extremes(template: FloatArray, wanted: NDArray[np.bool_], elevations_deg: tuple[float, ...]) -> NDArray[np.intp]:
    """Indices of the wanted vertices that reach farthest in 8 compass directions at each elevation."""
    members = np.flatnonzero(wanted)
    found: set[int] = set()
    for elevation in np.radians(elevations_deg):
        for azimuth in np.arange(8) * (np.pi / 4):
            flat = np.cos(elevation)
            direction = np.array([flat * np.cos(azimuth), flat * np.sin(azimuth), np.sin(elevation)])
            found.add(int(members[np.argmax(template[members] @ direction)]))
    return np.array(sorted(found), dtype=np.intp)
