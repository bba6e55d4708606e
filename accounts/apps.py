from django.apps import AppConfig


class AccountsConfig(AppConfig):
    """Who may sign in, and where they work."""

    name = "accounts"
    verbose_name = "Accounts"
