"""The documented flows of the official client's 2.0 beta; run with that client on the path, prints what came as JSON."""

import io
import json
import sys

from replicate import Replicate  # type: ignore[attr-defined]  # the checker sees the 1.0 client
from replicate.exceptions import (  # type: ignore[attr-defined]
    ModelError,
    NotFoundError,
    UnprocessableEntityError,
)

GFPGAN = "0fbacf7afc6c144e5be9767cff80f25aff23e52b0708f17e20f9879b2f21516c"
PICTURE = {"img": "https://files.example/in.png"}


def flows(client: Replicate, picture: bytes) -> dict[str, object]:
    seen: dict[str, object] = {}
    made = client.predictions.create(version=GFPGAN, input=PICTURE)
    seen["create"] = made.status
    ended = client.predictions.wait(made.id)
    seen["wait"] = (ended.status, bool(ended.output), ended.metrics is not None)
    seen["run"] = str(client.run(f"tencentarc/gfpgan:{GFPGAN}", input=PICTURE)).count("/__outputs/")
    official = client.run("black-forest-labs/flux-schnell", input={"prompt": "a gate"}, wait=False)
    seen["run of an official model"] = str(official).count("/__outputs/")
    seen["get"] = client.predictions.get(prediction_id=made.id).id == made.id
    for _ in range(100):
        client.predictions.create(version=GFPGAN, input=PICTURE)
    listed = [one.id for one in client.predictions.list()]
    seen["list"] = (len(listed), len(set(listed)), listed[-1] == made.id)
    seen["cancel"] = client.predictions.cancel(
        prediction_id=client.predictions.create(version=GFPGAN, input=PICTURE).id
    ).status
    kept = client.files.create(content=picture, filename="in.png", type="image/png", metadata={"job": 7})
    seen["files"] = (
        client.files.get(file_id=kept.id).to_dict() == kept.to_dict(),
        [one.id for one in client.files.list()] == [kept.id],
        (kept.name, kept.content_type, kept.size == len(picture)),
        kept.metadata,
        client.files.delete(file_id=kept.id),
    )
    uploaded = client.predictions.create(version=GFPGAN, input={"img": io.BytesIO(picture)})
    seen["a file as input"] = client.predictions.wait(uploaded.id).status
    model = client.models.get(model_owner="nightmareai", model_name="real-esrgan")
    versions = list(client.models.versions.list(model_owner="nightmareai", model_name="real-esrgan"))
    seen["models"] = (model.name, len(versions))
    version = client.models.versions.get(
        model_owner="nightmareai", model_name="real-esrgan", version_id=model.latest_version.id
    )
    seen["version"] = version.openapi_schema["components"]["schemas"]["Input"]["required"]
    deployed = client.deployments.get(deployment_owner="stand-in", deployment_name="restore")
    seen["deployments"] = (deployed.name, [one.name for one in client.deployments.list()])
    by = client.deployments.predictions.create(
        deployment_owner="stand-in", deployment_name="restore", input=PICTURE, prefer="wait"
    )
    seen["a deployment's prediction"] = client.predictions.wait(by.id).status
    seen["account"] = client.account.get().username
    seen["secret"] = str(client.webhooks.default.secret.get().key)[:6]
    try:
        client.predictions.create(version=GFPGAN, input={})
    except UnprocessableEntityError as refusal:
        seen["refusal"] = refusal.body["detail"]
    try:
        client.predictions.get(prediction_id="nothing")
    except NotFoundError as refusal:
        seen["missing"] = refusal.status_code
    try:
        client.run(f"tencentarc/gfpgan:{GFPGAN}", input={"img": "no address"}, wait=False)
    except ModelError as failure:
        seen["failure"] = str(failure)
    return seen


if __name__ == "__main__":
    with Replicate() as replicate:
        print(json.dumps(flows(replicate, sys.stdin.buffer.read())))
