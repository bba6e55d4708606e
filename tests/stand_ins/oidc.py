"""A tenant to sign in with: a certified OpenID Connect server on the paths of Azure AD B2C and Entra, by TLS.

The tests hold its private signing key, so that they can forge tokens that are right in everything but one.
"""

from __future__ import annotations

import base64
import hashlib
import json
import secrets
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlencode, urljoin, urlsplit

import jwt
import requests
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from cgm_portal.local_services import usable_port
from cgm_portal.processes import ProcessSpec
from tests.stand_ins.certificates import make_certificate
from tests.stand_ins.node import HOME, node_spec

SCRIPT = HOME / "oidc_server.mjs"
TENANT = "cgmtests"
POLICY = "B2C_1_signup_signin"
SCOPE = "access_as_user"
TIMEOUT_SECONDS = 10


@dataclass(frozen=True)
class SigningKey:
    """An RSA key of the tenant, with the id that its tokens name."""

    private: rsa.RSAPrivateKey = field(default_factory=lambda: rsa.generate_private_key(65537, 2048))
    kid: str = field(default_factory=lambda: secrets.token_urlsafe(16))

    @property
    def jwk(self) -> dict[str, Any]:
        """The private key as the server reads it; usable to sign and to check its own tokens at sign-out."""
        key = jwt.algorithms.RSAAlgorithm.to_jwk(self.private, as_dict=True)
        key.pop("key_ops")
        return {**key, "kid": self.kid, "use": "sig"}

    @property
    def public_pem(self) -> bytes:
        """The public key as text."""
        form = serialization.PublicFormat.SubjectPublicKeyInfo
        return self.private.public_key().public_bytes(serialization.Encoding.PEM, form)

    def sign(self, claims: Mapping[str, Any], **header: Any) -> str:
        """Return a token of these claims; `header` changes or adds header fields."""
        return jwt.encode(dict(claims), self.private, algorithm="RS256", headers={"kid": self.kid, **header})


