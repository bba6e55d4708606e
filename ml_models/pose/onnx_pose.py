"""Pose networks in ONNX Runtime as a `PoseEstimator`: OpenPose, Detectron2 and whatever `pose.json` can describe.

Each frame is first searched where the child was last seen, enlarged, then as a whole. Points that the network lacks or
did not find are NaN with visibility 0, and there is no mask: crown and soles stay unknown. CPU, or CUDA where the
installed ONNX Runtime has it.
"""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import onnxruntime
from numpy.typing import NDArray

from ml_models.pose import PoseBackendError
from ml_models.pose.candidates import Candidate, most_conspicuous
from ml_models.pose.landmarks import HEAD, HIPS, LANDMARK_COUNT, SHOULDERS
from ml_models.pose.letterbox import Region, fit, to_tensor, whole
from ml_models.pose.outputs import people_in_outputs, used_outputs
from ml_models.pose.plausible import drop_misfits
from ml_models.pose.sidecar import InputSpec, Layout, Sidecar, read_network, read_sidecar
from ml_models.types import PoseSequence, SampledFrames

# Room around the points that is searched first, in shares of their longer extent: a head above the eyes, feet below
# the ankles, a step aside.
_ROOM_SHARE = 0.3
# A second look at a part of the picture must enlarge the child by this much to be worth its time.
_WORTHWHILE_ENLARGEMENT = 1.25
# ONNX Runtime's levels: 0 verbose, 3 errors.
_ERRORS_ONLY = 3

Found = tuple[NDArray[np.float64], NDArray[np.float64]]
"""Landmarks in px of the picture, shape (33, 2), NaN where unknown, and their visibility, shape (33,)."""


class OnnxPoseEstimator:
    """One network with its description. Not for use by several threads at once."""

    def __init__(self, folder: Path) -> None:
        """Load the network in `folder`. Raises PoseBackendError where it is missing or not as described."""
        self.sidecar: Sidecar = read_sidecar(folder)
        self._outputs = used_outputs(self.sidecar.output)
        self._session = _open_session(read_network(self.sidecar), self.sidecar)
        self._input_name: str = _checked_input(self._session, self.sidecar)
        missing = set(self._outputs) - {output.name for output in self._session.get_outputs()}
        if missing:
            raise _differs(self.sidecar, f"it has no output {sorted(missing)[0]!r}")

    @property
    def name(self) -> str:
        """Name, version and start of the sha256 of the network."""
        return self.sidecar.identity

    @property
    def provider(self) -> str:
        """What computes: "CPUExecutionProvider" or "CUDAExecutionProvider"."""
        return str(self._session.get_providers()[0])

    def close(self) -> None:
        """Free the network."""
        del self._session

    def estimate(self, frames: SampledFrames) -> PoseSequence:
        """Return the landmarks of the most conspicuous person over `frames`."""
        count, height, width = frames.images.shape[:3]
        landmarks = np.full((count, LANDMARK_COUNT, 4), np.nan, dtype=np.float32)
        detected = np.zeros(count, dtype=np.bool_)
        last: Found | None = None
        for index, image in enumerate(frames.images):
            found = self._find(image, last)
            if found is None:
                continue
            last, detected[index] = found, True
            landmarks[index, :, :2] = found[0] / (width, height)
            landmarks[index, :, 3] = found[1]
        unknown = np.full((count, 2), np.nan, dtype=np.float32)
        pose = PoseSequence(
            landmarks=landmarks, detected=detected, crown=unknown, soles=unknown.copy(), backend=self.name
        )
        return drop_misfits(pose, width=width, height=height)

    def _find(self, image: NDArray[np.uint8], last: Found | None) -> Found | None:
        """Return the person in one picture: where the last one was, else anywhere and then more closely."""
        everywhere = whole(image)
        if min(everywhere.sides) < 2:
            return None
        if last is not None:
            found = self._find_in(image, _around(last, everywhere))
            if found is not None:
                return found
        found = self._find_in(image, everywhere)
        if found is None:
            return None
        near = _around(found, everywhere)
        spec = self.sidecar.input
        if _enlargement(near, spec) < _WORTHWHILE_ENLARGEMENT * _enlargement(everywhere, spec):
            return found
        return self._find_in(image, near) or found

    def _find_in(self, image: NDArray[np.uint8], region: Region) -> Found | None:
        """Return the most conspicuous person in a part of the picture."""
        canvas, box = fit(image, region, self.sidecar.input)
        values = self._session.run(self._outputs, {self._input_name: to_tensor(canvas, self.sidecar.input)})
        person = most_conspicuous(people_in_outputs(dict(zip(self._outputs, values, strict=True)), self.sidecar))
        if person is None:
            return None
        points, visibility = to_landmarks(person, self.sidecar)
        found = box.to_picture(points), visibility
        return found if _has_trunk(found) else None


