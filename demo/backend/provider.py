"""The models: which one does a kind of job, and running it so that it is paid once."""

from collections.abc import Callable
from dataclasses import dataclass

from demo.backend.settings import Settings
from gate.replicate import Client, Prediction, Retry, fetch_image

RESTORE = "tencentarc/gfpgan:0fbacf7afc6c144e5be9767cff80f25aff23e52b0708f17e20f9879b2f21516c"
UPSCALE = "nightmareai/real-esrgan:42fed1c4974146d4d2414e2be2c5277c7fcf05fcc3a73abf41610695738c1d7b"
FACE_SWAP = "codeplugtech/face-swap:278a81e7ebb22db98bcba54de985d22cc1abeead2754eb1f2af717247be69b34"


@dataclass(frozen=True, slots=True)
class Model:
    """A model and how the job's picture goes into it."""

    version: str
    inputs: Callable[[str], dict[str, object]]


MODELS = {
    "restore": Model(RESTORE, lambda image: {"img": image, "version": "v1.4", "scale": 2}),
    "upscale": Model(UPSCALE, lambda image: {"image": image, "scale": 4}),
    "face_swap": Model(FACE_SWAP, lambda image: {"input_image": image, "swap_image": image}),
}


class Provider:
    """Replicate, through a client that never makes two predictions for one job."""

    def __init__(self, settings: Settings) -> None:
        self._token = settings.replicate_token
        self._url = settings.replicate_url
        self._webhook = settings.webhook
        self._deadline = settings.model_deadline
        self._base = settings.time_scale

    def client(self) -> Client:
        """A client for one thread at a time: each run has its own."""
        return Client(self._token, base_url=self._url, retry=Retry(base=self._base))

    def run(self, kind: str, image: str, job: str, note: Callable[[str], None]) -> tuple[bytes, str]:
        """The picture that the model makes of `image`, and its file ending.

        The job's id stands in the picture's address and is the marker by which a lost prediction is found again. `note`
        gets the prediction's id as soon as there is one. Raises the errors of `gate.replicate`.
        """
        model = MODELS[kind]
        prediction = self.client().run(
            model.version,
            model.inputs(image),
            marker=job,
            on_start=note,
            deadline=self._deadline,
            webhook=self.webhook(job),
        )
        return self.picture(prediction)

    def webhook(self, _job: str) -> str | None:
        """Where Replicate is to tell of the end of a job's prediction."""
        return self._webhook

    def picture(self, prediction: Prediction) -> tuple[bytes, str]:
        """The picture that a prediction has made, and its file ending. Raises the errors of `gate.replicate`."""
        return fetch_image(prediction.result()[0], also_from=self._url)
