"""Sessions as operator and phone tell them: films and one draw of the errors that come with them.

What a model reads of them: `told_rows`. How wrong operators, phones and markers are: `telling`.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace

import numpy as np
from numpy.typing import NDArray

from ml_models.networks.proportions import POWERS
from ml_models.synthetic.film_table import FilmTable
from ml_models.training.dataset import View, films_of
from ml_models.training.telling import Habits, ToldLens, draw_errors, told_lens
from ml_models.types import ScaleCue

FloatArray = NDArray[np.float64]

#: Ranges of what the tables do not keep of a film (units in `reference_inputs`), drawn evenly and apart from the child:
#: so a network learns that they say nothing of it. Luminance and length are even in their logarithms.
LIGHTING, VIDEO_QUALITY, FRAME_COUNT, DURATION_S = (0.03, 0.7), (0.5, 1.0), (3, 16), (1.0, 60.0)


@dataclass(frozen=True)
class ToldSessions:
    """Sessions of one view, told with one scale cue, one row a session.

    `films`, `lenses`: of each film of the view, rows in step. `measured`: QUANTITIES of the child, (n, 4). The last
    four are drawn, (n,).
    """

    view: View
    cue: ScaleCue
    films: tuple[FilmTable, ...]
    lenses: tuple[ToldLens, ...]
    measured: FloatArray
    lighting: FloatArray
    video_quality: FloatArray
    frame_count: FloatArray
    duration_s: FloatArray

    def __len__(self) -> int:
        return len(self.measured)

    @property
    def is_lying(self) -> bool:
        """True where the sessions show recumbent length."""
        return self.view is View.LYING_ABOVE

    @property
    def is_girl(self) -> NDArray[np.bool_]:
        """Shape (n,)."""
        return self.films[0].is_girl

    @property
    def age_days(self) -> NDArray[np.int64]:
        """Shape (n,)."""
        return self.films[0].age_days

    @property
    def child(self) -> NDArray[np.int64]:
        """Number of the child within its posture, (n,)."""
        return self.films[0].child

    @property
    def relative_sd(self) -> FloatArray:
        """Relative SD of the scale, mean over the films, (n,)."""
        return np.asarray(np.mean([lens.relative_sd for lens in self.lenses], axis=0))

    def take(self, rows: NDArray[np.bool_] | NDArray[np.intp]) -> ToldSessions:
        """The chosen sessions."""
        return replace(
            self,
            films=tuple(film.take(rows) for film in self.films),
            lenses=tuple(
                ToldLens(**{field.name: getattr(lens, field.name)[rows] for field in fields(lens)})
                for lens in self.lenses
            ),
            measured=self.measured[rows],
            lighting=self.lighting[rows],
            video_quality=self.video_quality[rows],
            frame_count=self.frame_count[rows],
            duration_s=self.duration_s[rows],
        )


def tell(
    films: FilmTable, view: View, cue: ScaleCue, habits: Habits, rng: np.random.Generator, *, repeats: int = 1
) -> ToldSessions:
    """Tell every child of `films` that was filmed as `view` asks, `repeats` times, with other errors each time."""
    found = films_of(films, view)
    count = repeats * len(found[0].age_days)
    tables = tuple(table.take(np.repeat(np.arange(count // repeats), repeats)) for table in found)
    errors = draw_errors(count, cue, habits, rng)
    return ToldSessions(
        view=view,
        cue=cue,
        films=tables,
        lenses=tuple(
            told_lens(table, scan_type, errors) for scan_type, table in zip(view.scan_types, tables, strict=True)
        ),
        measured=tables[0].measured * errors.size[:, None] ** POWERS,
        lighting=_log_uniform(LIGHTING, count, rng),
        video_quality=rng.uniform(*VIDEO_QUALITY, count),
        frame_count=rng.integers(FRAME_COUNT[0], FRAME_COUNT[1] + 1, count).astype(np.float64),
        duration_s=_log_uniform(DURATION_S, count, rng),
    )


def _log_uniform(limits: tuple[float, float], count: int, rng: np.random.Generator) -> FloatArray:
    return np.asarray(np.exp(rng.uniform(np.log(limits[0]), np.log(limits[1]), count)))
