"""Which films are refused, for which reason, and that the others are not."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from functools import cache

import numpy as np
import pytest

from ml_models.pose.plausible import keep_frames
from ml_models.quality import (
    ADVICE,
    MAX_BLUR_SHARE,
    MIN_BODY_PX,
    MIN_CHILD_HEAD_SHARE,
    MIN_LUMINANCE,
    QualityReport,
    ReasonCode,
    check_frames,
    check_pose,
    check_scale,
    combine_reports,
)
from ml_models.scale import estimate_scale
from ml_models.types import CaptureFacts, ScaleCue, ScaleEstimate, ScanType, Subject
from ml_models.video import PROJECT_ROOT, VideoError
from tests.ml_models import sessions
from tests.ml_models.bodies import ADULT, FRAME_SIZE, standing

FRONT = CaptureFacts(scan_type=ScanType.STANDING_FRONT)
THREE_YEARS = Subject(sex="F", age_days=1100)

GOOD = [film.name for film in sessions.films_of("good")]
BAD = [(film.name, film.row["expected_reason"]) for film in sessions.films_of("bad")]


@cache
def judged(name: str) -> QualityReport:
    """Return what the gate says of a sample film, from its bytes to its scale."""
    film = sessions.film_named(name)
    frames = sessions.frames_of(name)
    seen = check_frames(frames)
    if not seen.accepted:
        return seen
    people = sessions.people_of(name)
    share = people.second_seen / people.probed if people.probed else 0.0
    posed = check_pose(
        (frames.width, frames.height), people.child, film.facts, subject=film.subject, second_seen_share=share
    )
    scale = estimate_scale(frames, people.child, film.facts, film.intrinsics)
    return combine_reports(seen, posed, check_scale(film.facts, scale))


@pytest.mark.parametrize("name", GOOD)
def test_a_good_film_is_accepted(name):
    report = judged(name)

    assert report.accepted, report


@pytest.mark.parametrize("name", GOOD)
def test_a_good_film_is_far_from_every_limit(name):
    figures = judged(name).figures

    assert figures["mean_luminance"] > 4 * MIN_LUMINANCE
    assert figures["blur_share"] < MAX_BLUR_SHARE / 1.5
    assert figures["body_px"] > 2 * MIN_BODY_PX
    assert figures["head_share"] > 1.1 * MIN_CHILD_HEAD_SHARE
    assert figures["whole_share"] == 1.0
    assert figures["second_seen_share"] == 0.0


@pytest.mark.parametrize(("name", "reason"), BAD)
def test_a_bad_film_is_refused_for_its_reason_first(name, reason):
    try:
        first = judged(name).reasons[0]
    except VideoError as error:
        first = error.code

    assert first == reason


def test_every_reason_has_one_sentence_of_advice():
    assert set(ADVICE) == set(ReasonCode)
    assert all(text.endswith(".") and len(text) > 20 for text in ADVICE.values())


def test_the_gate_can_be_imported_where_no_model_is():
    check = (
        "import sys, ml_models.quality; print(sorted({'cv2', 'av', 'torch', 'mediapipe', 'django'} & set(sys.modules)))"
    )

    printed = subprocess.run(
        [sys.executable, "-c", check], cwd=PROJECT_ROOT, capture_output=True, text=True, check=True
    )

    assert printed.stdout.strip() == "[]"


def test_the_most_important_reason_comes_first():
    small, dark = QualityReport((ReasonCode.TOO_FAR,)), QualityReport((ReasonCode.TOO_DARK,))

    assert combine_reports(small, dark).reasons == (ReasonCode.TOO_DARK, ReasonCode.TOO_FAR)


# One whole child


def test_a_whole_child_is_accepted():
    assert check_pose(FRAME_SIZE, standing(), FRONT, subject=THREE_YEARS).accepted


def test_nobody_is_no_child():
    nobody = keep_frames(standing(), np.zeros(12, dtype=bool))

    assert check_pose(FRAME_SIZE, nobody, FRONT).reasons == (ReasonCode.NO_CHILD,)


def test_somebody_seen_once_is_chance():
    once = keep_frames(standing(), np.arange(12) == 6)

    assert check_pose(FRAME_SIZE, once, FRONT).reasons == (ReasonCode.NO_CHILD,)


def test_three_missed_frames_of_twelve_are_allowed():
    seen = keep_frames(standing(), ~np.isin(np.arange(12), [1, 6, 9]))

    assert check_pose(FRAME_SIZE, seen, FRONT).accepted


@pytest.mark.parametrize("present", [slice(0, 6), slice(6, 12)], ids=["leaves", "comes late"])
def test_a_child_that_is_there_for_half_the_film_left_the_frame(present):
    shown = np.zeros(12, dtype=bool)
    shown[present] = True

    reasons = check_pose(FRAME_SIZE, keep_frames(standing(), shown), FRONT).reasons

    assert reasons == (ReasonCode.LEFT_FRAME,)


def test_a_child_half_beyond_the_side_left_the_frame():
    assert check_pose(FRAME_SIZE, standing(feet_at=(710, 1000)), FRONT).reasons[0] is ReasonCode.LEFT_FRAME


def test_feet_below_the_picture_are_cut_off():
    assert check_pose(FRAME_SIZE, standing(feet_at=(360, 1320)), FRONT).reasons == (ReasonCode.FEET_CUT_OFF,)


def test_a_head_above_the_picture_is_cut_off():
    assert check_pose(FRAME_SIZE, standing(feet_at=(360, 520)), FRONT).reasons == (ReasonCode.HEAD_CUT_OFF,)


def test_hair_touching_the_edge_is_a_head_cut_off():
    pose = standing()

    touching = replace(pose, crown=np.tile(np.float32([0.5, 0.0]), (12, 1)))

    assert check_pose(FRAME_SIZE, touching, FRONT).reasons == (ReasonCode.HEAD_CUT_OFF,)


def test_feet_that_nobody_can_see_count_as_cut_off():
    pose = standing()
    pose.landmarks[:, 27:33, 3] = 0.1  # under a blanket

    assert check_pose(FRAME_SIZE, pose, FRONT).reasons == (ReasonCode.FEET_CUT_OFF,)


def test_one_hidden_foot_is_allowed():
    pose = standing(shoulder_breadth=0.02)
    pose.landmarks[:, [28, 30, 32], 3] = 0.1  # the far foot of a side view

    assert check_pose(FRAME_SIZE, pose, CaptureFacts(scan_type=ScanType.STANDING_SIDE)).accepted


def test_a_head_and_feet_beyond_different_edges_are_both_named():
    reasons = check_pose(FRAME_SIZE, standing(stature_px=1500, feet_at=(360, 1400)), FRONT).reasons

    assert ReasonCode.LEFT_FRAME in reasons or {ReasonCode.HEAD_CUT_OFF, ReasonCode.FEET_CUT_OFF} <= set(reasons)


def test_a_body_smaller_than_the_pose_models_own_pixels_is_too_far():
    assert check_pose(FRAME_SIZE, standing(stature_px=200), FRONT).reasons == (ReasonCode.TOO_FAR,)
    assert check_pose(FRAME_SIZE, standing(stature_px=215), FRONT).accepted


def test_a_second_body_in_most_frames_is_two_people():
    assert check_pose(FRAME_SIZE, standing(), FRONT, second_seen_share=2 / 3).reasons == (ReasonCode.TWO_PEOPLE,)
    assert check_pose(FRAME_SIZE, standing(), FRONT, second_seen_share=1 / 3).accepted


def test_an_adult_filmed_for_a_child_is_not_a_child():
    adult = standing(heights=ADULT)

    assert check_pose(FRAME_SIZE, adult, FRONT, subject=THREE_YEARS).reasons == (ReasonCode.NOT_A_CHILD,)


def test_an_adolescent_may_have_the_proportions_of_an_adult():
    grown = Subject(sex="M", age_days=15 * 365)

    assert check_pose(FRAME_SIZE, standing(heights=ADULT), FRONT, subject=grown).accepted


# The view that was asked for


@pytest.mark.parametrize(("tilt_deg", "accepted"), [(89, True), (75, True), (69, False), (31, False), (105, True)])
def test_a_lying_child_is_filmed_from_above(tilt_deg, accepted):
    facts = CaptureFacts(scan_type=ScanType.LYING_ABOVE, camera_tilt_deg=tilt_deg)

    report = check_pose(FRAME_SIZE, standing(), facts)

    assert report.accepted is accepted
    assert accepted or report.reasons == (ReasonCode.WRONG_VIEW,)


@pytest.mark.parametrize(("tilt_deg", "accepted"), [(0, True), (25, True), (-20, True), (40, False), (88, False)])
def test_a_standing_child_is_not_filmed_from_above(tilt_deg, accepted):
    facts = CaptureFacts(scan_type=ScanType.STANDING_FRONT, camera_tilt_deg=tilt_deg)

    assert check_pose(FRAME_SIZE, standing(), facts).accepted is accepted


@pytest.mark.parametrize("clockwise_deg", [0, 90, 180])
def test_a_lying_child_may_point_anywhere(clockwise_deg):
    pose = standing(stature_px=300, feet_at=(360, 640), clockwise_deg=clockwise_deg)

    assert check_pose(FRAME_SIZE, pose, CaptureFacts(scan_type=ScanType.LYING_ABOVE)).accepted


def test_a_standing_film_turned_on_its_side_is_the_wrong_view():
    pose = standing(stature_px=300, feet_at=(200, 640), clockwise_deg=90)

    assert check_pose(FRAME_SIZE, pose, FRONT).reasons == (ReasonCode.WRONG_VIEW,)


@pytest.mark.parametrize(
    ("name", "claimed"), [("A005_side", ScanType.STANDING_FRONT), ("A005_front", ScanType.STANDING_SIDE)]
)
def test_front_and_side_are_not_exchanged(name, claimed):
    film, frames = sessions.film_named(name), sessions.frames_of(name)
    facts = replace(film.facts, scan_type=claimed)

    report = check_pose((frames.width, frames.height), sessions.people_of(name).child, facts, subject=film.subject)

    assert report.reasons == (ReasonCode.WRONG_VIEW,)


def test_an_oblique_film_of_a_lying_child_is_known_without_the_phones_tilt():
    film, frames = sessions.film_named("bad_oblique_lying"), sessions.frames_of("bad_oblique_lying")
    facts = replace(film.facts, camera_tilt_deg=None, marker_id=None)

    report = check_pose((frames.width, frames.height), sessions.people_of(film.name).child, facts)

    assert report.reasons == (ReasonCode.WRONG_VIEW,)


def test_a_lying_child_that_rolled_onto_its_side_is_the_wrong_view():
    facts = CaptureFacts(scan_type=ScanType.LYING_ABOVE)

    assert check_pose(FRAME_SIZE, standing(shoulder_breadth=0.05), facts).reasons == (ReasonCode.WRONG_VIEW,)


# Scale


@pytest.mark.parametrize(
    ("marker_size_mm", "cue", "reasons"),
    [
        (160, ScaleCue.NONE, (ReasonCode.MARKER_NOT_FOUND,)),
        (160, ScaleCue.DISTANCE, (ReasonCode.MARKER_NOT_FOUND,)),
        (160, ScaleCue.MARKER, ()),
        (None, ScaleCue.NONE, ()),
    ],
    ids=["only the marker", "marker missing, distance known", "marker seen", "nothing claimed"],
)
def test_a_claimed_marker_is_missed_whatever_else_gives_the_scale(marker_size_mm, cue, reasons):
    facts = CaptureFacts(scan_type=ScanType.STANDING_FRONT, marker_size_mm=marker_size_mm)
    depth = None if cue is ScaleCue.NONE else 200.0

    assert check_scale(facts, ScaleEstimate(cue=cue, depth_cm=depth, relative_sd=0.03)).reasons == reasons


def test_a_marker_seen_obliquely_beside_a_lying_child_is_the_wrong_view():
    facts = CaptureFacts(scan_type=ScanType.LYING_ABOVE, marker_id=3, marker_size_mm=160)
    oblique = ScaleEstimate(ScaleCue.MARKER, 200.0, 0.02, plane_normal=(0.0, 0.6, 0.8))

    assert check_scale(facts, oblique).reasons == (ReasonCode.WRONG_VIEW,)
