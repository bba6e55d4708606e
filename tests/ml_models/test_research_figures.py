"""Two models by the figures in their manifests."""

from __future__ import annotations

from typing import Any

from ml_models.research.figures import compare_figures


def metrics(lying: float, standing: float) -> dict[str, Any]:
    return {
        "rendered_test_films": [
            {"posture": "lying", "cue": "marker", "children": 100, "height_cm": {"mae": lying}},
            {"posture": "standing", "cue": "marker", "children": 300, "height_cm": {"mae": standing}},
        ]
    }


def test_groups_count_by_their_children() -> None:
    comparison = compare_figures(metrics(1.0, 2.0), metrics(2.0, 1.0))

    assert comparison.rows[0] == {"group": "all", "count": 400, "active_mae_cm": 1.75, "candidate_mae_cm": 1.25}
    assert comparison.objections == ()


def test_larger_errors_are_objected_to() -> None:
    assert compare_figures(metrics(1.0, 1.0), metrics(1.0, 1.1)).objections


def test_rows_that_name_their_quantity_are_read_too() -> None:
    flat = {"held_out": [{"quantity": "height_cm", "n": 50, "mae": 1.0}, {"quantity": "weight_kg", "n": 50, "mae": 9}]}

    assert compare_figures(flat, flat).rows[0]["active_mae_cm"] == 1.0


def test_figures_of_other_films_are_not_compared() -> None:
    comparison = compare_figures(metrics(1.0, 1.0), {"other_films": metrics(1.0, 1.0)["rendered_test_films"]})

    assert comparison.rows == ()
    assert comparison.objections == ("The two models have no figures of the same films.",)


def test_parts_of_the_same_children_do_not_count_twice() -> None:
    whole = metrics(1.0, 1.0)["rendered_test_films"]
    dark = [row | {"part": "skin tone 5", "height_cm": {"mae": 9.0}} for row in whole]
    told = {"rendered_test_films": [row | {"part": "all"} for row in whole] + dark}

    assert compare_figures(told, told).rows[0]["count"] == 400
