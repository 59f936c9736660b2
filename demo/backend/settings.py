"""What the backend is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

STARTING_CREDITS = 10
MODEL_DEADLINE = 600.0  # seconds until a prediction is given up


@dataclass(frozen=True, slots=True)
class Settings:
    """The addresses and keys of the services, and ours. Keys stay out of `repr`, so that no log shows them."""

    supabase_url: str
    anon_key: str = field(repr=False)
    service_role_key: str = field(repr=False)
    replicate_token: str = field(repr=False)
    replicate_url: str = "https://api.replicate.com"
    starting_credits: int = STARTING_CREDITS
    public_url: str = ""
    webhook_secret: str = field(default="", repr=False)
    model_deadline: float = MODEL_DEADLINE
    time_scale: float = 1.0  # how long a second between two tries lasts; a rehearsal may be in a hurry

    @property
    def webhook(self) -> str | None:
        """Where Replicate is to tell of a prediction's end; nowhere unless we know our own address."""
        return f"{self.public_url.rstrip('/')}/api/webhooks/replicate" if self.public_url else None


def read_settings(environment: Mapping[str, str] = os.environ) -> Settings:
    """The settings of a process. Raises SystemExit that names what is missing."""
    wanted = ("SUPABASE_URL", "SUPABASE_ANON_KEY", "SUPABASE_SERVICE_ROLE_KEY", "REPLICATE_API_TOKEN")
    missing = [name for name in wanted if not environment.get(name)]
    if environment.get("MODEL_PROVIDER") != "replicate":
        missing.append("MODEL_PROVIDER=replicate")
    if missing:
        raise SystemExit(f"darkroom: set {', '.join(missing)}")
    return Settings(
        supabase_url=environment["SUPABASE_URL"],
        anon_key=environment["SUPABASE_ANON_KEY"],
        service_role_key=environment["SUPABASE_SERVICE_ROLE_KEY"],
        replicate_token=environment["REPLICATE_API_TOKEN"],
        replicate_url=environment.get("REPLICATE_API_BASE_URL", "https://api.replicate.com"),
        starting_credits=int(environment.get("STARTING_CREDITS", STARTING_CREDITS)),
        public_url=environment.get("PUBLIC_URL", ""),
        webhook_secret=environment.get("REPLICATE_WEBHOOK_SECRET", ""),
        model_deadline=float(environment.get("MODEL_DEADLINE", MODEL_DEADLINE)),
        time_scale=float(environment.get("TIME_SCALE", "1")),
    )
