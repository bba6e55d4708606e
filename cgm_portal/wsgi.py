"""WSGI entry point: `cgm_portal.wsgi:application`."""

import os

from django.core.wsgi import get_wsgi_application

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "cgm_portal.settings.local")

application = get_wsgi_application()
