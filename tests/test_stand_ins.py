"""The stand-ins of Azure's services run from what the Makefile installs."""

from __future__ import annotations

import pytest
from azure.core.exceptions import HttpResponseError
from azure.storage.blob import BlobServiceClient

from tests.stand_ins.azurite import Azurite


def test_azurite_keeps_a_blob_for_who_has_the_key(azurite: Azurite):
    client = BlobServiceClient.from_connection_string(azurite.connection_string)
    container = client.create_container("stand-in-test")

    container.upload_blob("a.txt", b"kept")

    assert container.download_blob("a.txt").readall() == b"kept"


def test_azurite_refuses_who_has_no_key(azurite: Azurite):
    client = BlobServiceClient(azurite.url)

    with pytest.raises(HttpResponseError):
        list(client.list_containers())
