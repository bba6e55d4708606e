"""The Celery application.

Only light task modules are found here. The pipeline's tasks import cv2, torch and mediapipe and are loaded by the gpu
worker alone: `celery -A cgm_portal worker --pool solo -Q gpu -I predictions.gpu_tasks`.
"""

import os

from celery import Celery

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cgm_portal.settings.local")

app = Celery("cgm_portal")
app.config_from_object("django.conf:settings", namespace="CELERY")
app.autodiscover_tasks()
