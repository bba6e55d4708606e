"""Sign-in with accounts of a Microsoft tenant; off until a client id is given."""

from cgm_portal.env import env_str

# Azure AD B2C by social-auth's own backend (docs/sign_in.md); off until a client id is given.
AZURE_B2C_CLIENT_ID = env_str("AZURE_B2C_CLIENT_ID", default="")
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_KEY = AZURE_B2C_CLIENT_ID
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_SECRET = env_str("AZURE_B2C_CLIENT_SECRET", default="")
AZURE_B2C_TENANT = env_str("AZURE_B2C_TENANT_NAME", default="")
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_TENANT_NAME = AZURE_B2C_TENANT
SOCIAL_AUTH_AZUREAD_B2C_OAUTH2_POLICY = env_str("AZURE_B2C_POLICY", default="B2C_1_signup_signin")
SOCIAL_AUTH_USER_FIELDS = ["username", "email"]
# Users are matched by the provider's subject alone, never by an e-mail address.
SOCIAL_AUTH_PIPELINE = (
    "social_core.pipeline.social_auth.social_details",
    "social_core.pipeline.social_auth.social_uid",
    "social_core.pipeline.social_auth.auth_allowed",
    "social_core.pipeline.social_auth.social_user",
    "social_core.pipeline.user.get_username",
    "social_core.pipeline.user.create_user",
    "social_core.pipeline.social_auth.associate_user",
    "social_core.pipeline.social_auth.load_extra_data",
    "social_core.pipeline.user.user_details",
)
SIGN_IN_BACKENDS = ["social_core.backends.azuread_b2c.AzureADB2COAuth2"] if AZURE_B2C_CLIENT_ID else []
# Where a sign-in form may be redirected to, for the Content-Security-Policy.
SIGN_IN_ORIGINS = [f"https://{AZURE_B2C_TENANT}.b2clogin.com"] if AZURE_B2C_CLIENT_ID else []
