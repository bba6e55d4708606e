"""What care tells people outside the portal: e-mail, webhooks, SMS (docs/care.md). Empty: that way stays silent."""

from cgm_portal.env import env_bool, env_int, env_list, env_str

PORTAL_URL = env_str("PORTAL_URL", default="")  # https://portal.example: links in notices; empty: none

EMAIL_HOST = env_str("EMAIL_HOST", default="")
EMAIL_PORT = env_int("EMAIL_PORT", default=587)
EMAIL_HOST_USER = env_str("EMAIL_HOST_USER", default="")
EMAIL_HOST_PASSWORD = env_str("EMAIL_HOST_PASSWORD", default="")
EMAIL_USE_TLS = env_bool("EMAIL_USE_TLS", default=True)
EMAIL_TIMEOUT = 10  # s
DEFAULT_FROM_EMAIL = env_str("DEFAULT_FROM_EMAIL", default="child-growth-monitor@localhost")

# `host:port`, separated by commas: may be a private address and plain http, as for a receiver in the same network.
WEBHOOK_TRUSTED_HOSTS = env_list("WEBHOOK_TRUSTED_HOSTS")
WEBHOOK_TIMEOUT_SECONDS = 5.0

# A class of `care.sms`: LogOnlyGateway sends nothing, HttpGateway posts to SMS_GATEWAY_URL with a bearer token.
SMS_GATEWAY = env_str("SMS_GATEWAY", default="care.sms.LogOnlyGateway")
SMS_GATEWAY_URL = env_str("SMS_GATEWAY_URL", default="")
SMS_GATEWAY_TOKEN = env_str("SMS_GATEWAY_TOKEN", default="")
