"""Pure video measurement: frames, pose, scale, features, estimate. Never imports Django, Celery or settings."""
