"""Settings that every environment shares. Importing them connects to nothing and starts nothing."""

from datetime import timedelta

from celery.schedules import crontab

from cgm_portal.env import BASE_DIR, database_from_url, env_float, env_int, env_list, env_str

from .azure_ml import *  # noqa: F403
from .backup import *  # noqa: F403
from .backup import BACKUP_HOUR_UTC
from .measuring import *  # noqa: F403
from .notices import *  # noqa: F403
from .retention import *  # noqa: F403
from .security import *  # noqa: F403
from .sign_in import *  # noqa: F403
from .sign_in import SIGN_IN_BACKENDS
from .storage import *  # noqa: F403
from .telemetry import *  # noqa: F403
from .telemetry import LOG_FORMAT, TELEMETRY_MIDDLEWARE

DEBUG = False
SECRET_KEY = env_str("SECRET_KEY", default="")
ALLOWED_HOSTS = env_list("ALLOWED_HOSTS", default="127.0.0.1,localhost")
CSRF_TRUSTED_ORIGINS = env_list("CSRF_TRUSTED_ORIGINS")

INSTALLED_APPS = [
    "django.contrib.admin",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "whitenoise.runserver_nostatic",
    "django.contrib.staticfiles",
    "django.contrib.humanize",
    "axes",
    "csp",
    "django_filters",
    "django_htmx",
    "drf_spectacular",
    "drf_spectacular_sidecar",
    "drf_standardized_errors",
    "pghistory",
    "pgtrigger",
    "rest_framework",
    "social_django",
    "accounts",
    "children",
    "care",
    "scans",
    "predictions",
    "analytics",
    "cgm_portal.backup",
    "cgm_portal.costs",
]

MIDDLEWARE = [
    "django.middleware.security.SecurityMiddleware",
    "csp.middleware.CSPMiddleware",
    "django_permissions_policy.PermissionsPolicyMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "cgm_portal.health.HealthMiddleware",  # below what puts headers on every answer
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "analytics.service_minutes.middleware.ServiceMinutesMiddleware",
    *TELEMETRY_MIDDLEWARE,
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.locale.LocaleMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "accounts.middleware.ProgrammeTimeZoneMiddleware",
    "accounts.languages.ChosenLanguageMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "accounts.idle.IdleSessionMiddleware",
    "accounts.sign_in_errors.SignInErrorMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "pghistory.middleware.HistoryMiddleware",
    "axes.middleware.AxesMiddleware",
]

ROOT_URLCONF = "cgm_portal.urls"
WSGI_APPLICATION = "cgm_portal.wsgi.application"
DEFAULT_AUTO_FIELD = "django.db.models.BigAutoField"

TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "accounts.context_processors.sign_in",
                "analytics.navigation.navigation",
            ],
        },
    },
]

# --- data ---------------------------------------------------------------------------------------------
DATABASES = {"default": database_from_url(env_str("DATABASE_URL", default="postgresql://127.0.0.1:1/not_started"))}
REDIS_URL = env_str("REDIS_URL", default="redis://127.0.0.1:1/0")

STATIC_URL = "static/"
STATIC_ROOT = BASE_DIR / "staticfiles"
WHITENOISE_ALLOW_ALL_ORIGINS = False
STATICFILES_DIRS = [BASE_DIR / "static"]
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024  # bytes of a form or JSON body without its files
FILE_UPLOAD_HANDLERS = ["cgm_portal.uploads.SignedInUploadHandler"]

# --- sign-in ------------------------------------------------------------------------------------------
AUTH_USER_MODEL = "accounts.User"
CSRF_FAILURE_VIEW = "cgm_portal.error_views.csrf_failure"
LOGIN_URL = "accounts:sign_in"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "accounts:sign_in"
AUTH_PASSWORD_VALIDATORS = [
    {"NAME": f"django.contrib.auth.password_validation.{name}"}
    for name in ("UserAttributeSimilarityValidator", "MinimumLengthValidator", "CommonPasswordValidator")
]
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    *SIGN_IN_BACKENDS,
    "django.contrib.auth.backends.ModelBackend",
]
AXES_FAILURE_LIMIT = 5  # failed sign-ins of one username from one address
AXES_COOLOFF_TIME = timedelta(minutes=15)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_LOCKOUT_TEMPLATE = "accounts/locked_out.html"
AXES_CLIENT_IP_CALLABLE = "accounts.addresses.client_address"
TRUSTED_PROXY_COUNT = env_int("TRUSTED_PROXY_COUNT", default=0)  # proxies of ours that add to X-Forwarded-For

