from django.apps import AppConfig
from django.core.checks import register


class AccountsConfig(AppConfig):
    """Who may sign in, and where they work."""

    name = "accounts"
    verbose_name = "Accounts"

    def ready(self) -> None:
        """Check the settings of sign-in at every start."""
        from accounts.checks import check_sign_in

        register(check_sign_in)