def to_landmarks(person: Candidate, sidecar: Sidecar) -> Found:
    """Return the 33 landmarks, NaN and visibility 0 where the network has none; places as in `person`."""
    points, visibility = np.full((LANDMARK_COUNT, 2), np.nan), np.zeros(LANDMARK_COUNT)
    seen = sidecar.seen_score
    for index, landmark in enumerate(sidecar.keypoint_order.landmarks):
        if landmark is None or not np.isfinite(person.points[index]).all():
            continue
        points[landmark] = person.points[index]
        visibility[landmark] = np.interp(person.scores[index], (0.0, seen, 1.0), (0.0, 0.5, 1.0))
    return points, visibility


def _has_trunk(found: Found) -> bool:
    """Tell whether head, shoulders and hips have a point each: less cannot be told from a hand or a toy."""
    known = np.isfinite(found[0][:, 0])
    return all(bool(known[list(part)].any()) for part in (HEAD, SHOULDERS, HIPS))


def _around(found: Found, inside: Region) -> Region:
    """Return the part of the picture around a person."""
    low, high = np.nanmin(found[0], axis=0), np.nanmax(found[0], axis=0)
    room = _ROOM_SHARE * float((high - low).max())
    left, top = (int(value) for value in np.clip(low - room, 0, np.array(inside.sides) - 2))
    right, bottom = (int(np.ceil(value)) for value in np.minimum(high + room, inside.sides))
    return Region(left, top, max(right, left + 2), max(bottom, top + 2))


def _enlargement(region: Region, spec: InputSpec) -> float:
    width, height = region.sides
    return min(spec.width / width, spec.height / height)


def _open_session(network: bytes, sidecar: Sidecar) -> Any:
    options = onnxruntime.SessionOptions()
    options.log_severity_level = _ERRORS_ONLY
    # Threads that wait in a loop would take the cores of the decoder and of the other processes of the machine.
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    wanted = ("CUDAExecutionProvider", "CPUExecutionProvider")
    providers = [provider for provider in wanted if provider in onnxruntime.get_available_providers()]
    try:
        return onnxruntime.InferenceSession(network, sess_options=options, providers=providers)
    # ONNX Runtime's errors share no base but Exception; whatever it says of the file, the file is not usable.
    except Exception as error:
        raise PoseBackendError(
            f"ONNX Runtime {onnxruntime.__version__} cannot read {sidecar.network_path}: {error} Weights must be "
            "inside the file, not beside it.",
            code="network_unreadable",
        ) from error


def _checked_input(session: Any, sidecar: Sidecar) -> str:
    """Return the name of the network's one input, whose type and shape are as described."""
    inputs, spec = session.get_inputs(), sidecar.input
    if len(inputs) != 1:
        raise _differs(sidecar, f"it has {len(inputs)} inputs, not one picture")
    (picture,) = inputs
    if picture.type != "tensor(float)":
        raise _differs(sidecar, f"its picture is a {picture.type}, not a tensor(float)")
    expected = {
        Layout.NCHW: (1, 3, spec.height, spec.width),
        Layout.NHWC: (1, spec.height, spec.width, 3),
        Layout.CHW: (3, spec.height, spec.width),
        Layout.HWC: (spec.height, spec.width, 3),
    }[spec.layout]
    # A named or absent size (None, "height") takes any value.
    fits = len(picture.shape) == len(expected) and all(
        not isinstance(size, int) or size == told for size, told in zip(picture.shape, expected, strict=True)
    )
    if not fits:
        raise _differs(sidecar, f"its picture has the shape {picture.shape}, described is {list(expected)}")
    return str(picture.name)


def _differs(sidecar: Sidecar, how: str) -> PoseBackendError:
    return PoseBackendError(
        f"{sidecar.network_path} is not as its description says: {how}. Mend the description or export again.",
        code="network_differs",
    )
