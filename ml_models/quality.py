"""Whether a film can be measured: the gate between a film and an estimate, with reasons and the figures behind them.

Decides when pictures, pose or scale are too poor; estimates nothing. Every limit below follows from optics, from the
pose model's input or from anthropometry, as said beside it. Standard library and numpy only: web processes read the
reason codes and their advice from here.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field

import numpy as np
from numpy.typing import NDArray

from ml_models.pose.landmarks import ANKLES, EARS, FEET, HEAD, HIPS, KNEES, MOUTH, SHOULDERS, middle
from ml_models.reasons import ADVICE, ReasonCode
from ml_models.sharpness import blur_share, mean_luminance
from ml_models.types import CaptureFacts, PoseSequence, SampledFrames, ScaleCue, ScaleEstimate, ScanType, Subject

__all__ = [
    "ADVICE",
    "QualityReport",
    "ReasonCode",
    "check_frames",
    "check_pose",
    "check_scale",
    "combine_reports",
]

# A camera exposes for a mean of 18 % grey. Three stops (factors of 2) below it, its exposure and gain are at their
# ends; half a stop more is still enough for the pose model.
_MID_GREY = 0.18
_MAX_STOPS_BELOW = 3.5
MIN_LUMINANCE = _MID_GREY / 2**_MAX_STOPS_BELOW
# SD of the edges as a share of the picture's longer side. For a child that fills half of it this is 0.6 % of the
# stature, half of the pose model's own error in sharp pictures (1.2 %).
MAX_BLUR_SHARE = 0.003
# Sharpness is measured on this many frames: it changes slowly and costs more than the rest of the gate.
_SHARPNESS_FRAMES = 4

# A median over the frames stays sound while the bad ones are well in the minority.
MIN_WHOLE_SHARE = 0.75
# Seen in fewer frames than this, whatever was seen there is chance.
MIN_SEEN_SHARE = 1 / 6
# The body's end is cut when it comes this near to the picture's edge, as a share of the side (1.3 of 1280 px).
_EDGE_MARGIN = 0.001
# Below this visibility (0-1) the pose model guesses the point rather than sees it.
_SEEN = 0.5
# The pose network looks at 256 x 256 px, of which the body fills four fifths. A body shorter than that, in px of the
# film, is enlarged before it is looked at: its points are finer than its pixels.
MIN_BODY_PX = 205.0
# Ears to ankles are about this share of a child's stature (used where the mask shows no crown or soles).
_EAR_ANKLE_SHARE = 0.82
# Seen at an angle a from the front, a tilt error of 1 degree changes the length by 1.7 % x tan(a): 1 % at 30 degrees,
# the pose model's own error. Lying, nothing but the tilt tells the angle, and hands hold the child: 20 degrees.
MAX_STANDING_TILT_DEG = 30.0
MAX_LYING_TILT_OFF_DEG = 20.0
# A standing child is more upright than slanted in an upright film.
_MAX_STANDING_SLANT_DEG = 45.0
# Shoulder breadth over shoulder-hip height: about 0.7 from the front, 0 from the side. Half of it is a turn of 60
# degrees from the front; 0.5 is a turn of 45 degrees from the side; 0.95 is a trunk foreshortened by more than 40
# degrees, from above a standing child or from the foot end of a lying one.
MIN_FRONT_BREADTH = 0.35
MAX_FRONT_BREADTH = 0.95
MAX_SIDE_BREADTH = 0.5
# Crown to mouth over stature: 0.165 at 2 years, 0.14 at 5, 0.105 in adults (crown-chin 1/5, 1/6, 1/7.5 of the
# stature). A head that looks down or up is shorter in the picture: one rendered child in a hundred is below 0.108.
MIN_CHILD_HEAD_SHARE = 0.108
_HEAD_SHARE_MAX_AGE_DAYS = 6 * 365.25
# A second body counts when it is seen in more than this share of the frames that were looked at.
_SECOND_PERSON_SHARE = 0.5

# What makes the others unknowable comes first, what the next film most needs next.
_IMPORTANCE = (
    ReasonCode.TOO_DARK,
    ReasonCode.BLURRED,
    ReasonCode.NO_CHILD,
    ReasonCode.TWO_PEOPLE,
    ReasonCode.LEFT_FRAME,
    ReasonCode.HEAD_CUT_OFF,
    ReasonCode.FEET_CUT_OFF,
    ReasonCode.TOO_FAR,
    ReasonCode.NOT_A_CHILD,
    ReasonCode.WRONG_VIEW,
    ReasonCode.MARKER_NOT_FOUND,
)


@dataclass(frozen=True)
class QualityReport:
    """Reasons to refuse a film, the most important first, and the figures behind them (units in their names)."""

    reasons: tuple[ReasonCode, ...] = ()
    figures: Mapping[str, float] = field(default_factory=dict)

    @property
    def accepted(self) -> bool:
        """True when nothing speaks against measuring the film."""
        return not self.reasons


def combine_reports(*reports: QualityReport) -> QualityReport:
    """Return one report with all reasons, the most important first, and all figures."""
    given = {reason for report in reports for reason in report.reasons}
    figures = {name: value for report in reports for name, value in report.figures.items()}
    return QualityReport(reasons=tuple(r for r in _IMPORTANCE if r in given), figures=figures)


def check_frames(frames: SampledFrames) -> QualityReport:
    """Refuse films that are too dark or blurred. Looks at the whole picture; needs no pose."""
    luminance = float(np.median([mean_luminance(image) for image in frames.images]))
    if luminance < MIN_LUMINANCE:  # in the dark, sharpness measures noise
        return QualityReport((ReasonCode.TOO_DARK,), {"mean_luminance": luminance})
    chosen = np.unique(np.linspace(0, len(frames.images) - 1, _SHARPNESS_FRAMES).round().astype(int))
    blurs = [blur for blur in (blur_share(frames.images[index]) for index in chosen) if blur is not None]
    figures = {"mean_luminance": luminance}
    if not blurs:
        return QualityReport((), figures)
    figures["blur_share"] = float(np.median(blurs))
    return QualityReport((ReasonCode.BLURRED,) if figures["blur_share"] > MAX_BLUR_SHARE else (), figures)


def check_pose(
    frame_size: tuple[int, int],
    pose: PoseSequence,
    facts: CaptureFacts,
    *,
    subject: Subject | None = None,
    second_seen_share: float = 0.0,
) -> QualityReport:
    """Refuse films without one whole child, near enough and seen from the side that was asked for.

    `frame_size`: width and height of the upright film in px. `second_seen_share`: in which share of the frames looked
    at a second whole body was seen (`ml_models.pose.people`). Without `subject` the proportions are not judged.
    """
    if not pose.detected.any():
        return QualityReport((ReasonCode.NO_CHILD,), {"detected_share": 0.0})
    size = np.array(frame_size, dtype=np.float64)
    figures = {"detected_share": float(pose.detected.mean()), "second_seen_share": second_seen_share}
    framing = _framing_reasons(pose, figures)
    reasons = set(framing)
    if second_seen_share > _SECOND_PERSON_SHARE:
        reasons.add(ReasonCode.TWO_PEOPLE)
    if ReasonCode.NO_CHILD not in reasons:
        points = pose.landmarks[pose.detected, :, :2] * size  # (detected, 33, 2), px of the film
        ends = (pose.crown[pose.detected] * size, pose.soles[pose.detected] * size)
        reasons |= _size_reasons(points, ends, subject, cut=bool(framing), figures=figures)
        reasons |= _view_reasons(points, facts, figures)
    return combine_reports(QualityReport(tuple(reasons), figures))


def check_scale(facts: CaptureFacts, scale: ScaleEstimate) -> QualityReport:
    """Refuse films whose claimed marker is not seen, or shows a lying child obliquely.

    A tape may have been told beside it, but who claims a marker expects its precision, and its absence may mean another
    film. The figures say how likely a marker that was seen does not stand beside the child; the estimate weighs that.
    """
    claimed = facts.marker_size_mm is not None or facts.marker_sheet is not None
    if claimed and scale.cue is not ScaleCue.MARKER:
        return QualityReport((ReasonCode.MARKER_NOT_FOUND,))
    figures = {name: value for name, value in scale.notes.items() if name == "marker_elsewhere"}
    if facts.scan_type.is_lying and scale.plane_normal is not None:
        off_deg = math.degrees(math.acos(min(1.0, scale.plane_normal[2])))
        reasons = (ReasonCode.WRONG_VIEW,) if off_deg > MAX_LYING_TILT_OFF_DEG else ()
        return QualityReport(reasons, figures | {"marker_tilt_off_deg": off_deg})
    return QualityReport((), figures)


def _framing_reasons(pose: PoseSequence, figures: dict[str, float]) -> set[ReasonCode]:
    """Return why the child is not whole in enough frames, nothing if it is."""
    head_out, feet_out = _head_out(pose), _feet_out(pose)
    trunk_out = _outside(pose.landmarks[:, list(SHOULDERS + HIPS + KNEES), :2]).any(axis=1)
    # Head, trunk and feet beyond the edge together: the child goes, no end of it is cut.
    leaving = pose.detected & (trunk_out | (head_out & feet_out))
    head_cut = pose.detected & head_out & ~leaving
    feet_cut = pose.detected & feet_out & ~leaving
    whole = pose.detected & ~leaving & ~head_out & ~feet_out
    figures.update(
        whole_share=float(whole.mean()),
        head_cut_share=float(head_cut.mean()),
        feet_cut_share=float(feet_cut.mean()),
        leaving_share=float(leaving.mean()),
    )
    if whole.mean() >= MIN_WHOLE_SHARE:
        return set()
    if pose.detected.mean() < MIN_SEEN_SHARE:
        return {ReasonCode.NO_CHILD}
    reasons = set()
    if head_cut.mean() > 1 - MIN_WHOLE_SHARE:
        reasons.add(ReasonCode.HEAD_CUT_OFF)
    if feet_cut.mean() > 1 - MIN_WHOLE_SHARE:
        reasons.add(ReasonCode.FEET_CUT_OFF)
    if leaving.any() or _absent_at_an_end(pose.detected):
        gone = (leaving | ~pose.detected).mean()
        if gone > 1 - MIN_WHOLE_SHARE or not reasons:
            reasons.add(ReasonCode.LEFT_FRAME)
    return reasons or {ReasonCode.NO_CHILD}


def _outside(places: NDArray[np.float32]) -> NDArray[np.bool_]:
    """Tell which points lie beyond or on the edge, False where unknown. `places`: (..., 2), shares of the sides."""
    with np.errstate(invalid="ignore"):
        return np.asarray(((places < _EDGE_MARGIN) | (places > 1 - _EDGE_MARGIN)).any(axis=-1))


def _head_out(pose: PoseSequence) -> NDArray[np.bool_]:
    """Tell in which frames the head is beyond an edge: a point of the face, or the crown of the mask."""
    return np.asarray(_outside(pose.landmarks[:, list(HEAD), :2]).any(axis=1) | _outside(pose.crown))


def _feet_out(pose: PoseSequence) -> NDArray[np.bool_]:
    """Tell in which frames the feet are beyond an edge, or neither foot is seen."""
    lower = list(ANKLES + FEET)
    with np.errstate(invalid="ignore"):
        hidden = (pose.landmarks[:, lower, 3] < _SEEN).all(axis=1)
    return np.asarray(_outside(pose.landmarks[:, list(ANKLES), :2]).any(axis=1) | _outside(pose.soles) | hidden)


def _absent_at_an_end(detected: NDArray[np.bool_]) -> bool:
    """Tell whether most of the frames without a child are one stretch at the start or at the end of the film."""
    seen = np.flatnonzero(detected)
    stretch = max(int(seen[0]), len(detected) - 1 - int(seen[-1]))
    return stretch > int((~detected).sum()) / 2


def _size_reasons(
    points: NDArray[np.float64],
    ends: tuple[NDArray[np.float64], NDArray[np.float64]],
    subject: Subject | None,
    *,
    cut: bool,
    figures: dict[str, float],
) -> set[ReasonCode]:
    """Return whether the body is too small or has no child's proportions. `cut`: it is known not to be whole."""
    crown, soles = ends
    lengths = np.linalg.norm(soles - crown, axis=1)
    rough = np.linalg.norm(middle(points, ANKLES) - middle(points, EARS), axis=1) / _EAR_ANKLE_SHARE
    lengths = np.where(np.isfinite(lengths), lengths, rough)
    reasons = set()
    if _median(lengths, "body_px", figures) < MIN_BODY_PX:
        reasons.add(ReasonCode.TOO_FAR)
    heads = np.linalg.norm(middle(points, MOUTH) - crown, axis=1) / lengths
    if cut or not np.isfinite(heads).any():
        return reasons
    figures["head_share"] = float(np.nanmedian(heads))
    young = subject is not None and subject.age_days < _HEAD_SHARE_MAX_AGE_DAYS
    if young and figures["head_share"] < MIN_CHILD_HEAD_SHARE:
        reasons.add(ReasonCode.NOT_A_CHILD)
    return reasons


