"""Asks the project's own addresses whether a key still works: only where it was asked for, and only those that are written down.

The value travels in a header to that host, and nowhere else: no redirect is followed, no proxy or password file is used, and what is
kept here lives as long as the scan.
"""

import contextlib
import json
import time
from base64 import urlsafe_b64decode
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from urllib.parse import urlsplit

from gate.check import Check, Context
from gate.config import Config
from gate.errors import UsageError
from gate.page import Example
from gate.scan.check import Artifact
from gate.scan.kinds import PRIVILEGED, Secret, State, witnessed

SETTINGS = "/auth/v1/settings"  # how people may sign in: public, and answered to whoever has a key that works
PAUSE = 0.5  # seconds between two questions
MOST = 50  # keys of one run
TIMEOUT = 5.0  # seconds
PLATFORM = ".supabase.co"
Ask = Callable[[str, str], int | None]  # address and key; the status, None for no answer


@dataclass(frozen=True, slots=True)
class VerifiedScan:
    """A scan whose keys are tried."""

    scan: Check
    name: str = "scan"
    summary: str = "finds a service-role key and its kin, and asks whether each still works"
    rules_package: str = "gate.scan.rules"

    def subjects(self, context: Context) -> Iterator[object]:
        """Those of the scan, each key with what its project said of it."""
        with witnessed() as values, asking() as ask:
            trial = Trial(context.config.scan_verify, values, ask)
            for artifact in self.scan.subjects(context):
                assert isinstance(artifact, Artifact)
                secrets = tuple(trial.tried(secret) for secret in artifact.secrets)
                former = tuple(replace(one, secret=trial.tried(one.secret)) for one in artifact.former)
                yield replace(artifact, secrets=secrets, former=former)
            context.record("keys_tried", {state: list(trial.known.values()).count(state) for state in State if state})

    def example(self, example: Example) -> Iterator[object]:
        """As the scan."""
        return self.scan.example(example)


def verified(scan: Check, config: Config) -> VerifiedScan:
    """The scan with `--verify`. Raises UsageError where no address is written down."""
    if not config.scan_verify:
        raise UsageError(
            '--verify asks only addresses of your own: name them, as scan_verify = ["https://ref.supabase.co"]'
        )
    return VerifiedScan(scan)


@dataclass(slots=True)
class Trial:
    """What is known of each key by now: one is asked about once."""

    addresses: Sequence[str]
    values: dict[bytes, str]
    ask: Ask
    known: dict[bytes, State] = field(default_factory=dict)

    def tried(self, secret: Secret) -> Secret:
        """The key with what became of it, if it is one that a project can be asked about."""
        if secret.kind not in PRIVILEGED:
            return secret
        if secret.mark not in self.known:
            value = self.values.get(secret.mark, "")
            self.known[secret.mark] = self._state(value) if len(self.known) < MOST else State.UNKNOWN
        return replace(secret, state=self.known[secret.mark])

    def _state(self, value: str) -> State:
        answers = [self.ask(address, value) for address in self.addresses if value and _belongs(value, address)]
        if 200 in answers:
            return State.LIVE
        return State.DEAD if answers and all(answer in {401, 403} for answer in answers) else State.UNKNOWN


def _belongs(value: str, address: str) -> bool:
    """Whether a key may be shown to that address: one that names its project goes to no other project of the platform."""
    host = urlsplit(address).hostname or ""
    try:
        body = value.split(".")[1]
        reference = json.loads(urlsafe_b64decode(body + "=" * (-len(body) % 4))).get("ref")
    except (IndexError, ValueError, AttributeError):
        reference = None
    return not (isinstance(reference, str) and host.endswith(PLATFORM)) or host == reference + PLATFORM


@contextlib.contextmanager
def asking() -> Iterator[Ask]:
    """A way to ask, with a pause between two questions."""
    import requests

    last = 0.0

    def ask(address: str, key: str) -> int | None:
        nonlocal last
        time.sleep(max(0.0, last + PAUSE - time.monotonic()))
        last = time.monotonic()
        try:
            with session.get(
                address.rstrip("/") + SETTINGS,
                headers={"apikey": key},
                timeout=TIMEOUT,
                allow_redirects=False,
                stream=True,
            ) as answer:
                return answer.status_code
        except (requests.RequestException, ValueError):  # whose words may quote the header
            return None

    with requests.Session() as session:
        session.trust_env = False  # neither a proxy nor ~/.netrc has a part in it
        yield ask
