"""Rendered scan sessions: what is drawn, what is told, and that a film shows what its row says."""

from __future__ import annotations

import csv
import importlib.util
from pathlib import Path

import av
import numpy as np
import pytest

from ml_models.evaluation.sessions_file import read_sessions
from ml_models.marker import find_marker
from ml_models.reasons import ReasonCode
from ml_models.synthetic.actors import carry, part_matrices, smooth_noise
from ml_models.synthetic.body_table import load_body_table
from ml_models.synthetic.children import HEIGHT, load_lms, zscores
from ml_models.synthetic.data_card import banded, count_table
from ml_models.synthetic.film_writer import write_film
from ml_models.synthetic.posing import neutral_rotations, pose, random_rotations
from ml_models.synthetic.refused_sessions import KINDS, draw_refused
from ml_models.synthetic.rendered_films import Camera
from ml_models.synthetic.session_plans import STANDING_DAY, draw_plans
from ml_models.synthetic.session_table import COLUMNS, session_row, write_table
from ml_models.types import CameraIntrinsics, SampledFrames, ScanType

NEEDS_ANNY = pytest.mark.skipif(
    importlib.util.find_spec("anny") is None, reason="the body model is installed by requirements-training.txt only"
)
PLANS = draw_plans(120, 7)


def heights_for_age() -> np.ndarray:
    children = [plan.child for plan in PLANS]
    return np.concatenate([zscores(c.targets, c.is_girl, c.age_days, load_lms())[:, HEIGHT] for c in children])


def still_camera(distance_cm: float) -> Camera:
    """A level camera straight before the origin, for one frame."""
    axes = np.array([[1.0, 0, 0], [0, 0, -1.0], [0, 1.0, 0]])
    return Camera(axes[None], np.array([[0.0, -distance_cm, 0.0]]), 1200.0, distance_cm, 80.0, 0.0, 0.0)


def test_skin_tones_and_markers_are_balanced() -> None:
    assert np.bincount([plan.skin_tone for plan in PLANS]).tolist() == [20] * 6
    off = [plan.mismatch_cm for plan in PLANS]
    assert sum(cm is None for cm in off) == 12
    assert sum(cm is not None and 0 <= cm <= 3 for cm in off) == 90
    assert sum(cm is not None and 10 <= abs(cm) <= 15 for cm in off) == 18


def test_children_lie_below_24_months_and_stand_from_then_on() -> None:
    assert all(plan.is_lying == (plan.child.age_days[0] < STANDING_DAY) for plan in PLANS)
    assert {plan.scan_types for plan in PLANS} == {
        (ScanType.LYING_ABOVE,),
        (ScanType.STANDING_FRONT,),
        (ScanType.STANDING_FRONT, ScanType.STANDING_SIDE),
    }


def test_stunted_and_tall_bands_have_numbers() -> None:
    haz = heights_for_age()

    assert np.mean(haz < -2) > 0.2
    assert np.mean(haz > 1) > 0.1
    assert np.abs(haz).max() < 4.6


def test_the_same_seed_draws_the_same_sessions() -> None:
    again = draw_plans(120, 7)

    assert [plan.seed for plan in again] == [plan.seed for plan in PLANS]
    assert [plan.focal_px for plan in again] == [plan.focal_px for plan in PLANS]
    assert [plan.focal_px for plan in draw_plans(120, 8)] != [plan.focal_px for plan in PLANS]


def test_every_way_of_going_wrong_is_drawn_with_its_reason() -> None:
    plans = draw_refused(len(KINDS), 7)

    assert [(plan.subject, plan.expected_reason) for plan in plans] == list(KINDS)
    assert {plan.expected_reason for plan in plans} >= {ReasonCode.WRONG_VIEW, ReasonCode.MARKER_NOT_FOUND}
    claimed = next(plan for plan in plans if plan.subject == "unseen_marker")
    assert claimed.marker_id is not None
    assert claimed.mismatch_cm is None


def test_the_table_is_read_by_evaluations(tmp_path: Path) -> None:
    (tmp_path / "videos").mkdir()
    rows = []
    for plan in PLANS[:30]:
        files = {scan_type: Path(f"{plan.session_id}_{scan_type.value}.mp4") for scan_type in plan.scan_types}
        rows.append(session_row(plan, plan.child.targets[0], files, still_camera(200.0)))

    write_table(tmp_path / "sessions.csv", rows)
    table = read_sessions(tmp_path / "sessions.csv", tmp_path / "videos")

    assert tuple(next(csv.reader((tmp_path / "sessions.csv").open(encoding="utf-8")))) == COLUMNS
    assert len(table.rows) == 30
    assert [row.problem for row in table.rows] == [None] * 30
    assert table.drawn
    assert [row.truth.skin_tone for row in table.rows] == [plan.skin_tone for plan in PLANS[:30]]


