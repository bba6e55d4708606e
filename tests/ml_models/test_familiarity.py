"""Bodies like those learnt from, and bodies unlike them, by proportions alone."""

from __future__ import annotations

import json

import numpy as np
import pytest

from ml_models.familiarity import PROPORTIONS, fit_familiarity, strangeness
from ml_models.features import SEGMENTS, feature_names
from ml_models.types import ScanType

FRONT, SIDE, LYING = ScanType.STANDING_FRONT, ScanType.STANDING_SIDE, ScanType.LYING_ABOVE
#: Shares of crown-soles of a schematic child, and how far children differ.
SHARES, SPREAD = np.linspace(0.85, 0.2, len(PROPORTIONS)), 0.012


def children(count: int, seed: int, *scan_types: ScanType) -> np.ndarray:
    """Session features of children whose upper and lower bodies vary together, (n, names); other films are NaN."""
    rng = np.random.default_rng(seed)
    values = np.full((count, len(ScanType), len(SEGMENTS)), np.nan)
    common = rng.normal(0, SPREAD, (count, 1))
    shares = SHARES + common + rng.normal(0, SPREAD / 3, (count, len(SHARES)))
    extent = rng.uniform(50, 110, (count, 1))
    for scan_type in scan_types:
        block = list(ScanType).index(scan_type)
        values[:, block, SEGMENTS.index("crown_soles")] = extent[:, 0]
        values[:, block, [SEGMENTS.index(name) for name in PROPORTIONS]] = shares * extent
    return values.reshape(count, -1)


def changed(row: np.ndarray, scan_type: ScanType, factors: dict[str, float]) -> np.ndarray:
    """The same session with some segments of one film longer or shorter."""
    other = row.copy()
    for name, factor in factors.items():
        other[feature_names().index(f"{scan_type.value}.{name}")] *= factor
    return other


@pytest.fixture(scope="module")
def learnt() -> dict:
    """Read back from JSON, as a manifest gives it."""
    return json.loads(json.dumps(fit_familiarity(children(800, 1, *ScanType))))


def test_what_is_kept_is_one_distribution_for_each_view(learnt: dict) -> None:
    assert set(learnt) == {scan_type.value for scan_type in ScanType}
    for about in learnt.values():
        assert about["children"] == 800
        np.testing.assert_allclose(about["centre"], SHARES, atol=0.003)
        assert np.array(about["precision"]).shape == (len(PROPORTIONS),) * 2
        assert about["limit"] > 0


def test_children_of_the_same_kind_are_familiar(learnt: dict) -> None:
    found = [strangeness(row, learnt) for row in children(300, 2, FRONT, SIDE)]

    assert max(value for value in found if value is not None) < 1


def test_longer_legs_than_any_child_has_are_strange(learnt: dict) -> None:
    child = children(1, 3, FRONT)[0]
    adult = changed(child, FRONT, {"hips_above_soles": 1.25, "thigh": 1.3, "shank": 1.3})

    assert (strangeness(adult, learnt) or 0) > 1 > (strangeness(child, learnt) or 2)


def test_proportions_that_do_not_go_together_are_strange(learnt: dict) -> None:
    """Each share alone is that of some child, all of them together of none."""
    child = children(1, 3, FRONT)[0]
    apart = changed(child, FRONT, {name: 1.04 if index % 2 else 0.96 for index, name in enumerate(PROPORTIONS)})
    together = changed(child, FRONT, dict.fromkeys(PROPORTIONS, 1.02))

    assert (strangeness(apart, learnt) or 0) > 1 > (strangeness(together, learnt) or 2)


@pytest.mark.parametrize("factor", [0.4, 0.9, 3.0])
def test_scale_plays_no_part(learnt: dict, factor: float) -> None:
    child = children(1, 4, FRONT)[0]

    assert strangeness(child * factor, learnt) == pytest.approx(strangeness(child, learnt), rel=1e-6)


def test_the_strangest_film_of_a_session_counts(learnt: dict) -> None:
    child = children(1, 5, FRONT, SIDE)[0]
    odd_side = changed(child, SIDE, {"thigh": 1.5})

    assert (strangeness(child, learnt) or 2) < 1
    assert (strangeness(odd_side, learnt) or 0) > 1


def test_of_a_session_without_outline_nothing_is_said(learnt: dict) -> None:
    child = changed(children(1, 6, LYING)[0], LYING, {"outline_area": np.nan})

    assert strangeness(child, learnt) is None


def test_of_a_view_that_was_never_learnt_nothing_is_said() -> None:
    lying_only = {LYING.value: fit_familiarity(children(100, 1, *ScanType))[LYING.value]}

    assert strangeness(children(1, 7, FRONT)[0], lying_only) is None


def test_children_without_an_outline_do_not_spoil_what_is_learnt() -> None:
    rows = children(200, 8, *ScanType)
    without = rows.copy()
    without[:40, feature_names().index("lying_above.outline_area")] = np.nan

    fitted = fit_familiarity(without)

    assert [fitted[t.value]["children"] for t in (FRONT, LYING)] == [200, 160]
    assert np.isfinite(fitted[LYING.value]["precision"]).all()
