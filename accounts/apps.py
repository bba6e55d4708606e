from django.apps import AppConfig
from django.core.checks import register
from django.utils.translation import gettext_lazy as _


class AccountsConfig(AppConfig):
    """Who may sign in, and where they work."""

    name = "accounts"
    verbose_name = _("Accounts")

    def ready(self) -> None:
        """Check the settings of sign-in at every start."""
        from accounts.checks import check_sign_in

        register(check_sign_in)
