"""Access tokens of the tenant at our API: what is accepted, and a corpus of what is not."""

from __future__ import annotations

import base64
import hashlib
import hmac
import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import ec

from accounts.models import Role, User
from accounts.services import issue_api_token
from tests.accounts.test_tenant_sign_in import sign_in
from tests.api.conftest import plain_client
from tests.stand_ins.oidc import POLICY, SCOPE, TENANT, SigningKey, Tenant

pytestmark = pytest.mark.django_db

OBJECT_ID = "0b5f2d2c-7c1e-4c6e-8a6b-0d6a6f2f1c11"
STRANGER = SigningKey()


def me(token: str | bytes) -> Any:
    """Ask who I am with a bearer token."""
    text = token.decode("latin-1") if isinstance(token, bytes) else token
    return plain_client().get("/api/v1/me/", headers={"Authorization": f"Bearer {text}"})


def good_claims(tenant: Tenant, **changes: Any) -> dict[str, Any]:
    """The claims of a token that is accepted; a change to None leaves the claim out."""
    now = int(time.time())
    claims = {
        "iss": tenant.b2c_issuer,
        "aud": tenant.api_client_id,
        "azp": tenant.app_client_id,
        "scp": SCOPE,
        "tfp": POLICY,
        "sub": OBJECT_ID,
        "oid": OBJECT_ID,
        "iat": now,
        "nbf": now,
        "exp": now + 3600,
        **changes,
    }
    return {name: value for name, value in claims.items() if value is not None}


def part(value: Any) -> str:
    """One part of a token: bytes or JSON, in base64url without padding."""
    raw = value if isinstance(value, bytes) else json.dumps(value).encode()
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def unsigned(tenant: Tenant, algorithm: str, *, signature: str = "") -> str:
    header = {"alg": algorithm, "typ": "JWT", "kid": tenant.key.kid}
    return f"{part(header)}.{part(good_claims(tenant))}.{signature}"


def hs256(tenant: Tenant, secret: bytes, **header: Any) -> str:
    head = part({"alg": "HS256", "typ": "JWT", "kid": tenant.key.kid, **header})
    signed = f"{head}.{part(good_claims(tenant))}"
    return f"{signed}.{part(hmac.new(secret, signed.encode(), hashlib.sha256).digest())}"


def own_jwk(key: SigningKey) -> dict[str, Any]:
    return {**jwt.algorithms.RSAAlgorithm.to_jwk(key.private.public_key(), as_dict=True), "kid": key.kid}


def spliced(tenant: Tenant) -> str:
    """The signature of one token under the claims of another."""
    head, _claims, signature = tenant.key.sign(good_claims(tenant)).split(".")
    return f"{head}.{part(good_claims(tenant, sub='somebody-else'))}.{signature}"


def es256(tenant: Tenant) -> str:
    key = ec.generate_private_key(ec.SECP256R1())
    return jwt.encode(good_claims(tenant), key, algorithm="ES256", headers={"kid": tenant.key.kid})


def with_claims(**changes: Any) -> Any:
    return lambda tenant: tenant.key.sign(good_claims(tenant, **changes))


def with_header(**header: Any) -> Any:
    return lambda tenant: tenant.key.sign(good_claims(tenant), **header)


def by_stranger(**header: Any) -> Any:
    """Signed with a key of the forger's own, under the tenant's key id or what `header` says."""
    return lambda tenant: STRANGER.sign(good_claims(tenant), **{"kid": tenant.key.kid, **header})


