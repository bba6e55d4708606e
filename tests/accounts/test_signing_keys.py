"""The tenant's keys: rotations are noticed at once, outages lived through, made-up key ids cost the tenant nothing."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from accounts import signing_keys as module
from accounts.models import PublishedKeys
from accounts.signing_keys import ATTEMPTS, signing_keys
from tests.accounts.test_bearer import good_claims, me, own_jwk
from tests.servers import RunningServer
from tests.stand_ins.oidc import SigningKey, Tenant

pytestmark = pytest.mark.django_db

HOUR = 3600.0


@pytest.fixture
def clock(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """Hours to add to what `accounts.signing_keys` takes for the time; the tokens' own clock goes on as ever."""
    ahead, real = [0.0], module.now
    monkeypatch.setattr(module, "now", lambda: real() + ahead[0] * HOUR)
    return ahead


@pytest.fixture
def outage(tenant_server: RunningServer, b2c: Tenant) -> Iterator[RunningServer]:
    """The tenant, to be stopped; it runs again for the next test."""
    yield tenant_server
    if not tenant_server.is_running():
        tenant_server.start()
        b2c.change(keys=[b2c.key.jwk])


def test_a_rotation_is_noticed_by_the_first_token_of_the_new_key(b2c):
    before = b2c.key.sign(good_claims(b2c))
    assert me(before).status_code == 200

    b2c.rotate_key()

    assert me(b2c.key.sign(good_claims(b2c))).status_code == 200
    assert me(before).status_code == 401


def test_a_key_that_is_published_before_it_is_used_serves_beside_the_old_one(b2c):
    coming = SigningKey()
    b2c.change(keys=[b2c.key.jwk, coming.jwk])

    assert me(b2c.key.sign(good_claims(b2c))).status_code == 200
    assert me(coming.sign(good_claims(b2c))).status_code == 200
    b2c.change(keys=[b2c.key.jwk])


def test_a_revoked_key_is_forgotten_within_an_hour(b2c, clock):
    old = b2c.key.sign(good_claims(b2c))
    assert me(old).status_code == 200
    b2c.rotate_key()
    assert me(old).status_code == 200

    clock[0] = 1.1

    assert me(old).status_code == 401


def test_cached_keys_serve_for_a_day_of_outage_and_not_for_ever(b2c, outage, clock):
    token = b2c.key.sign(good_claims(b2c))
    assert me(token).status_code == 200

    outage.terminate()
    clock[0] = 24.5
    assert me(token).status_code == 200

    clock[0] = 48.5
    answer = me(token)
    assert answer.status_code == 503
    assert answer.json()["code"] == "sign_in_unavailable"
    assert int(answer["Retry-After"]) > 0


def test_a_process_that_starts_during_the_outage_knows_the_keys_too(b2c, outage):
    token = b2c.key.sign(good_claims(b2c))
    assert me(token).status_code == 200
    outage.terminate()

    signing_keys.cache_clear()

    assert me(token).status_code == 200


def test_when_the_outage_ends_the_keys_are_fetched_again(b2c, outage, clock):
    assert me(b2c.key.sign(good_claims(b2c))).status_code == 200
    outage.terminate()
    b2c.key = SigningKey()
    assert me(b2c.key.sign(good_claims(b2c))).status_code == 503

    outage.start()
    b2c.change(keys=[b2c.key.jwk])
    clock[0] = 0.1

    assert me(b2c.key.sign(good_claims(b2c))).status_code == 200


def test_made_up_key_ids_do_not_become_a_flood_at_the_tenant(b2c, monkeypatch):
    fetched = []
    real = module._fetch_json
    monkeypatch.setattr(module, "_fetch_json", lambda url: fetched.append(url) or real(url))
    stranger = SigningKey()

    for number in range(30):
        assert me(stranger.sign(good_claims(b2c), kid=f"made-up-{number}")).status_code == 401

    assert len(fetched) == 2 * ATTEMPTS  # the discovery document and the keys
    assert me(b2c.key.sign(good_claims(b2c))).status_code == 200


def test_keys_come_by_https_from_where_they_are_and_no_further(b2c, monkeypatch):
    for url in ("http://localhost/keys", "file:///etc/passwd", "ftp://localhost/keys"):
        with pytest.raises(ValueError, match="https only"):
            module._fetch_json(url)
    monkeypatch.setattr(module, "MAX_DOCUMENT_BYTES", 100)
    with pytest.raises(ValueError, match="too large"):
        module._fetch_json(f"{b2c.url}/{b2c.tenant_id}/discovery/v2.0/keys")


def test_weak_and_foreign_keys_are_left_out():
    good = {**own_jwk(SigningKey()), "use": "sig"}
    weak = {**good, "kid": "weak", "n": "u" * 170}  # 1020 bits

    kept = module.rsa_keys(
        {"keys": [good, weak, {**good, "kid": "enc", "use": "enc"}, {"kty": "oct", "kid": "oct", "k": "AAAA"}]}
    )

    assert set(kept) == {good["kid"]}
    with pytest.raises(ValueError, match="no RSA key"):
        module.rsa_keys({"keys": []})


def test_an_empty_key_set_does_not_replace_a_good_one(b2c, clock, monkeypatch):
    token = b2c.key.sign(good_claims(b2c))
    assert me(token).status_code == 200
    real = module._fetch_json
    monkeypatch.setattr(module, "_fetch_json", lambda url: {**real(url), "keys": []})

    clock[0] = 1.1

    assert me(token).status_code == 200
    assert PublishedKeys.objects.get().jwks["keys"] != []
