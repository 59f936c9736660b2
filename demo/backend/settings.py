"""What the backend is told by its environment."""

import os
from collections.abc import Mapping
from dataclasses import dataclass, field

STARTING_CREDITS = 10


@dataclass(frozen=True, slots=True)
class Settings:
    """The addresses and keys of the services. Keys stay out of `repr`, so that no log shows them."""

    supabase_url: str
    anon_key: str = field(repr=False)
    service_role_key: str = field(repr=False)
    replicate_token: str = field(repr=False)
    replicate_url: str = "https://api.replicate.com"
    starting_credits: int = STARTING_CREDITS


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
    )
