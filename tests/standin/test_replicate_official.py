"""The official client, unmodified, runs against the stand-in."""

import io
from collections.abc import Iterator
from pathlib import Path

import pytest
from replicate.client import Client
from replicate.exceptions import ModelError
from replicate.exceptions import ReplicateError as OfficialError

from gate.standin.image import png
from gate.standin.replicate import ReplicateStandIn
from gate.standin.replicate.models import MODELS

GFPGAN = MODELS[0]
FLUX = "black-forest-labs/flux-schnell"
PICTURE = {"img": "https://files.example/in.png"}


@pytest.fixture
def standin() -> Iterator[ReplicateStandIn]:
    with ReplicateStandIn(latency=0.02, pace=0.01) as standin:
        yield standin


@pytest.fixture
def client(standin: ReplicateStandIn, monkeypatch: pytest.MonkeyPatch) -> Iterator[Client]:
    monkeypatch.setenv("REPLICATE_POLL_INTERVAL", "0.01")
    client = Client(api_token=standin.token, base_url=standin.url)
    yield client
    client._client.close()


def test_run_of_a_version_waits_in_the_create(client: Client, standin: ReplicateStandIn) -> None:
    output = client.run(f"{GFPGAN.name}:{GFPGAN.version}", input=PICTURE)

    assert str(output).startswith(f"{standin.url}/__outputs/")
    assert "create" in [one["route"] for one in standin.ledger()["requests"]]


def test_run_of_an_official_model(client: Client, standin: ReplicateStandIn) -> None:
    output = client.run(FLUX, input={"prompt": "a gate"})

    assert str(output).startswith(f"{standin.url}/__outputs/")


def test_run_by_the_environment_alone(standin: ReplicateStandIn, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("REPLICATE_BASE_URL", standin.url)
    monkeypatch.setenv("REPLICATE_API_TOKEN", standin.token)
    client = Client()

    output = client.run(FLUX, input={"prompt": "a gate"}, wait=False)
    client._client.close()

    assert str(output).startswith(f"{standin.url}/__outputs/")


def test_create_reload_wait(client: Client) -> None:
    prediction = client.predictions.create(version=GFPGAN.version, input=PICTURE)
    assert (prediction.status, prediction.output) == ("starting", None)

    prediction.reload()
    prediction.wait()
    again = client.predictions.get(prediction.id)

    assert prediction.status == again.status == "succeeded"
    assert prediction.output == again.output
    assert prediction.progress is not None
    assert prediction.progress.percentage == 1.0
    assert prediction.metrics is not None
    assert prediction.metrics["total_time"] >= prediction.metrics["predict_time"] > 0


def test_a_file_is_uploaded_and_read_by_the_model(client: Client, standin: ReplicateStandIn) -> None:
    prediction = client.predictions.create(version=GFPGAN.version, input={"img": io.BytesIO(png("in"))})
    prediction.wait()

    assert prediction.input is not None
    assert prediction.input["img"].startswith(f"{standin.url}/v1/files/")
    assert prediction.status == "succeeded"


def test_a_file_that_is_no_picture_fails_the_prediction(client: Client) -> None:
    with pytest.raises(ModelError, match="cannot identify image file img"):
        client.run(f"{GFPGAN.name}:{GFPGAN.version}", input={"img": io.BytesIO(b"no picture")}, wait=False)


def test_cancel(client: Client, standin: ReplicateStandIn) -> None:
    standin.script(["prediction-stuck-processing"])
    prediction = client.predictions.create(version=GFPGAN.version, input=PICTURE)

    prediction.cancel()

    assert prediction.status == "canceled"
    assert prediction.completed_at is not None


def test_list_in_pages_newest_first(client: Client) -> None:
    made = [client.predictions.create(version=GFPGAN.version, input=PICTURE).id for _ in range(103)]

    first = client.predictions.list()
    assert first.next is not None
    second = client.predictions.list(first.next)
    assert second.previous is not None
    back = client.predictions.list(second.previous)

    assert made[::-1] == [one.id for one in (*first.results, *second.results)]
    assert (len(first.results), len(second.results), second.next) == (100, 3, None)
    assert [one.id for one in first.results] == [one.id for one in back.results]


def test_models_and_versions(client: Client) -> None:
    model = client.models.get(MODELS[2].name)
    versions = model.versions.list()
    version = model.versions.get(MODELS[3].version)

    assert model.latest_version is not None
    assert model.latest_version.id == MODELS[2].version
    assert [one.id for one in versions] == [MODELS[2].version, MODELS[3].version]
    assert version.openapi_schema["components"]["schemas"]["Input"]["required"] == ["image"]


def test_files(client: Client, tmp_path: Path) -> None:
    path = tmp_path / "in.png"
    path.write_bytes(png("in"))

    made = client.files.create(path, metadata={"job": 7})
    found = client.files.get(made.id)
    listed = client.files.list()
    deleted = client.files.delete(made.id)

    assert made == found
    assert [made.id] == [one.id for one in listed]
    assert (made.name, made.content_type, made.size) == ("in.png", "image/png", len(png("in")))
    assert made.metadata == {"job": 7}
    assert deleted
    assert client.files.list() == []
    with pytest.raises(OfficialError, match="404"):
        client.files.get(made.id)


def test_account(client: Client) -> None:
    account = client.accounts.current()

    assert (account.type, account.username) == ("user", "stand-in")


def test_deployments(client: Client) -> None:
    deployment = client.deployments.get("stand-in/restore")
    listed = client.deployments.list()
    prediction = deployment.predictions.create(input=PICTURE)
    prediction.wait()

    assert [deployment.id] == [one.id for one in listed.results]
    assert deployment.current_release is not None
    assert deployment.current_release.version == GFPGAN.version
    assert prediction.status == "succeeded"


def test_refusals_carry_replicates_words(client: Client, standin: ReplicateStandIn) -> None:
    with pytest.raises(OfficialError) as caught:
        client.predictions.create(version=GFPGAN.version, input={})
    assert (caught.value.status, caught.value.title) == (422, "Input validation failed")
    assert caught.value.detail == "- input: img is required\n"

    standin.script(["create-402"])
    with pytest.raises(OfficialError, match="insufficient credit"):
        client.run(FLUX, input={"prompt": "a gate"})


def test_a_wrong_token(standin: ReplicateStandIn) -> None:
    client = Client(api_token="another", base_url=standin.url)

    with pytest.raises(OfficialError, match="You did not pass a valid authentication token"):
        client.accounts.current()
    client._client.close()


def test_a_failed_prediction(client: Client, standin: ReplicateStandIn) -> None:
    standin.script(["prediction-failed"])

    with pytest.raises(ModelError, match="CUDA out of memory"):
        client.run(FLUX, input={"prompt": "a gate"})