@dataclass
class Tenant:
    """One server below `folder`, with ids, secrets and keys made anew for each."""

    folder: Path
    log: Path
    port: int = field(default_factory=lambda: usable_port(None))
    tenant_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    web_client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    web_client_secret: str = field(default_factory=lambda: secrets.token_urlsafe(32))
    app_client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    api_client_id: str = field(default_factory=lambda: str(uuid.uuid4()))
    key: SigningKey = field(default_factory=SigningKey)
    people: dict[str, dict[str, Any]] = field(default_factory=dict)

    def __post_init__(self) -> None:
        self.folder.mkdir(parents=True, exist_ok=True)
        self.certificate, certificate_key = make_certificate(self.folder)
        settings = {
            "port": self.port,
            "certificate": str(self.certificate),
            "certificateKey": str(certificate_key),
            "cookieKey": secrets.token_urlsafe(32),
            "tenant": TENANT,
            "tenantId": self.tenant_id,
            "policy": POLICY,
            "webClientId": self.web_client_id,
            "webClientSecret": self.web_client_secret,
            "appClientId": self.app_client_id,
            "apiClientId": self.api_client_id,
            "b2cScope": self.b2c_scope,
            "ciamScope": self.ciam_scope,
            "redirectUris": ["https://portal.invalid/"],
            "postLogoutRedirectUris": [],
            "keys": [self.key.jwk],
            "people": self.people,
        }
        (self.folder / "settings.json").write_text(json.dumps(settings), encoding="utf-8")

    @property
    def host(self) -> str:
        """Host and port, as AUTHORITY_HOST names them."""
        return f"localhost:{self.port}"

    @property
    def url(self) -> str:
        """The origin of all its pages."""
        return f"https://{self.host}"

    @property
    def b2c_issuer(self) -> str:
        """The `iss` of the tokens that the B2C paths issue."""
        return f"{self.url}/{self.tenant_id}/v2.0/"

    @property
    def b2c_scope(self) -> str:
        """The API's scope as an app of B2C asks for it."""
        return f"https://{TENANT}.onmicrosoft.com/{self.api_client_id}/{SCOPE}"

    @property
    def ciam_scope(self) -> str:
        """The API's scope as an app of Entra asks for it."""
        return f"api://{self.api_client_id}/{SCOPE}"

    def spec(self) -> ProcessSpec:
        """Describe the server process."""
        arguments = (str(self.folder / "settings.json"),)
        return node_spec(name="tenant", script=SCRIPT, arguments=arguments, env={}, log=self.log)

    def is_ready(self) -> bool:
        """Say whether it answers."""
        try:
            self._get(f"/{self.tenant_id}/v2.0/.well-known/openid-configuration")
        except requests.ConnectionError:
            return False
        return True

    def register_portal(self, url: str) -> None:
        """Make the portal at `url` a client: where it may be redirected to after sign-in and sign-out."""
        names = ("azuread-b2c-oauth2", "entra-external-id")
        self.change(
            redirectUris=[f"{url}/sign-in/complete/{name}/" for name in names],
            postLogoutRedirectUris=[f"{url}/accounts/sign-in/"],
        )

    def set_claims(self, login: str, **claims: Any) -> None:
        """Give the person `login` these claims in every token from now on."""
        self.people[login] = claims
        self.change(people=self.people)

    def forget_claims(self) -> None:
        """Give nobody claims of their own."""
        if self.people:
            self.people.clear()
            self.change(people={})

    def rotate_key(self) -> SigningKey:
        """Sign with a new key from now on; the old one is gone from the published set. Returns the old one."""
        old, self.key = self.key, SigningKey()
        self.change(keys=[self.key.jwk])
        return old

    def change(self, **settings: Any) -> None:
        """Change settings of the running server."""
        answer = requests.post(
            f"{self.url}/stand-in/settings", json=settings, verify=self.certificate, timeout=TIMEOUT_SECONDS
        )
        answer.raise_for_status()

    def person_signs_in(self, address: str, login: str) -> str:
        """Do what a browser and a person do from the address of the sign-in on; returns where they are sent back to.

        Raises AssertionError with the page when the tenant shows something else than its sign-in.
        """
        with requests.Session() as browser:
            browser.trust_env = False
            browser.verify = str(self.certificate)
            while address.startswith((self.url, "/")):
                url = urljoin(self.url, address)
                answer = browser.get(url, allow_redirects=False, timeout=TIMEOUT_SECONDS)
                if answer.status_code == requests.codes.ok:
                    form = {"login": login, "password": "any"}
                    answer = browser.post(url, data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
                assert answer.is_redirect, answer.text
                address = answer.headers["Location"]
        return address

    def app_tokens(self, login: str, *, authority: str = f"{TENANT}.onmicrosoft.com/{POLICY}") -> dict[str, str]:
        """Sign a person in to the mobile app (authorization code with PKCE); returns the tenant's answer with tokens.

        `authority`: the tenant and policy of B2C, or the tenant id of Entra.
        """
        base = f"{self.url}/{authority}/oauth2/v2.0"
        verifier = secrets.token_urlsafe(48)
        challenge = base64.urlsafe_b64encode(hashlib.sha256(verifier.encode()).digest()).rstrip(b"=").decode()
        redirect_uri = "http://127.0.0.1:1/signed-in"
        scope = self.b2c_scope if authority.startswith(TENANT) else self.ciam_scope
        asked = {
            "client_id": self.app_client_id,
            "response_type": "code",
            "redirect_uri": redirect_uri,
            "scope": f"openid {scope}",
            "code_challenge": challenge,
            "code_challenge_method": "S256",
        }
        back = self.person_signs_in(f"{base}/authorize?{urlencode(asked)}", login)
        code = parse_qs(urlsplit(back).query)["code"][0]
        form = {
            "grant_type": "authorization_code",
            "client_id": self.app_client_id,
            "code": code,
            "redirect_uri": redirect_uri,
            "code_verifier": verifier,
        }
        answer = requests.post(f"{base}/token", data=form, verify=self.certificate, timeout=TIMEOUT_SECONDS)
        answer.raise_for_status()
        return answer.json()

    def _get(self, path: str) -> requests.Response:
        return requests.get(self.url + path, verify=self.certificate, timeout=TIMEOUT_SECONDS)
