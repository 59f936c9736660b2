"""The models the stand-in knows: the ones of the three job kinds, with the fields they really want."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from gate.standin.replicate.answers import complaint


@dataclass(frozen=True, slots=True)
class Model:
    """A model on Replicate: `name` is owner/name, `images` its required image fields, `official` callable by name."""

    name: str
    version: str
    images: tuple[str, ...]
    options: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    official: bool = False

    def complaints(self, given: Mapping[str, Any]) -> list[dict[str, str]]:
        """What Replicate would say of an input, one entry per field."""
        needed = (*self.images, *self.required)
        unknown = [name for name in given if name not in {*needed, *self.options}]
        return [
            *(complaint("required", "input", f"{name} is required") for name in needed if name not in given),
            *(
                complaint("additional_property_not_allowed", "input", f"Additional property {name} is not allowed")
                for name in unknown
            ),
        ]


MODELS = (
    Model(
        "tencentarc/gfpgan",
        "0fbacf7afc6c144e5be9767cff80f25aff23e52b0708f17e20f9879b2f21516c",
        ("img",),
        ("version", "scale"),
    ),
    Model(
        "sczhou/codeformer",
        "cc4956dd26fa5a7185d5660cc9100fab1b8070a1d1654a8bb5eb6d443b020bb2",
        ("image",),
        ("codeformer_fidelity", "background_enhance", "face_upsample", "upscale"),
    ),
    Model(
        "nightmareai/real-esrgan",
        "42fed1c4974146d4d2414e2be2c5277c7fcf05fcc3a73abf41610695738c1d7b",
        ("image",),
        ("scale", "face_enhance"),
    ),
    Model(
        "nightmareai/real-esrgan",
        "f121d640bd286e1fdc67f9799164c1d5be36ff74576ee11c803ae5b665dd46aa",
        ("image",),
        ("scale", "face_enhance"),
    ),
    Model(
        "codeplugtech/face-swap",
        "278a81e7ebb22db98bcba54de985d22cc1abeead2754eb1f2af717247be69b34",
        ("input_image", "swap_image"),
    ),
    Model(
        "cdingram/face-swap",
        "d1d6ea8c8be89d664a07a457526f7128109dee7030fdac424788d762c71ed111",
        ("input_image", "swap_image"),
    ),
    Model(
        "black-forest-labs/flux-schnell",
        "c846a69991daf4c0e5d016514849d14ee5b2e6846ce6b9d6f21369e564cfe51e",
        (),
        ("aspect_ratio", "num_outputs", "seed", "output_format"),
        required=("prompt",),
        official=True,
    ),
)
DEPLOYMENTS: Mapping[str, Model] = {"stand-in/restore": MODELS[0]}


def by_version(version: object) -> Model | None:
    """The model of `<64 hex>`, `owner/name:<64 hex>` or, for official ones, `owner/name`."""
    word = version if isinstance(version, str) else ""
    name, _, digest = word.rpartition(":")
    for model in MODELS:
        if model.version == digest and name in {"", model.name}:
            return model
        if model.official and model.name == word:
            return model
    return None


def by_name(name: str) -> tuple[Model, ...]:
    """Every version of a model, newest first; empty for one that is not known."""
    return tuple(model for model in MODELS if model.name == name)


def model_object(versions: tuple[Model, ...]) -> dict[str, Any]:
    """A model as the API shows it."""
    owner, _, name = versions[0].name.partition("/")
    return {
        "url": f"https://replicate.com/{owner}/{name}",
        "owner": owner,
        "name": name,
        "description": "",
        "visibility": "public",
        "github_url": None,
        "paper_url": None,
        "license_url": None,
        "run_count": 0,
        "cover_image_url": None,
        "default_example": None,
        "latest_version": version_object(versions[0]),
    }


def version_object(model: Model) -> dict[str, Any]:
    """A version as the API shows it, with the schema of its input."""
    fields: dict[str, Any] = {name: {"type": "string", "format": "uri", "title": name} for name in model.images}
    fields |= {name: {"title": name} for name in (*model.required, *model.options)}
    needed = [*model.images, *model.required]
    document = {
        "openapi": "3.0.2",
        "info": {"title": "Cog", "version": "0.1.0"},
        "paths": {},
        "components": {
            "schemas": {
                "Input": {"type": "object", "title": "Input", "required": needed, "properties": fields},
                "Output": {"type": "string", "format": "uri", "title": "Output"},
            }
        },
    }
    return {
        "id": model.version,
        "created_at": "2024-01-01T00:00:00.000000Z",
        "cog_version": "0.9.0",
        "openapi_schema": document,
    }


def deployment_object(name: str) -> dict[str, Any]:
    """A deployment as the API shows it."""
    owner, _, short = name.partition("/")
    model = DEPLOYMENTS[name]
    release = {
        "number": 1,
        "model": model.name,
        "version": model.version,
        "created_at": "2024-01-01T00:00:00.000000Z",
        "created_by": {"type": "user", "username": owner, "name": owner, "github_url": None, "avatar_url": None},
        "configuration": {"hardware": "gpu-t4", "min_instances": 0, "max_instances": 1},
    }
    return {"owner": owner, "name": short, "current_release": release}
