"""Where files are kept: local folders, or private containers of Azure Blob Storage.

Azure when one of these is given, in this order: AZURE_STORAGE_CONNECTION_STRING; AZURE_STORAGE_ACCOUNT_NAME with
AZURE_STORAGE_ACCOUNT_KEY; AZURE_STORAGE_ACCOUNT_NAME alone, by the identity of the process (AZURE_CLIENT_ID names one
that Azure manages; without it whoever azure-identity finds: a workload's identity, or who signed in with `az login`).
"""

from typing import Any

from cgm_portal.env import env_int, env_str, local_dir

MEDIA_ROOT = local_dir() / "media"

AZURE_STORAGE_CONNECTION_STRING = env_str("AZURE_STORAGE_CONNECTION_STRING", default="")
AZURE_STORAGE_ACCOUNT_NAME = env_str("AZURE_STORAGE_ACCOUNT_NAME", default="")
AZURE_STORAGE_ACCOUNT_KEY = env_str("AZURE_STORAGE_ACCOUNT_KEY", default="")
# Address of the account where it is not https://{account}.blob.core.windows.net: another cloud, or a stand-in.
AZURE_STORAGE_ENDPOINT = env_str("AZURE_STORAGE_ENDPOINT", default="")
# What phones and browsers reach the account by, where it has no public address of its own: Front Door passes it on.
AZURE_STORAGE_PUBLIC_ENDPOINT = env_str("AZURE_STORAGE_PUBLIC_ENDPOINT", default="")
AZURE_CLIENT_ID = env_str("AZURE_CLIENT_ID", default="")

SCAN_VIDEO_CONTAINER = env_str("SCAN_VIDEO_CONTAINER", default="scan-videos")
ML_MODEL_CONTAINER = env_str("ML_MODEL_CONTAINER", default="ml-models")
DATABASE_BACKUP_CONTAINER = env_str("DATABASE_BACKUP_CONTAINER", default="database-backups")
EXPORT_CONTAINER = env_str("EXPORT_CONTAINER", default="exports")

# --- straight from the phone ----------------------------------------------------------------------------
UPLOAD_GRANT_SECONDS = env_int("UPLOAD_GRANT_SECONDS", default=3600)  # asked for again when it has run out
UPLOAD_BLOCK_BYTES = env_int("UPLOAD_BLOCK_BYTES", default=1024 * 1024)  # what a cut of the link costs at most
FILM_GRANT_SECONDS = env_int("FILM_GRANT_SECONDS", default=300)  # how long staff may open one film


def _private_storage(container: str, backend: str = "cgm_portal.azure_storage.PrivateAzureStorage") -> dict[str, Any]:
    """Return the entry of STORAGES for one container, or for the folder of that name."""
    if AZURE_STORAGE_CONNECTION_STRING or AZURE_STORAGE_ACCOUNT_NAME:
        return {
            "BACKEND": backend,
            "OPTIONS": {
                "connection_string": AZURE_STORAGE_CONNECTION_STRING or None,
                "account_name": AZURE_STORAGE_ACCOUNT_NAME or None,
                "account_key": AZURE_STORAGE_ACCOUNT_KEY or None,
                "endpoint": AZURE_STORAGE_ENDPOINT,
                "public_endpoint": AZURE_STORAGE_PUBLIC_ENDPOINT,
                "identity_client_id": AZURE_CLIENT_ID,
                "azure_container": container,
            },
        }
    return {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(MEDIA_ROOT / container),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }


STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "scan_videos": _private_storage(SCAN_VIDEO_CONTAINER, "scans.blob_storage.FilmStorage"),
    # Below their session's films, so that emptying a session's or a child's place takes them along.
    "scan_frames": _private_storage(SCAN_VIDEO_CONTAINER),
    "ml_models": _private_storage(ML_MODEL_CONTAINER),
    "database_backups": _private_storage(DATABASE_BACKUP_CONTAINER),
    "exports": _private_storage(EXPORT_CONTAINER),
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
