"""The page of an evaluation: plain sentences first, then goals, pictures and every table. One file, no network.

Decides words and order; figures come from the report as they are.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from html import escape
from typing import Any

from ml_models.evaluation.canvas import Plot
from ml_models.evaluation.goals import MIN_SESSIONS
from ml_models.evaluation.plots import LABELS

Values = Mapping[str, Any]

_RENDERED = (
    "The children of this report are rendered: drawn by a computer, of bodies sized after the WHO standards, with "
    "their truth known exactly. Rendered children are rendered children. Nothing here says how well a real child is "
    "measured."
)
_UNKNOWN_ORIGIN = (
    "The table does not say whether its children are rendered or real. If they were rendered, nothing here says how "
    "well a real child is measured."
)
_STYLE = """
body{font:16px/1.5 system-ui,sans-serif;color:#16222e;margin:0 auto;max-width:62rem;padding:1.5rem}
h1{font-size:1.7rem;margin:0 0 .5rem}h2{margin:2.4rem 0 .4rem;font-size:1.25rem}
.origin{border-left:.4rem solid #b3261e;background:#fdf1f0;padding:.7rem 1rem}
.lead{font-size:1.1rem}.lead li{margin:.3rem 0}
figure{margin:1.4rem 0}figure svg{max-width:100%;height:auto}figure h3{margin:0 0 .3rem}
figcaption{color:#4a5763;font-size:.9rem}
.wide{overflow-x:auto}table{border-collapse:collapse;font-size:.85rem;font-variant-numeric:tabular-nums}
th,td{padding:.2rem .6rem;border-bottom:1px solid #dde3e9;text-align:right;white-space:nowrap}
th:first-child,td:first-child{text-align:left}thead th{border-bottom:2px solid #7a8794;vertical-align:bottom}
.low{color:#4a5763;font-size:.8em}details{margin:.5rem 0}summary{cursor:pointer;font-weight:600}
.yes{color:#1d6b2c}.no{color:#b3261e;font-weight:600}
"""


def render_page(report: Values, plots: Sequence[Plot]) -> str:
    """Return the whole page as HTML."""
    about = report["about"]
    parts = [
        "<h1>How well scans measured these children</h1>",
        f'<p class="origin">{_RENDERED if about["rendered_children"] else _UNKNOWN_ORIGIN}</p>',
        _in_short(report),
        "<h2>Goals</h2>",
        f"<p>A goal that fewer than {MIN_SESSIONS} sessions speak to is neither met nor missed. In brackets: 95 % "
        "intervals; a miss whose interval reaches the goal may be chance.</p>",
        _goals(report["goals"]),
        "<h2>Pictures</h2>",
        *(_figure(plot) for plot in plots),
        "<h2>Which sessions were refused</h2>",
        _refusals(report["yield"]),
        "<h2>All figures</h2>",
        "<p>In brackets: 95 % intervals. MAE: mean absolute error. z r: correlation of z-scores, which age cannot make "
        "look good. Age + sex: the error of giving every child the average z-score of this set.</p>",
        _tables("All sessions", {"all": report["overall"]}, opened=True),
        *(_tables(f"By {dimension}", parts) for dimension, parts in report["by"].items()),
        "<h2>Made from</h2>",
        _made_from(about),
    ]
    return (
        '<!doctype html><html lang="en"><head><meta charset="utf-8">'
        '<meta name="viewport" content="width=device-width"><title>Evaluation of scans</title>'
        f"<style>{_STYLE}</style></head><body>{''.join(parts)}</body></html>\n"
    )


def _in_short(report: Values) -> str:
    yields, overall = report["yield"], report["overall"]
    height, stunting = overall["quantities"]["height_cm"], overall["stunting"]
    lines = []
    if yields["yield"] is not None:
        lines.append(
            f"Of {yields['to_be_measured']} sessions that could be measured, {_percent(yields['yield'])} gave a length "
            "or height."
        )
    if yields["refused_as_expected"] is not None:
        lines.append(
            f"Of {yields['to_be_refused']} sessions that must be refused, {_percent(yields['refused_at_all'])} were, "
            f"{_percent(yields['refused_as_expected'])} for the right reason."
        )
    if height["mae"] is not None:
        lines.append(
            f"Length or height was wrong by {_number(height['mae'], 2)} cm on average; knowing only age and sex, it "
            f"would have been wrong by {_plain(height['mae_age_and_sex'], 2)} cm."
        )
    if stunting["sensitivity"] is not None:
        lines.append(
            f"{_children(stunting['stunted'])} truly stunted: {_percent(stunting['sensitivity'])} of them were found."
        )
    if stunting["positive_predictive_value"] is not None:
        lines.append(
            f"{_children(stunting['called'])} called stunted: {_percent(stunting['positive_predictive_value'])} of "
            "them were."
        )
    covered = height["coverage"]["90"]["share"]
    if covered is not None:
        lines.append(
            f"The interval that should hold the truth in 90 of 100 held it in {_percent(covered)} of {covered['n']}."
        )
    return f'<ul class="lead">{"".join(f"<li>{line}</li>" for line in lines)}</ul>'


def _children(count: int) -> str:
    return "1 child was" if count == 1 else f"{count} children were"


def _goals(goals: Sequence[Values]) -> str:
    words = {True: '<span class="yes">met</span>', False: '<span class="no">missed</span>', None: "too few"}
    rows = [[escape(goal["topic"]), goal["asked"], _found(goal), str(goal["n"]), words[goal["met"]]] for goal in goals]
    return _table(["Goal", "asked", "found", "n", ""], rows)


def _found(goal: Values) -> str:
    if goal["found"] is None:
        return "-"
    return _number({"value": goal["found"], "low": goal["low"], "high": goal["high"]}, 3)


def _figure(plot: Plot) -> str:
    label = escape(f"{plot.title}. {plot.caption}", quote=True)
    drawing = plot.svg.replace("<svg ", f'<svg role="img" aria-label="{label}" ', 1)
    return f"<figure><h3>{escape(plot.title)}</h3>{drawing}<figcaption>{escape(plot.caption)}</figcaption></figure>"


def _refusals(yields: Values) -> str:
    if not yields["unexpected"]:
        return "<p>Every session ended as it should.</p>"
    rows = [
        [escape(one["session_id"]), escape(one["expected"]) or "to be measured", escape(one["given"]) or "measured"]
        for one in yields["unexpected"]
    ]
    return "<p>These ended otherwise than they should:</p>" + _table(["Session", "expected", "given"], rows)


def _tables(title: str, parts: Mapping[str, Values], *, opened: bool = False) -> str:
    tables = [_summary(parts), *(_quantity(name, parts) for name in LABELS)]
    state = " open" if opened else ""
    return f"<details{state}><summary>{escape(title)}</summary>{''.join(tables)}</details>"


def _summary(parts: Mapping[str, Values]) -> str:
    """Yield, height's own figures, stunting and confidence: one row a group."""
    rows = []
    for name, figures in parts.items():
        height, stunting, confidence = figures["height"], figures["stunting"], figures["confidence"]
        rows.append(
            [
                escape(name),
                str(figures["sessions"]),
                _percent(figures["yield"]),
                _percent(height["within_1_cm"]),
                _percent(height["within_1.4_cm"]),
                _or_dash(confidence["said"], 2),
                _percent(confidence["right"]),
                _number(height["haz_slope"], 2),
                *(_number(bias, 2, sign=True) for bias in height["bias_by_true_haz"].values()),
                f"{stunting['stunted']} / {stunting['called']}",
                _percent(stunting["sensitivity"]),
                _percent(stunting["specificity"]),
                _percent(stunting["positive_predictive_value"]),
            ]
        )
    header = [
        "", "sessions", "yield", "within 1 cm", "within 1.4 cm", "confidence said", "was right", "HAZ slope",
        "bias cm, HAZ below -2", "-2 to +1", "above +1", "stunted / called", "sensitivity", "specificity", "PPV",
    ]  # fmt: skip
    return _table(header, rows)


def _quantity(name: str, parts: Mapping[str, Values]) -> str:
    rows = []
    for group, figures in parts.items():
        one = figures["quantities"][name]
        limits = one["limits_of_agreement"]
        rows.append(
            [
                escape(group),
                str(one["n"]),
                _number(one["mae"], 2),
                _plain(one["mae_age_and_sex"], 2),
                _plain(one["mae_who_median"], 2),
                _number(one["bias"], 2, sign=True),
                _number(limits and limits["lower"], 2, sign=True),
                _number(limits and limits["upper"], 2, sign=True),
                _number(one["correlation"], 3),
                _number(one["z_correlation"], 3),
                *(_percent(covered["share"]) for covered in one["coverage"].values()),
                _or_dash(one["coverage"]["90"]["median_width"], 2),
            ]
        )
    header = [
        LABELS[name].capitalize() if name != "muac_mm" else LABELS[name], "n", "MAE", "age + sex", "WHO median", "bias",
        "lower limit", "upper limit", "r", "z r", "in 50 %", "in 80 %", "in 90 %", "90 % width",
    ]  # fmt: skip
    return _table(header, rows)


def _made_from(about: Values) -> str:
    rows = [[escape(name.replace("_", " ")), _word(value)] for name, value in about.items() if name != "problems"]
    problems = "".join(f"<li>{escape(problem)}</li>" for problem in about["problems"])
    return _table(["", ""], rows) + (f"<p>What went wrong besides:</p><ul>{problems}</ul>" if problems else "")


def _word(value: object) -> str:
    return {True: "yes", False: "no"}.get(value, "") if isinstance(value, bool) else escape(str(value))


def _table(header: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    head = "".join(f"<th>{name}</th>" for name in header)
    body = "".join(f"<tr>{''.join(f'<td>{cell}</td>' for cell in row)}</tr>" for row in rows)
    return f'<div class="wide"><table><thead><tr>{head}</tr></thead><tbody>{body}</tbody></table></div>'


def _number(figure: Values | None, decimals: int, *, sign: bool = False) -> str:
    if figure is None:
        return "-"
    plus = "+" if sign else ""
    text = f"{figure['value']:{plus}.{decimals}f}"
    if figure["low"] is None:
        return text
    return (
        f'{text} <span class="low">({figure["low"]:{plus}.{decimals}f} to {figure["high"]:{plus}.{decimals}f})</span>'
    )


def _plain(figure: Values | None, decimals: int) -> str:
    return "-" if figure is None else f"{figure['value']:.{decimals}f}"


def _percent(figure: Values | None) -> str:
    if figure is None:
        return "-"
    low, high = 100 * figure["low"], 100 * figure["high"]
    return f'{100 * figure["value"]:.0f} % <span class="low">({low:.0f} to {high:.0f})</span>'


def _or_dash(value: float | None, decimals: int) -> str:
    return "-" if value is None else f"{value:.{decimals}f}"
