"""Sessions, cookies, and the headers that every answer carries."""

from csp.constants import NONE, SELF

from cgm_portal.env import env_int

from .sign_in import SIGN_IN_ORIGINS

SESSION_COOKIE_AGE = 12 * 3600  # seconds
SESSION_IDLE_SECONDS = env_int("SESSION_IDLE_SECONDS", default=30 * 60)  # without use: accounts/idle.py
SESSION_IDLE_STAFF_SECONDS = env_int("SESSION_IDLE_STAFF_SECONDS", default=15 * 60)  # of people of the admin
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SAMESITE = "Lax"
CSRF_COOKIE_SAMESITE = "Lax"

SECURE_CONTENT_TYPE_NOSNIFF = True
SECURE_REFERRER_POLICY = "same-origin"
SECURE_CROSS_ORIGIN_OPENER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
# The pages use none of the browser's sensors: a film comes from the phone's own camera app by a file field.
PERMISSIONS_POLICY = {
    name: []
    for name in (
        "accelerometer",
        "browsing-topics",
        "camera",
        "display-capture",
        "geolocation",
        "gyroscope",
        "magnetometer",
        "microphone",
        "midi",
        "payment",
        "publickey-credentials-get",
        "usb",
        "xr-spatial-tracking",
    )
}
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [NONE],
        "script-src": [SELF],
        "style-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "font-src": [SELF],
        "connect-src": [SELF],
        "manifest-src": [SELF],
        # Sign-in posts here and is redirected there.
        "form-action": [SELF, *SIGN_IN_ORIGINS],
        "frame-ancestors": [NONE],
        "base-uri": [NONE],
    }
}