def test_what_is_told_is_wrong_by_what_tools_are_wrong_by() -> None:
    rows = [session_row(plan, plan.child.targets[0], {}, still_camera(200.0)) for plan in PLANS]

    distance = np.array([float(row["measured_distance_cm"]) for row in rows])
    focal = np.array([float(row["fx"]) for row in rows])
    assert distance.std() == pytest.approx(6.0, rel=0.25)
    assert distance.mean() == pytest.approx(200.0, abs=2.0)
    assert focal.std() == pytest.approx(12.0, rel=0.25)


def test_parts_move_points_as_posing_does() -> None:
    bodies = load_body_table().take(np.arange(2))
    rotvec = neutral_rotations(bodies.joints) + random_rotations(2, np.zeros(2, dtype=bool), np.random.default_rng(0))

    posed = pose(bodies.points, bodies.weights, bodies.joints, rotvec)

    for row in range(2):
        parts = part_matrices(bodies.joints[row], rotvec[row : row + 1])
        np.testing.assert_allclose(carry(parts, bodies.points[row], bodies.weights)[0], posed[row], atol=1e-9)


def test_movement_is_smooth_and_of_unit_size() -> None:
    moves = smooth_noise(3000, (8,), 15.0, np.random.default_rng(0))

    assert moves.std() == pytest.approx(1.0, rel=0.1)
    assert np.diff(moves, axis=0).std() < 0.5


def test_a_camera_projects_what_is_right_and_above_right_and_above() -> None:
    seen = still_camera(200.0).project(np.array([[[0.0, 0, 0], [20.0, 0, 10.0]]]))[0]

    np.testing.assert_allclose(seen, [[360, 640], [360 + 120, 640 - 60]])


def test_the_same_pictures_give_the_same_film(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    pictures = [rng.integers(0, 255, (128, 96, 3), dtype=np.uint8) for _ in range(5)]

    count = write_film(tmp_path / "a.mp4", iter(pictures), fps=15, crf=23)
    write_film(tmp_path / "b.mp4", iter(pictures), fps=15, crf=23)

    assert count == 5
    assert (tmp_path / "a.mp4").read_bytes() == (tmp_path / "b.mp4").read_bytes()
    with av.open(str(tmp_path / "a.mp4")) as film:
        assert film.streams.video[0].codec_context.name == "h264"
        assert sum(1 for _ in film.decode(video=0)) == 5


def test_a_film_without_a_picture_is_refused(tmp_path: Path) -> None:
    with pytest.raises(ValueError, match="picture"):
        write_film(tmp_path / "none.mp4", iter([]), fps=15, crf=23)


def test_the_data_card_counts_each_value_once() -> None:
    counts = banded(np.array([-4.0, -3.0, -2.5, 0.0, 9.0]), (-np.inf, -3.0, -2.0, np.inf), ("a", "b", "c"))

    assert counts == {"a": 1, "b": 2, "c": 2}
    assert count_table("z", {"train": counts}).splitlines()[2:] == ["| a | 1 |", "| b | 2 |", "| c | 2 |"]


@NEEDS_ANNY
@pytest.mark.slow
def test_rendered_films_show_what_their_rows_say(tmp_path: Path) -> None:
    """Marker PnP with the true camera finds the marker at the true distance within 1.5 %: pan is told to nobody."""
    from ml_models.synthetic.rendered_sessions import render_folder

    # This seed draws a child filmed from the front and from the side, and a lying one, both with the marker.
    table = render_folder(count=2, refused=0, seed=8, out=tmp_path, jobs=1)

    rows = list(csv.DictReader(table.open(encoding="utf-8")))
    assert sorted(len(row["files"].split(";")) for row in rows) == [1, 2]
    for row in rows:
        for entry in row["files"].split(";"):
            with av.open(str(tmp_path / "videos" / entry.split(":")[1])) as film:
                images = np.stack([frame.to_ndarray(format="rgb24") for frame in film.decode(video=0)])
            assert images.shape == (30, 1280, 720, 3)
            frames = SampledFrames(images, np.arange(30) / 15, 720, 1280, 1.0, 2.0, 15.0, "h264")
            fx = float(row["true_fx"])
            found = find_marker(
                frames,
                marker_id=int(row["marker_id"]),
                marker_size_mm=float(row["marker_size_mm"]),
                intrinsics=CameraIntrinsics(fx, fx, 359.5, 639.5, 0.01),
            )
            assert found is not None
            off = np.radians(float(row["true_camera_tilt_deg"]) - (90.0 if row["position"] == "lying" else 0.0))
            _x, down, ahead = found.centre_cm
            behind = float(row["true_distance_cm"]) + float(row["marker_depth_mismatch_cm"])
            assert ahead * np.cos(off) - down * np.sin(off) == pytest.approx(behind, rel=0.015)