def _view_reasons(points: NDArray[np.float64], facts: CaptureFacts, figures: dict[str, float]) -> set[ReasonCode]:
    """Return WRONG_VIEW where the camera or the child is turned another way than the scan type says."""
    down = middle(points, ANKLES) - middle(points, EARS)  # (frames, 2), px
    slants = np.degrees(np.abs(np.arctan2(down[:, 0], down[:, 1])))
    trunks = np.linalg.norm(middle(points, HIPS) - middle(points, SHOULDERS), axis=1)
    breadths = np.linalg.norm(points[:, SHOULDERS[0]] - points[:, SHOULDERS[1]], axis=1) / np.maximum(trunks, 1.0)
    slant_deg = _median(slants, "slant_deg", figures)
    breadth = _median(breadths, "shoulder_breadth_share", figures)
    wrong = False
    if facts.camera_tilt_deg is not None:
        tilt_off = abs(90 - facts.camera_tilt_deg) if facts.scan_type.is_lying else abs(facts.camera_tilt_deg)
        figures["tilt_off_deg"] = tilt_off
        wrong = tilt_off > (MAX_LYING_TILT_OFF_DEG if facts.scan_type.is_lying else MAX_STANDING_TILT_DEG)
    if not facts.scan_type.is_lying:
        wrong = wrong or slant_deg > _MAX_STANDING_SLANT_DEG
    if facts.scan_type is ScanType.STANDING_SIDE:
        wrong = wrong or breadth > MAX_SIDE_BREADTH
    else:
        wrong = wrong or not MIN_FRONT_BREADTH <= breadth <= MAX_FRONT_BREADTH
    return {ReasonCode.WRONG_VIEW} if wrong else set()


def _median(values: NDArray[np.float64], name: str, figures: dict[str, float]) -> float:
    """Return the median of the known values and file it as `name`; NaN, which nothing exceeds, where none is known."""
    known = values[np.isfinite(values)]
    if not known.size:
        return math.nan
    figures[name] = float(np.median(known))
    return figures[name]