# Each is right in everything but what its name says.
FORGED: dict[str, Any] = {
    "alg none": lambda t: unsigned(t, "none"),
    "alg None": lambda t: unsigned(t, "None"),
    "alg NONE": lambda t: unsigned(t, "NONE"),
    "alg nOnE with a signature": lambda t: unsigned(t, "nOnE", signature=t.key.sign({}).split(".")[2]),
    "no alg": lambda t: f"{part({'typ': 'JWT', 'kid': t.key.kid})}.{part(good_claims(t))}.",
    "alg as a list": lambda t: f"{part({'alg': ['RS256'], 'kid': t.key.kid})}.{part(good_claims(t))}.AA",
    "HS256 with the public key as text": lambda t: hs256(t, t.key.public_pem),
    "HS256 with the modulus": lambda t: hs256(t, own_jwk(t.key)["n"].encode()),
    "HS256 with nothing": lambda t: hs256(t, b""),
    "RS256 announced, HS256 signed": lambda t: hs256(t, t.key.public_pem, alg="RS256"),
    "PS256": lambda t: jwt.encode(good_claims(t), t.key.private, algorithm="PS256", headers={"kid": t.key.kid}),
    "RS512": lambda t: jwt.encode(good_claims(t), t.key.private, algorithm="RS512", headers={"kid": t.key.kid}),
    "ES256": es256,
    "signature taken off": lambda t: t.key.sign(good_claims(t)).rsplit(".", 1)[0] + ".",
    "two parts": lambda t: t.key.sign(good_claims(t)).rsplit(".", 1)[0],
    "five parts, encrypted": lambda t: f"{part({'alg': 'RSA-OAEP', 'enc': 'A256GCM', 'kid': t.key.kid})}.AA.AA.AA.AA",
    "signature of another token": spliced,
    "another key under the same key id": by_stranger(),
    "key id unknown": by_stranger(kid="unknown"),
    "no key id": lambda t: jwt.encode(good_claims(t), t.key.private, algorithm="RS256"),
    "key id a path": by_stranger(kid="../../../../dev/null"),
    "key id an address": by_stranger(kid="https://evil.example/keys"),
    "key id with SQL": by_stranger(kid="' UNION SELECT 'AA' --"),
    "key id too long": by_stranger(kid="k" * 1000),
    "key id a number": lambda t: f"{part({'alg': 'RS256', 'kid': 1})}.{part(good_claims(t))}.AA",
    "key id a NUL": by_stranger(kid="\x00"),
    "jku of the forger": by_stranger(jku="https://evil.example/keys"),
    "jku with the right key": with_header(jku="https://evil.example/keys"),
    "x5u of the forger": by_stranger(x5u="https://evil.example/certificate"),
    "x5c of the forger": by_stranger(x5c=["AAAA"]),
    "jwk of the forger": by_stranger(jwk=own_jwk(STRANGER), kid=STRANGER.kid),
    "crit that nobody knows": with_header(crit=["exp"]),
    "b64 false": with_header(b64=False, crit=["b64"]),
    "type of another kind": with_header(typ="logout+jwt"),
    "nested content": with_header(cty="JWT"),
    "another issuer": with_claims(iss="https://evil.example/v2.0/"),
    "issuer without its slash": lambda t: t.key.sign(good_claims(t, iss=t.b2c_issuer.rstrip("/"))),
    "issuer of another tenant": lambda t: t.key.sign(good_claims(t, iss=t.b2c_issuer.replace(t.tenant_id, OBJECT_ID))),
    "another audience": with_claims(aud="another-api"),
    "audience of the app": lambda t: t.key.sign(good_claims(t, aud=t.app_client_id)),
    "audience among others": lambda t: t.key.sign(good_claims(t, aud=[t.api_client_id, "another-api"])),
    "another policy": with_claims(tfp="B2C_1_password_reset"),
    "no policy": with_claims(tfp=None),
    "policy in another claim's name": with_claims(tfp=None, policy=POLICY),
    "another scope": with_claims(scp="read_weather"),
    "scope that only begins alike": with_claims(scp=f"{SCOPE}_not"),
    "no scope": with_claims(scp=None),
    "scope as a list": with_claims(scp=[SCOPE]),
    "issued to another app": with_claims(azp="another-app"),
    "issued to no app": with_claims(azp=None),
    "expired": lambda t: t.key.sign(good_claims(t, exp=int(time.time()) - 60, iat=int(time.time()) - 3700)),
    "expires never": with_claims(exp=None),
    "expires in ten years": lambda t: t.key.sign(good_claims(t, exp=int(time.time()) + 10 * 365 * 86400)),
    "expires when infinity comes": with_claims(exp=float("inf")),
    "expires as text": lambda t: t.key.sign(good_claims(t, exp=str(int(time.time()) + 60))),
    "not valid before tomorrow": lambda t: t.key.sign(good_claims(t, nbf=int(time.time()) + 86400)),
    "issued tomorrow": lambda t: t.key.sign(good_claims(t, iat=int(time.time()) + 86400)),
    "issued nowhen": with_claims(iat=None),
    "no issuer": with_claims(iss=None),
    "no audience": with_claims(aud=None),
    "no subject": with_claims(sub=None),
    "subject empty": with_claims(sub=""),
    "subject a number": with_claims(sub=7),
    "subject very long": with_claims(sub="s" * 300),
    "id token": lambda t: t.app_tokens("amina")["id_token"],
    "a megabyte": with_claims(padding="x" * 1_000_000),
    "just over the limit": with_claims(padding="x" * 8000),
    "claims are a list": lambda t: jwt.api_jws.encode(b"[1]", t.key.private, "RS256", headers={"kid": t.key.kid}),
    "claims are no JSON": lambda t: jwt.api_jws.encode(b"{", t.key.private, "RS256", headers={"kid": t.key.kid}),
    "deep JSON in the header": lambda t: f"{part(b'[' * 5000)}.AA.AA",
    "garbage": lambda t: "eyJhbGciOiJSUzI1NiJ9",
    "dots": lambda t: "..",
    "bytes": lambda t: b"\xff\xfe.\xff.\xff",
}


def test_a_token_of_the_tenant_is_accepted_and_means_the_user_of_the_browser(client, b2c):
    sign_in(client, b2c, "amina")
    signed_in = User.objects.get()

    answer = me(b2c.app_tokens("amina")["access_token"])

    assert answer.status_code == 200
    assert answer.json()["id"] == str(signed_in.pk)


