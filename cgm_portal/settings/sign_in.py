"""Sign-in with accounts of a Microsoft tenant, Azure AD B2C or Entra External ID; passwords alone until one is given.

`docs/sign_in.md` says what each setting is for; `accounts/tenants.py` reads them.
"""

from django.core.exceptions import ImproperlyConfigured

from cgm_portal.env import env_int, env_list, env_str

# --- which tenant -------------------------------------------------------------------------------------
AZURE_B2C_CLIENT_ID = env_str("AZURE_B2C_CLIENT_ID", default="")
AZURE_B2C_TENANT_NAME = env_str("AZURE_B2C_TENANT_NAME", default="")
AZURE_B2C_POLICY = env_str("AZURE_B2C_POLICY", default="B2C_1_signup_signin")
AZURE_B2C_AUTHORITY_HOST = env_str("AZURE_B2C_AUTHORITY_HOST", default=f"{AZURE_B2C_TENANT_NAME}.b2clogin.com")
ENTRA_CLIENT_ID = env_str("ENTRA_CLIENT_ID", default="")
ENTRA_TENANT_NAME = env_str("ENTRA_TENANT_NAME", default="")
ENTRA_TENANT_ID = env_str("ENTRA_TENANT_ID", default="")
ENTRA_AUTHORITY_HOST = env_str("ENTRA_AUTHORITY_HOST", default=f"{ENTRA_TENANT_NAME}.ciamlogin.com")
if AZURE_B2C_CLIENT_ID and ENTRA_CLIENT_ID:
    raise ImproperlyConfigured(
        "AZURE_B2C_CLIENT_ID and ENTRA_CLIENT_ID are both set. Choose one tenant to sign in with."
    )
if AZURE_B2C_CLIENT_ID and not AZURE_B2C_TENANT_NAME:
    raise ImproperlyConfigured("AZURE_B2C_TENANT_NAME is not set: the <tenant> of <tenant>.onmicrosoft.com.")
if ENTRA_CLIENT_ID and not (ENTRA_TENANT_NAME and ENTRA_TENANT_ID):
    raise ImproperlyConfigured(
        "Entra needs ENTRA_TENANT_NAME (the <name> of <name>.ciamlogin.com) and ENTRA_TENANT_ID."
    )

# --- the API and the mobile app, as they are registered with the tenant -------------------------------
AZURE_API_CLIENT_ID = env_str("AZURE_API_CLIENT_ID", default=AZURE_B2C_CLIENT_ID or ENTRA_CLIENT_ID)
AZURE_API_ID_URI = env_str(
    "AZURE_API_ID_URI",
    default=f"https://{AZURE_B2C_TENANT_NAME}.onmicrosoft.com/{AZURE_API_CLIENT_ID}"
    if AZURE_B2C_CLIENT_ID
    else f"api://{AZURE_API_CLIENT_ID}",
)
AZURE_API_SCOPE = env_str("AZURE_API_SCOPE", default="access_as_user")
AZURE_API_BASE_URL = env_str("AZURE_API_BASE_URL", default="")
AZURE_APP_CLIENT_ID = env_str("AZURE_APP_CLIENT_ID", default=AZURE_B2C_CLIENT_ID or ENTRA_CLIENT_ID)
AZURE_B2C_REDIRECT_URI = env_str("AZURE_B2C_REDIRECT_URI", default=f"msal{AZURE_APP_CLIENT_ID}://auth")
SIGN_IN_LEEWAY_SECONDS = env_int("SIGN_IN_LEEWAY_SECONDS", default=30)  # difference of clocks that a token may show
SIGN_IN_KEYS_KEPT_HOURS = env_int("SIGN_IN_KEYS_KEPT_HOURS", default=48)  # while the tenant can't be reached

# --- roles from a claim -------------------------------------------------------------------------------
SIGN_IN_ROLE_CLAIM = env_str("SIGN_IN_ROLE_CLAIM", default="")
SIGN_IN_ROLES = env_str("SIGN_IN_ROLES", default="{}")  # {"value of the claim": "role:id of the clinic or programme"}
INVITATION_DAYS = env_int("INVITATION_DAYS", default=7)

# --- limits of password guesses; axes counts 15 minutes (base.py) -------------------------------------
SIGN_IN_FAILURES_PER_ADDRESS = env_int("SIGN_IN_FAILURES_PER_ADDRESS", default=20)
AXES_HANDLER = "accounts.lockout.SignInLock"
AXES_CLIENT_STR_CALLABLE = "accounts.lockout.name_for_log"

# --- social-auth --------------------------------------------------------------------------------------
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_KEY = AZURE_B2C_CLIENT_ID
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_SECRET = env_str("AZURE_B2C_CLIENT_SECRET", default="")
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_TENANT_NAME = AZURE_B2C_TENANT_NAME
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_AUTHORITY_HOST = AZURE_B2C_AUTHORITY_HOST
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_POLICY = AZURE_B2C_POLICY
# `oid` for user flows that leave the subject out.
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_ID_KEY = env_str("AZURE_B2C_SUBJECT_CLAIM", default="sub")
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_USE_PKCE = True
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_PKCE_CODE_CHALLENGE_METHOD = "S256"
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_JWT_LEEWAY = SIGN_IN_LEEWAY_SECONDS
SOCIAL_AUTH_ENTRA_EXTERNAL_ID_KEY = ENTRA_CLIENT_ID
SOCIAL_AUTH_ENTRA_EXTERNAL_ID_SECRET = env_str("ENTRA_CLIENT_SECRET", default="")
SOCIAL_AUTH_ENTRA_EXTERNAL_ID_OIDC_ENDPOINT = f"https://{ENTRA_AUTHORITY_HOST}/{ENTRA_TENANT_ID}/v2.0"
SOCIAL_AUTH_ENTRA_EXTERNAL_ID_JWT_LEEWAY = SIGN_IN_LEEWAY_SECONDS
SOCIAL_AUTH_REQUESTS_TIMEOUT = 5  # seconds
# The person is found by issuer and subject alone. No token and no e-mail address is stored.
SOCIAL_AUTH_PIPELINE = (
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "social_core.pipeline.social_auth.auth_allowed",
    "accounts.social.match_user",
    "accounts.social.remember_id_token",
)
SIGN_IN_BACKENDS = [
    *(["social_core.backends.azuread_b2c.AzureADB2COAuth2"] if AZURE_B2C_CLIENT_ID else []),
    *(["accounts.entra.EntraExternalId"] if ENTRA_CLIENT_ID else []),
]
# Where the forms of sign-in and sign-out may be redirected to, for the Content-Security-Policy; further ones when the
# tenant passes people on to other identity providers without a page of its own.
SIGN_IN_ORIGINS = [
    *([f"https://{AZURE_B2C_AUTHORITY_HOST}"] if AZURE_B2C_CLIENT_ID else []),
    *([f"https://{ENTRA_AUTHORITY_HOST}"] if ENTRA_CLIENT_ID else []),
    *env_list("SIGN_IN_FORM_ORIGINS"),
]
