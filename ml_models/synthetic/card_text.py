"""What the data card says besides its numbers."""

from ml_models.synthetic import children, films, looks, posing
from ml_models.synthetic.sessions import FRAMES


def _span(span: tuple[float, float], unit: str = "") -> str:
    return f"{span[0]:g} to {span[1]:g}{unit}"


FRAME = f"""# Data card: films of simulated children

*Written by `python -m ml_models.synthetic.data_card` from the tables of a generated set; numbers are counted.*

**Every child in these films is simulated. Nobody real was filmed, measured or described**, and no figure that was
reached on them says how well anything works on a real child.

## What it is
Films of clothed children of 0-60 months, standing before a phone or lying under it, with the exact truth: length or
height, weight, MUAC, head circumference, age, sex, camera. Kept is what the pipeline's own pose model found in
{FRAMES} frames of each film (landmarks, crown, soles, outline) beside the true points; no pictures are kept.
Rendered films went through the pose model end to end; projected ones are exact points with the pose model's errors as
measured on the rendered ones, one frame each.

{{origin}}

## How many
{{films}}

No child is in two of train, calibration and test. Front and side films of one number show the same clothed child.

{{sex}}

{{age}}

{{tone}}

Projected films have no picture and so no skin tone.

{{haz}}

![Height-for-age of the films]({{picture}})

The draw is far wider than any population, on purpose: a model that sees mostly average children pulls stunted ones
towards the average. Prevalence in it means nothing.

## How the children were made
Bodies are Anny's (below), fitted to height, weight, MUAC and head circumference that were drawn from the WHO 2006
standards: {1 - children.TAIL_SHARE:.0%} with height-for-age N({children.MEAN_HAZ:g}, {children.SD_HAZ:g}), \
{children.TAIL_SHARE:.0%} evenly from {_span(children.TAIL_HAZ)}; {children.WASTED_SHARE:.0%} drawn \
{children.WASTED_BY:g} z lighter. One straight neutral pose is fitted, measured and
labelled. Weight is mesh volume x 0.98 kg/l; MUAC and head circumference are tapes around the mesh.

The same bodies in furnished rooms with markers, as `ml_models.synthetic.rendered_sessions` films them to evaluate with;
training pictures have the same bodies and clothes before plain floors and walls:

![Simulated children by skin tone and scan type](images/synthetic-children.jpg)

## What is drawn at random
- **Proportions** of legs, trunk, neck, head, forehead, shoulders and arms, independently of stature; fat and muscle.
- **Skin tone**: six, equally likely. **Clothes**: shirt, shorts or trousers, loose or tight, socks on \
{looks.SOCK_SHARE:.0%}; every child is clothed.
  **Hair**: {_span(looks.HAIR_CM, " cm")}, cropped on {looks.CROPPED_SHARE:.0%}, none on {looks.BALD_SHARE:.0%}.
- **Posture**: arms lifted {_span(posing.ARMS_LIFTED_DEG, " degrees")} beyond hanging, legs apart and turned out, knees
  of infants bent, feet of lying children pointed; sway of {posing.SWAY_DEG:g} degrees a joint from frame to frame; \
{films.TURNED_SHARE:.0%} turned by up to {films.TURNED_DEG:g} degrees.
- **Camera**: focal length {_span(films.FOCAL_PER_HEIGHT)} film heights, child {_span(films.FILL)} of the film's height,
  {_span(films.CAMERA_HEIGHT_CM, " cm")} above the floor, off aim, rolled, shaken.
- **Room, light, phone**: floor, wall, tiles, direction and strength of light, exposure, noise, blur, JPEG.
- **What is told** (at training, not in the tables): focal length, distance, camera height, tilt, roll and the marker's
  place, each wrong by what phones, tapes and hands are wrong by.

## What is missing
- Real skin, hair, faces, cloth: no dresses, skirts, headscarves, nappies, long or braided hair, shoes.
- Children who sit, crawl, cry, are carried or held upright; contractures, scoliosis, limb difference, oedema,
  hydrocephalus; children born preterm; ages above 60 months.
- Body shapes of one model: how fat, muscle and proportions truly vary between populations is not in it. Wasting is a
  thinner layer, not the look of a wasted child.
- Lens distortion, rolling shutter, night modes, flash, fog on the lens; crowds, clutter before the child.
- Skin tones are shades of one surface: what differs between real people beside tone is not tested.

## Licences and origin
- Anny 0.6.2: code Apache-2.0, assets CC0 (its smplx, smpl and soma topologies have other licences and are not used).
- WHO Child Growth Standards 2006: LMS tables, see `ml_models/synthetic/data/SOURCES.md`.
- Everything else is drawn by this repository's code and has its licence.

## Intended use
Training, calibrating and testing the measuring model of this project on simulated children, and software tests.

## Never used for
- Any statement about real children, their growth, their prevalence of anything, or the accuracy of scans in care.
- Growth references, clinical decisions, recognition of persons, estimating age, sex or origin of people.
- Setting cut-offs of alerts, or promoting a model to care without paired measurements of real children.
"""