def test_the_same_for_entra_where_every_app_sees_another_subject(client, entra):
    sign_in(client, entra, "amina", backend="entra-external-id")
    signed_in = User.objects.get()

    answer = me(entra.app_tokens("amina", authority=entra.tenant_id)["access_token"])

    assert answer.status_code == 200
    assert answer.json()["id"] == str(signed_in.pk)


def test_a_phone_may_come_before_the_browser(client, b2c):
    first = me(b2c.app_tokens("amina")["access_token"]).json()

    sign_in(client, b2c, "amina")

    assert first["memberships"] == []
    assert client.session["_auth_user_id"] == first["id"]


def test_what_is_wrong_in_one_thing_is_refused(b2c):
    answers = {what: me(forge(b2c)) for what, forge in FORGED.items()}

    assert {what: a.status_code for what, a in answers.items() if a.status_code != 401} == {}
    assert {what: a.json()["code"] for what, a in answers.items() if a.json()["code"] != "token_invalid"} == {}
    assert {a["Content-Type"] for a in answers.values()} == {"application/problem+json"}
    assert {a["WWW-Authenticate"] for a in answers.values()} == {"Bearer"}
    assert not User.objects.exists()
    assert me(b2c.key.sign(good_claims(b2c))).status_code == 200  # the yardstick, after all that


def test_an_id_token_is_refused_also_where_app_and_api_are_one_registration(b2c, settings):
    settings.AZURE_API_CLIENT_ID = b2c.app_client_id

    assert me(b2c.app_tokens("amina")["id_token"]).status_code == 401
    assert me(b2c.key.sign(good_claims(b2c, aud=b2c.app_client_id))).status_code == 200


def test_a_clock_that_is_a_little_off_is_forgiven(b2c):
    now = int(time.time())

    assert me(b2c.key.sign(good_claims(b2c, iat=now + 20, nbf=now + 20))).status_code == 200
    assert me(b2c.key.sign(good_claims(b2c, exp=now - 20, iat=now - 3600))).status_code == 200


def test_acr_stands_for_the_policy_in_older_user_flows(b2c):
    assert me(b2c.key.sign(good_claims(b2c, tfp=None, acr=POLICY.upper()))).status_code == 200


@pytest.mark.parametrize("header", ["Bearer", "Bearer a b", "Bearer {good},Bearer {good}", "Bearer {good} {good}"])
def test_a_header_that_holds_none_or_several_tokens_is_refused(b2c, header):
    good = b2c.key.sign(good_claims(b2c))

    answer = plain_client().get("/api/v1/me/", headers={"Authorization": header.format(good=good)})

    assert answer.status_code == 401
    assert answer.json()["code"] == "token_invalid"


def test_a_token_in_the_address_is_not_looked_at(b2c):
    assert plain_client().get("/api/v1/me/", {"access_token": b2c.key.sign(good_claims(b2c))}).status_code == 401


def test_a_user_who_was_switched_off_is_refused_with_the_next_request(b2c):
    token = b2c.key.sign(good_claims(b2c))
    assert me(token).status_code == 200

    User.objects.update(is_active=False)

    assert me(token).status_code == 401


def test_an_entra_token_is_refused_by_a_portal_of_b2c_and_the_other_way_round(tenant, b2c, configure):
    of_b2c = b2c.app_tokens("amina")["access_token"]
    of_entra = b2c.app_tokens("amina", authority=b2c.tenant_id)["access_token"]
    assert me(of_entra).status_code == 401

    configure({"AZURE_B2C_CLIENT_ID": "", "ENTRA_CLIENT_ID": "x", "ENTRA_TENANT_NAME": TENANT, **entra_only(tenant)})

    assert me(of_entra).status_code == 200
    assert me(of_b2c).status_code == 401


def entra_only(tenant: Tenant) -> dict[str, str]:
    return {"ENTRA_TENANT_ID": tenant.tenant_id, "ENTRA_AUTHORITY_HOST": tenant.host}


def test_our_own_tokens_work_beside_the_tenants(b2c, make_user, clinic):
    user = make_user("worker", Role.HEALTH_WORKER, clinic)
    _row, secret = issue_api_token(user=user, name="phone")

    assert me(secret).json()["username"] == "worker"


def test_without_a_tenant_no_such_token_is_looked_at(tenant):
    assert me(tenant.key.sign(good_claims(tenant))).status_code == 401


def test_roles_come_and_go_with_the_claim_of_the_newest_token_alone(b2c, settings, clinic):
    settings.SIGN_IN_ROLE_CLAIM = "roles"
    settings.SIGN_IN_ROLES = json.dumps({"worker": f"health_worker:{clinic.pk}"})
    now = int(time.time())
    older = b2c.key.sign(good_claims(b2c, iat=now - 20, roles=["worker"]))
    newer = b2c.key.sign(good_claims(b2c, iat=now - 10))

    assert len(me(older).json()["memberships"]) == 1
    assert me(newer).json()["memberships"] == []
    assert me(older).json()["memberships"] == []
