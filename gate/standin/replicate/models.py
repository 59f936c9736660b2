"""The models the stand-in knows: the ones of the three job kinds, with the fields they really want."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True, slots=True)
class Model:
    """A model on Replicate: `name` is owner/name, `image` its required image fields, `official` callable by name."""

    name: str
    version: str
    images: tuple[str, ...]
    options: tuple[str, ...] = ()
    required: tuple[str, ...] = ()
    official: bool = False

    def complaints(self, given: Mapping[str, Any]) -> list[dict[str, str]]:
        """What Replicate would say of an input, one entry per field."""
        wrong = [
            {"type": "required", "field": "input", "description": f"{name} is required"}
            for name in (*self.images, *self.required)
            if name not in given
        ]
        known = {*self.images, *self.options, *self.required}
        wrong += [
            {
                "type": "additional_property_not_allowed",
                "field": "input",
                "description": f"Additional property {name} is not allowed",
            }
            for name in given
            if name not in known
        ]
        return wrong


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