# --- language, time -----------------------------------------------------------------------------------
LANGUAGE_CODE = "en"
LANGUAGES = [("en", "English"), ("fr", "French")]  # one more when its catalogue is complete: docs/languages.md
LOCALE_PATHS = [BASE_DIR / "locale"]
FORMAT_MODULE_PATH = "cgm_portal.formats"
USE_I18N = True
TIME_ZONE = "UTC"  # stored and sent; pages show the programme's own zone
USE_TZ = True

# --- tasks --------------------------------------------------------------------------------------------
CELERY_BROKER_URL = REDIS_URL
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_DEFAULT_QUEUE = "default"
CELERY_TASK_ROUTES = {"predictions.gpu_tasks.*": {"queue": "gpu"}}
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_WORKER_SEND_TASK_EVENTS = False
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,  # s; longer than the longest task: the ledger, not the broker, decides what runs again
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 10,
    "socket_connect_timeout": 2,
}
CELERY_TASK_PUBLISH_RETRY_POLICY = {"max_retries": 1, "interval_start": 0, "interval_max": 0.2}
CELERY_BEAT_SCHEDULE = {
    "refresh-aggregates": {"task": "analytics.tasks.refresh_aggregates_task", "schedule": 60.0},
    "forget-old-minutes": {
        "task": "analytics.tasks.forget_old_minutes_task",
        "schedule": crontab(hour="2", minute="40"),
    },
    "backup-database": {
        "task": "cgm_portal.backup.tasks.backup_database_task",
        "schedule": crontab(hour=str(BACKUP_HOUR_UTC), minute="15"),
    },
    "cancel-abandoned-uploads": {"task": "scans.tasks.cancel_abandoned_uploads_task", "schedule": 600.0},
    "sweep-blobs": {"task": "scans.tasks.sweep_blobs_task", "schedule": 3600.0},
    "copy-erasures": {"task": "analytics.tasks.copy_erasures_task", "schedule": 300.0},
    "delete-ended-exports": {"task": "analytics.exports.tasks.delete_ended_exports_task", "schedule": 300.0},
    "delete-blobs": {"task": "scans.tasks.delete_blobs_task", "schedule": 60.0},
    "send-notices": {"task": "care.tasks.send_notices_task", "schedule": 30.0},
    "plan-reminders": {"task": "care.tasks.plan_reminders_task", "schedule": 3600.0},
    "delete-expired-media": {"task": "scans.tasks.delete_expired_media_task", "schedule": 3600.0},
    "purge-scratch": {"task": "scans.tasks.purge_scratch_task", "schedule": 600.0},
    "sweep-scan-sessions": {
        "task": "scans.tasks.sweep_sessions_task",
        "schedule": env_float("SCAN_SWEEP_SECONDS", default=10.0),
    },
}

# --- scans --------------------------------------------------------------------------------------------
SCAN_MAX_SECONDS = env_int("SCAN_MAX_SECONDS", default=60)
SCAN_MIN_SECONDS = env_int("SCAN_MIN_SECONDS", default=1)
SCAN_MAX_BYTES = env_int("SCAN_MAX_BYTES", default=200 * 1024 * 1024)
SCAN_FRAME_COUNT = env_int("SCAN_FRAME_COUNT", default=12)
SCAN_LEASE_SECONDS = env_float("SCAN_LEASE_SECONDS", default=30.0)
SCAN_DEADLINE_SECONDS = env_float("SCAN_DEADLINE_SECONDS", default=120.0)
# A worker whose session was cancelled ends its stage within this and a renewal of its lease: a minute in all.
SCAN_STOP_SECONDS = env_float("SCAN_STOP_SECONDS", default=20.0)
SCAN_REPUBLISH_SECONDS = env_float("SCAN_REPUBLISH_SECONDS", default=30.0)
SCAN_UPLOAD_HOURS = env_int("SCAN_UPLOAD_HOURS", default=24)
SCAN_MAX_ATTEMPTS = env_int("SCAN_MAX_ATTEMPTS", default=3)
SCAN_REFER_PROBABILITY = env_float("SCAN_REFER_PROBABILITY", default=0.10)
SHADOW_SECONDS = env_float("SHADOW_SECONDS", default=5.0)  # a candidate model beside the active one gets at most
POSE_BACKEND = env_str("POSE_BACKEND", default="mediapipe")
POSE_WEIGHTS_DIR = env_str("POSE_WEIGHTS_DIR", default=str(BASE_DIR / "ml_models" / "weights" / "pose"))
MODEL_WEIGHTS_DIR = BASE_DIR / "ml_models" / "weights"
# Pseudonyms of training sets are keyed with it; `manage.py draw_training_set` refuses to work without.
RESEARCH_PSEUDONYM_KEY = env_str("RESEARCH_PSEUDONYM_KEY", default="")

