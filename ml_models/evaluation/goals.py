"""What a measuring model is asked to reach on sessions that it has not seen, and whether a report shows it.

The goals are the project's own; a goal that too few sessions speak to is neither met nor missed.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

#: With fewer sessions a share of 90 % is uncertain by more than 8 points either way.
MIN_SESSIONS = 50
_COVERAGE_90 = (0.88, 0.92)
_SLOPE = (0.95, 1.05)
_IN_PLANE = "within 3 cm of the plane"
_OFF_PLANE = "10-15 cm off the plane"

Values = Mapping[str, Any]


@dataclass(frozen=True)
class Goal:
    """One goal beside what was found, with its 95 % interval: a miss inside it may be chance.

    `met`: None where fewer than MIN_SESSIONS sessions speak to it, or none.
    """

    topic: str
    asked: str
    found: float | None
    n: int
    met: bool | None
    low: float | None = None
    high: float | None = None


def check_goals(overall: Values, by: Mapping[str, Mapping[str, Values]], yields: Values) -> list[Goal]:
    """Return every goal beside the figures of a report."""
    flat = by.get("posture and marker mismatch", {})
    cues = by.get("posture and scale cue", {})
    goals = [
        _at_most("Standing, marker in the child's plane: height error, cm", _mae(flat, f"standing, {_IN_PLANE}"), 0.9),
        _at_least("Standing, marker in the child's plane: HAZ r", _haz_r(flat, f"standing, {_IN_PLANE}"), 0.96),
        _at_most("Standing, measured distance: height error, cm", _mae(cues, "standing, distance"), 1.6),
        _at_least("Standing, measured distance: HAZ r", _haz_r(cues, "standing, distance"), 0.90),
        _at_most("Lying, marker: length error, cm", _mae(cues, "lying, marker"), 0.7),
        _at_most("Lying, measured distance: length error, cm", _mae(cues, "lying, distance"), 1.2),
        _at_least(
            "Marker 10-15 cm off the plane: 90 % interval covers",
            _height(by.get("marker mismatch", {}).get(_OFF_PLANE), "coverage", "90", "share"),
            _COVERAGE_90[0],
        ),
        _at_most("Weight error, kg", _find(overall, "quantities", "weight_kg", "mae"), 0.5),
        _at_least("MUAC z r", _find(overall, "quantities", "muac_mm", "z_correlation"), 0.6),
        _at_least("Yield of sessions to be measured", yields["yield"], 0.97),
        _every("Sessions to be refused, refused with their reason", yields["refused_as_expected"]),
    ]
    marker = by.get("scale cue", {}).get("marker")
    goals.append(_inside("Marker: slope of estimated on true HAZ", _find(marker, "height", "haz_slope"), _SLOPE))
    bands = _find(overall, "height", "bias_by_true_haz") or {}
    goals += [_inside(f"Height bias at true HAZ {band}, cm", bias, (-0.3, 0.3)) for band, bias in bands.items()]
    goals.append(_skin_tones(by.get("skin tone", {})))
    for dimension in ("age", "posture", "scale cue", "age, posture and scale cue"):
        for group, figures in by.get(dimension, {}).items():
            covered = _height(figures, "coverage", "90", "share")
            if covered is not None and covered["n"] >= MIN_SESSIONS:
                goals.append(_inside(f"90 % interval of height covers: {group}", covered, _COVERAGE_90))
    return goals


def _skin_tones(tones: Mapping[str, Values]) -> Goal:
    maes = [mae for mae in (_height(figures, "mae") for figures in tones.values()) if mae is not None]
    n = min((mae["n"] for mae in maes), default=0)
    values = [mae["value"] for mae in maes]
    apart = max(values) / min(values) - 1 if len(values) > 1 and min(values) > 0 else None
    met = None if apart is None or n < MIN_SESSIONS else apart <= 0.10
    return Goal("Height error of the worst skin tone above that of the best", "at most 0.1", _rounded(apart), n, met)


def _at_most(topic: str, figure: Values | None, bound: float) -> Goal:
    return _goal(topic, f"at most {bound:g}", figure, lambda value: value <= bound)


def _at_least(topic: str, figure: Values | None, bound: float) -> Goal:
    return _goal(topic, f"at least {bound:g}", figure, lambda value: value >= bound)


def _inside(topic: str, figure: Values | None, ends: tuple[float, float]) -> Goal:
    return _goal(topic, f"{ends[0]:g} to {ends[1]:g}", figure, lambda value: ends[0] <= value <= ends[1])


def _every(topic: str, figure: Values | None) -> Goal:
    """One that is missed is a miss, however few there are."""
    if figure is None:
        return Goal(topic, "all", None, 0, None)
    return Goal(topic, "all", figure["value"], figure["n"], figure["value"] == 1, figure["low"], figure["high"])


def _goal(topic: str, asked: str, figure: Values | None, reached: Callable[[float], bool]) -> Goal:
    if figure is None:
        return Goal(topic, asked, None, 0, None)
    met = reached(figure["value"]) if figure["n"] >= MIN_SESSIONS else None
    return Goal(topic, asked, figure["value"], figure["n"], met, figure["low"], figure["high"])


def _mae(part: Mapping[str, Values], group: str) -> Values | None:
    return _height(part.get(group), "mae")


def _haz_r(part: Mapping[str, Values], group: str) -> Values | None:
    return _height(part.get(group), "z_correlation")


def _height(figures: Values | None, *path: str) -> Values | None:
    return _find(figures, "quantities", "height_cm", *path)


def _find(figures: Values | None, *path: str) -> Values | None:
    for name in path:
        figures = None if figures is None else figures.get(name)
    return figures


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
