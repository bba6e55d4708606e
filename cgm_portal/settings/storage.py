"""Where files are kept: local folders, or containers of Azure Blob Storage."""

from cgm_portal.env import env_str, local_dir

MEDIA_ROOT = local_dir() / "media"
AZURE_STORAGE_CONNECTION_STRING = env_str("AZURE_STORAGE_CONNECTION_STRING", default="")
SCAN_VIDEO_CONTAINER = env_str("SCAN_VIDEO_CONTAINER", default="scan-videos")
_scan_videos = (
    {
        "BACKEND": "storages.backends.azure_storage.AzureStorage",
        "OPTIONS": {
            "connection_string": AZURE_STORAGE_CONNECTION_STRING,
            "azure_container": SCAN_VIDEO_CONTAINER,
            "expiration_secs": 300,
            "overwrite_files": False,
        },
    }
    if AZURE_STORAGE_CONNECTION_STRING
    else {
        "BACKEND": "django.core.files.storage.FileSystemStorage",
        "OPTIONS": {
            "location": str(MEDIA_ROOT / SCAN_VIDEO_CONTAINER),
            "file_permissions_mode": 0o600,
            "directory_permissions_mode": 0o700,
        },
    }
)
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage", "OPTIONS": {"location": str(MEDIA_ROOT)}},
    "scan_videos": _scan_videos,
    "staticfiles": {"BACKEND": "whitenoise.storage.CompressedManifestStaticFilesStorage"},
}