# --- API ----------------------------------------------------------------------------------------------
API_TOKEN_DAYS = env_int("API_TOKEN_DAYS", default=90)
REST_FRAMEWORK = {
    "DEFAULT_AUTHENTICATION_CLASSES": [
        "accounts.bearer.AccessTokenAuthentication",
        "accounts.authentication.ApiTokenAuthentication",
        "rest_framework.authentication.SessionAuthentication",
    ],
    "DEFAULT_PERMISSION_CLASSES": ["rest_framework.permissions.IsAuthenticated"],
    "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
    "DEFAULT_PAGINATION_CLASS": "cgm_portal.api_pagination.CreatedCursorPagination",
    "DEFAULT_FILTER_BACKENDS": ["django_filters.rest_framework.DjangoFilterBackend"],
    "DEFAULT_SCHEMA_CLASS": "drf_standardized_errors.openapi.AutoSchema",
    "EXCEPTION_HANDLER": "cgm_portal.api_errors.problem_exception_handler",
    "DEFAULT_VERSIONING_CLASS": None,
    "TEST_REQUEST_DEFAULT_FORMAT": "json",
    "PAGE_SIZE": 50,
}
DRF_STANDARDIZED_ERRORS = {"EXCEPTION_FORMATTER_CLASS": "cgm_portal.api_errors.ProblemFormatter"}
SPECTACULAR_SETTINGS = {
    "TITLE": "Child Growth Monitor API",
    "VERSION": "1.0.0",
    "DESCRIPTION": "Children, measurements, video scans and their answers. Errors are RFC 9457 problem documents.",
    "SERVE_INCLUDE_SCHEMA": False,
    "SWAGGER_UI_DIST": "SIDECAR",
    "SWAGGER_UI_FAVICON_HREF": "SIDECAR",
    "SCHEMA_PATH_PREFIX": "/api/v1",
    "COMPONENT_SPLIT_REQUEST": True,
    # Fields of one name with choices of their own.
    "ENUM_NAME_OVERRIDES": {
        "AlertCriterionEnum": "care.models.Alert.Criterion",
        "ChildStatusEnum": "children.status_models.ChildStatus",
        "MeasuredFieldEnum": "children.plausibility.CONFIRMABLE_FIELDS",
        "ReferralOutcomeEnum": "care.referral_models.Referral.Outcome",
        "TracingOutcomeEnum": "care.tracing_models.Tracing.Outcome",
        "TreatmentCriterionEnum": "care.treatment_models.TreatmentEpisode.Criterion",
    },
}

# --- checks and logs ----------------------------------------------------------------------------------
SILENCED_SYSTEM_CHECKS: list[str] = []
LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    # Both leave out what could point to a person.
    "formatters": {
        "line": {"()": "cgm_portal.telemetry.log_format.LineFormatter"},
        "json": {"()": "cgm_portal.telemetry.log_format.JsonFormatter"},
    },
    "handlers": {"console": {"class": "logging.StreamHandler", "formatter": LOG_FORMAT}},
    "root": {"handlers": ["console"], "level": env_str("LOG_LEVEL", default="INFO")},
    "loggers": {
        "axes": {"level": "WARNING"},
        "azure": {"level": "WARNING"},
        "urllib3": {"level": "ERROR"},  # its warnings hold addresses
    },
}
