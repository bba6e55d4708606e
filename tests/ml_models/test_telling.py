"""What operators, phones and markers tell wrong, and that only as much of it comes through as physics lets."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from ml_models.features import feature_names
from ml_models.scale_cues import DISTANCE_RELATIVE_SD, MARKER_ELSEWHERE_SHARE, MARKER_IN_PLACE_CM
from ml_models.synthetic.children import load_lms
from ml_models.synthetic.film_table import FilmTable
from ml_models.training.dataset import View, films_of, told_rows, usable
from ml_models.training.telling import (
    FOCAL_TABLE_SD,
    FOCAL_TOLD_SD,
    PROTOCOL_HABITS,
    TRAINING_HABITS,
    Habits,
    ToldErrors,
    ToldLens,
    draw_errors,
    exact_lens,
    told_lens,
)
from ml_models.types import ScaleCue, ScanType
from tests.ml_models.reference_tables import film_table

FRONT, LYING = ScanType.STANDING_FRONT, ScanType.LYING_ABOVE
COUNT = 60
#: A tape and nothing else, beside it a marker or not.
ONLY_TAPE = Habits(table_phone=0.0, tape_beside_marker=1.0, height_and_tilt=0.0, resize_sd=0.0)
ONLY_MARKER = replace(ONLY_TAPE, tape_beside_marker=0.0)


@pytest.fixture(scope="module")
def table() -> FilmTable:
    return usable(film_table(COUNT, 21))


def of(table: FilmTable, scan_type: ScanType) -> FilmTable:
    return table.take(table.scan_type == scan_type.value)


def faultless(count: int, cue: ScaleCue, habits: Habits, **changed: object) -> ToldErrors:
    """What is told by people and phones that make no mistakes, apart from `changed`."""
    drawn = draw_errors(count, cue, habits, np.random.default_rng(0))
    nothing = np.zeros(count)
    marker = np.full(count, MARKER_IN_PLACE_CM if cue is ScaleCue.MARKER else np.nan)
    return replace(
        drawn,
        **{
            "focal": nothing, "tape": nothing, "height_cm": nothing, "tilt_deg": nothing, "pnp": nothing,
            "sheet_deg": np.zeros((count, 2)), "marker_behind_cm": marker, **changed,
        },
    )  # fmt: skip


def scale_of(lens: ToldLens) -> np.ndarray:
    """Centimetres per pixel in the body plane."""
    return np.asarray(lens.depth_cm * lens.normal[:, 2] / lens.focal_px)


def test_a_told_distance_that_is_wrong_is_the_scales_error(table: FilmTable) -> None:
    films = of(table, FRONT)
    count = len(films.child)

    right, far = (
        told_lens(films, FRONT, faultless(count, ScaleCue.DISTANCE, ONLY_TAPE, tape=np.full(count, off)))
        for off in (0.0, 0.05)
    )

    np.testing.assert_allclose(far.log_scale_error - right.log_scale_error, np.log(1.05), rtol=1e-3)


def test_a_wrong_focal_length_is_an_error_of_the_tape_and_none_of_the_marker(table: FilmTable) -> None:
    films = of(table, FRONT)
    count = len(films.child)
    wide = np.full(count, 0.06)
    errors = {
        cue: [faultless(count, cue, habits), faultless(count, cue, habits, focal=wide)]
        for cue, habits in ((ScaleCue.DISTANCE, ONLY_TAPE), (ScaleCue.MARKER, ONLY_MARKER))
    }

    by_tape, by_marker = (
        scale_of(told_lens(films, FRONT, errors[cue][1])) / scale_of(told_lens(films, FRONT, errors[cue][0]))
        for cue in (ScaleCue.DISTANCE, ScaleCue.MARKER)
    )

    np.testing.assert_allclose(by_tape, 1 / 1.06, rtol=1e-3)
    np.testing.assert_allclose(by_marker, 1.0, rtol=2e-3)  # the sheet's place behind the child is in centimetres


def test_a_misplaced_marker_alone_is_believed_and_beside_a_tape_less(table: FilmTable) -> None:
    films = of(table, FRONT)
    count = len(films.child)
    behind = np.full(count, 12.0)

    alone, beside = (
        np.median(
            told_lens(films, FRONT, faultless(count, ScaleCue.MARKER, h, marker_behind_cm=behind)).log_scale_error
        )
        for h in (ONLY_MARKER, PROTOCOL_HABITS)
    )

    assert 0 < beside < 0.8 * alone


def test_faultless_people_and_phones_tell_the_scale(table: FilmTable) -> None:
    films = of(table, LYING)

    lens = told_lens(films, LYING, faultless(len(films.child), ScaleCue.DISTANCE, PROTOCOL_HABITS))

    assert np.abs(np.median(lens.log_scale_error)) < 0.01
    np.testing.assert_array_equal(exact_lens(films, LYING).log_scale_error, 0.0)


@pytest.mark.parametrize("cue", [ScaleCue.MARKER, ScaleCue.DISTANCE])
@pytest.mark.parametrize("scan_type", [FRONT, LYING])
def test_the_told_sd_is_the_spread_of_the_error(scan_type: ScanType, cue: ScaleCue) -> None:
    films = of(usable(film_table(200, 22)), scan_type)
    films = films.take(np.tile(np.arange(len(films.child)), 10))
    errors = draw_errors(len(films.child), cue, PROTOCOL_HABITS, np.random.default_rng(3))

    lens = told_lens(films, scan_type, errors)

    assert np.std(lens.log_scale_error / lens.relative_sd) == pytest.approx(1.0, abs=0.25)


def test_a_child_resized_as_a_whole_is_filmed_from_as_much_farther(table: FilmTable) -> None:
    films = of(table, FRONT)
    count = len(films.child)
    larger = np.full(count, 1.08)

    as_is, resized = (
        told_lens(films, FRONT, faultless(count, ScaleCue.DISTANCE, ONLY_TAPE, size=size))
        for size in (np.ones(count), larger)
    )

    np.testing.assert_allclose(resized.depth_cm, 1.08 * as_is.depth_cm, rtol=1e-9)
    np.testing.assert_allclose(resized.log_scale_error, as_is.log_scale_error, atol=1e-9)


def test_people_forget_as_often_as_their_habits_say() -> None:
    count = 20_000
    errors = draw_errors(count, ScaleCue.MARKER, TRAINING_HABITS, np.random.default_rng(1))

    assert errors.has_tape.mean() == pytest.approx(TRAINING_HABITS.tape_beside_marker, abs=0.02)
    assert errors.has_height_and_tilt.mean() == pytest.approx(TRAINING_HABITS.height_and_tilt, abs=0.02)
    assert np.mean(errors.focal_sd == FOCAL_TABLE_SD) == pytest.approx(TRAINING_HABITS.table_phone, abs=0.02)
    assert set(np.unique(errors.focal_sd)) == {FOCAL_TOLD_SD, FOCAL_TABLE_SD}
    assert errors.tape.std() == pytest.approx(DISTANCE_RELATIVE_SD, rel=0.05)
    assert np.log(errors.size).std() == pytest.approx(TRAINING_HABITS.resize_sd, rel=0.05)
    off = np.mean(np.abs(errors.marker_behind_cm - MARKER_IN_PLACE_CM) > 6)
    assert 0.3 * MARKER_ELSEWHERE_SHARE < off < MARKER_ELSEWHERE_SHARE


def test_a_session_by_distance_has_a_tape_and_no_marker() -> None:
    errors = draw_errors(500, ScaleCue.DISTANCE, TRAINING_HABITS, np.random.default_rng(1))

    assert errors.has_tape.all()
    assert np.isnan(errors.marker_behind_cm).all()
    assert not errors.has_sheet_normal.any()


def test_front_and_side_of_a_session_are_one_child(table: FilmTable) -> None:
    front, side = films_of(table.take(np.random.default_rng(4).permutation(len(table.child))), View.STANDING_BOTH)

    np.testing.assert_array_equal(front.child, side.child)
    np.testing.assert_array_equal(front.measured, side.measured)
    assert set(front.scan_type) == {FRONT.value}
    assert set(side.scan_type) == {ScanType.STANDING_SIDE.value}


def test_one_operator_makes_one_error_for_both_films_of_a_session(table: FilmTable) -> None:
    """By tape alone front and side are off by the same share."""
    lms = load_lms()
    told, exact = (
        told_rows(table, View.STANDING_BOTH, ScaleCue.DISTANCE, habits, lms, np.random.default_rng(5))
        for habits in (replace(ONLY_TAPE, height_and_tilt=0.0), None)
    )
    names = [f"standing_{view}.distance" for view in ("front", "side")]

    front, side = (told.values[:, i] / exact.values[:, i] for i in map(feature_names().index, names))

    assert front.std() > 0.015
    np.testing.assert_allclose(front, side, rtol=0.05)
    assert np.corrcoef(front, side)[0, 1] > 0.9


def test_the_same_seed_tells_the_same_sessions(table: FilmTable) -> None:
    first, again, other = (
        told_rows(table, View.LYING_ABOVE, ScaleCue.MARKER, TRAINING_HABITS, load_lms(), np.random.default_rng(seed))
        for seed in (6, 6, 7)
    )

    np.testing.assert_array_equal(first.inputs, again.inputs)
    np.testing.assert_array_equal(first.relative_sd, again.relative_sd)
    assert not np.array_equal(first.relative_sd, other.relative_sd)


def test_a_film_with_a_gross_slip_of_the_pose_or_an_end_outside_is_not_used() -> None:
    films = of(film_table(COUNT, 21), FRONT)
    good = usable(films)
    slipped, cut = films.frames_px.copy(), films.true_px.copy()
    slipped[0, :, 27] += [0, 400.0]  # an ankle at the other end of the picture
    cut[1, 34, 1] = 1300.0  # soles below the picture

    spoilt = usable(replace(films, frames_px=slipped, true_px=cut))

    assert {int(films.child[0]), int(films.child[1])} <= set(good.child.tolist())
    assert set(good.child.tolist()) - set(spoilt.child.tolist()) == {int(films.child[0]), int(films.child[1])}
