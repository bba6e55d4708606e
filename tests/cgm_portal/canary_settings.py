"""The suite's settings, and two places that crash with a child's data in their hands."""

from cgm_portal.settings.test import *  # noqa: F403

ROOT_URLCONF = "tests.cgm_portal.canary_crashes"
CELERY_IMPORTS = ["tests.cgm_portal.canary_crashes"]
