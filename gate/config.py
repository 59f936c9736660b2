"""The configuration: `[tool.gate]` of pyproject.toml, or gate.toml, read into one flat frozen value."""

import difflib
import hashlib
import json
import re
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass, field, fields
from pathlib import Path
from types import MappingProxyType
from typing import Any, Literal, cast

from gate.baseline import read_baseline
from gate.errors import ConfigError
from gate.folders import usual_folder
from gate.waiver import DAYS, Waiver, read_waivers

Regime = Literal["auto", "explicit"]
CHECKS = ("audit", "scan", "rls", "smoke")
WORDS = MappingProxyType({"required": CHECKS, "regimes": ("auto", "explicit")})
TIMEOUTS: Mapping[str, float] = MappingProxyType(
    {"audit": 120.0, "scan": 600.0, "rls": 600.0, "smoke": 600.0, "waivers": 60.0}
)
MOST_DAYS = 366  # a waiver that outlives a year is a decision, and belongs into the code
PRIVILEGED = (
    *("role", "roles", "is_admin", "admin", "is_staff", "is_superuser", "is_moderator", "permissions"),
    *("plan", "tier", "subscription", "subscription_status", "quota"),
    *("credits", "credit", "balance", "tokens"),
    *("verified", "is_verified", "approved", "is_approved"),
)
SECRET = (
    *("password", "password_hash", "hashed_password", "encrypted_password", "passcode", "pin_hash", "otp", "otp_code"),
    *("token", "access_token", "refresh_token", "auth_token", "session_token", "reset_token", "invite_token"),
    *("invitation_token", "push_token", "fcm_token", "bot_token", "token_hash"),
    *("api_key", "apikey", "api_secret", "secret", "secret_key", "client_secret", "webhook_secret", "private_key"),
    *("totp_secret", "mfa_secret", "recovery_codes", "service_key", "encryption_key"),
    *("stripe_customer_id", "stripe_account_id", "ssn", "tax_id", "iban", "card_number", "passport_number"),
)


@dataclass(frozen=True, slots=True)
class SmokeConfig:
    """`[tool.gate.smoke]`: how the backend is started, and the contract that it keeps.

    `start` is its command in a rehearsal, in which `{port}` stands for its port; `ready` a path that answers once it is
    up; `start_timeout` in seconds; `environment` more variables for it, in which `{port}` is its port as well,
    `pass_environment` names of ours to hand on. `gives_up` is the seconds after which it gives a prediction up that does not
    end; 0 says that nobody knows. `time_scale` is how long a second of its waiting between tries lasts in a rehearsal; it is
    told so as TIME_SCALE. `models` are those that Replicate must still have, as `owner/name` or `owner/name:version`.
    Routes are a method and a path, in which `{id}` stands for a job. `fields` maps our words for fields to the backend's,
    `succeeded` and `failed` are its words for the two ends of a job, `prices` are credits per kind.
    """

    rehearse: bool = False
    start: tuple[str, ...] = ()
    ready: str = "/"
    start_timeout: float = 60.0
    gives_up: float = 0.0
    time_scale: float = 1.0
    models: tuple[str, ...] = ()
    environment: Mapping[str, str] = field(default_factory=dict)
    pass_environment: tuple[str, ...] = ()
    api: str = "http://localhost:8000"
    bootstrap: str = "POST /api/profile/bootstrap"
    credits: str = "GET /api/credits"
    create: str = "POST /api/jobs"
    run: str = "POST /api/jobs/{id}/run"
    show: str = "GET /api/jobs/{id}"
    list: str = "GET /api/jobs"
    kind: str = "restore"
    fields: Mapping[str, str] = field(default_factory=dict)
    succeeded: tuple[str, ...] = ("succeeded", "completed", "done")
    failed: tuple[str, ...] = ("failed", "error", "canceled", "cancelled", "aborted", "refunded")
    input: str = "uploads/{user_id}/in.png"
    output: str = "outputs/{user_id}/"
    prices: Mapping[str, int] = field(default_factory=lambda: {"restore": 1, "upscale": 1, "face_swap": 2})


@dataclass(frozen=True, slots=True)
class Config:
    """What a project says of itself. Every field but `root` and `source` is a key of `[tool.gate]`.

    `supabase` is the folder with config.toml and migrations/, relative to the root; where the project does not say and has
    none at its root, the only one with migrations further down. `exposed_schemas` and `regimes`
    come from that config.toml unless they are set here. `timeouts` are seconds per check. `owners` maps a table to its
    owner column. `live_url` is the only project that `gate rls --live` may attack, `live_tables` those of its tables that it may
    touch. `scan_verify` are the addresses that may be asked whether a key still works. `waive` holds the accepted findings, those of the baseline too, `waive_days` how far ahead one may reach.
    """

    root: Path
    source: Path | None = None
    required: tuple[str, ...] = CHECKS
    supabase: str = "supabase"
    exposed_schemas: tuple[str, ...] = ()
    regimes: tuple[Regime, ...] = ()
    public_tables: tuple[str, ...] = ()
    privileged_columns: tuple[str, ...] = PRIVILEGED
    secret_columns: tuple[str, ...] = SECRET
    owners: Mapping[str, str] = field(default_factory=dict)
    timeouts: Mapping[str, float] = field(default_factory=dict)
    scan_exclude: tuple[str, ...] = ()
    scan_verify: tuple[str, ...] = ()
    live_url: str = ""
    live_tables: tuple[str, ...] = ()
    smoke: SmokeConfig = field(default_factory=SmokeConfig)
    waive: tuple[Waiver, ...] = ()
    waive_days: int = DAYS

    @property
    def migrations(self) -> Path:
        """The folder with the migration files."""
        return self.root / self.supabase / "migrations"

    def timeout(self, check: str) -> float:
        """Seconds a check may take."""
        return self.timeouts.get(check, TIMEOUTS[check])

    def digest(self) -> str:
        """SHA-256, in hex, of everything that is in force: what the project said, the defaults, and what it has accepted."""
        said = {key: getattr(self, key) for key in KEYS}
        said["smoke"] = {key: getattr(self.smoke, key) for key in SMOKE_KEYS}
        said["waive"] = sorted(str((w.rule, w.place, w.fingerprint, w.until, w.owner, w.reason)) for w in self.waive)
        return hashlib.sha256(json.dumps(said, sort_keys=True, default=dict).encode()).hexdigest()

    def relative(self, path: Path) -> str:
        """How a path is shown: relative to the root where it lies below it."""
        return path.relative_to(self.root).as_posix() if path.is_relative_to(self.root) else path.as_posix()


KEYS = tuple(item.name for item in fields(Config) if item.name not in {"root", "source"})
SMOKE_KEYS = tuple(item.name for item in fields(SmokeConfig))
SMOKE_FIELDS = ("kind", "input", "id", "status", "output", "balance", "user", "category")
ROUTES = frozenset({"bootstrap", "credits", "create", "run", "show", "list"})
SMOKE_DEFAULTS = {item.name: item.default for item in fields(SmokeConfig)}
MODEL = re.compile(r"\w[\w.-]*/\w[\w.-]*(:\w+)?")
ROUTE = re.compile(r"(GET|POST|PUT|PATCH|DELETE) /\S*")
# Nothing but a host and a port: whoever reads it must see where a key would go.
ADDRESS = re.compile(r"https://[A-Za-z0-9.-]+(:\d+)?/?|http://(localhost|127\.0\.0\.1|\[::1\])(:\d+)?/?")
WAIVER_LINE = re.compile(r"\s*\[\[\s*(tool\s*\.\s*gate\s*\.\s*)?waive\s*\]\]")


def load_config(root: Path) -> Config:
    """Read the configuration of the project at `root`; defaults where there is none.

    Raises ConfigError for a folder that does not exist, unreadable TOML, an unknown key (naming the nearest known
    one) or a value of the wrong kind.
    """
    root = root.resolve()
    if not root.is_dir():
        raise ConfigError(f"{root} is not a folder; --root names the project to judge")
    source, table = _table_of(root)
    days = _value("waive_days", table.get("waive_days", DAYS))
    accepted = read_waivers(table.get("waive", []), cast("int", days), source.name, _waiver_lines(source))
    values: dict[str, Any] = {key: _value(key, value) for key, value in table.items()}
    values["waive"] = (*accepted, *read_baseline(root))
    values.setdefault("supabase", usual_folder(root))
    config = Config(root=root, source=source if table else None, **values)
    return _with_platform_settings(config)


def _table_of(root: Path) -> tuple[Path, dict[str, Any]]:
    """The file that holds the configuration, and what it says: pyproject.toml unless there is a gate.toml."""
    project, own = root / "pyproject.toml", root / "gate.toml"
    tool = _toml(project).get("tool", {}) if project.is_file() else {}
    table = tool.get("gate", {}) if isinstance(tool, dict) else {}
    if not isinstance(table, dict):
        raise ConfigError(f"{project.name}: [tool.gate] must be a table")
    if not own.is_file():
        return project, table
    if table:
        raise ConfigError("both gate.toml and [tool.gate] of pyproject.toml configure the gate; keep one of them")
    return own, _toml(own)


def _waiver_lines(source: Path) -> tuple[int, ...]:
    """The lines on which waivers begin, so that what is said of one has a place."""
    if not source.is_file():
        return ()
    text = source.read_text(encoding="utf-8")
    return tuple(n for n, line in enumerate(text.splitlines(), 1) if WAIVER_LINE.match(line))


def _toml(path: Path) -> dict[str, Any]:
    try:
        return tomllib.loads(path.read_text(encoding="utf-8"))
    except OSError as fault:
        raise ConfigError(f"cannot read {path.name}: {fault.strerror}") from fault
    except (tomllib.TOMLDecodeError, UnicodeDecodeError) as fault:
        raise ConfigError(f"{path.name} is not valid TOML: {fault}") from fault


def nearest(word: str, known: tuple[str, ...]) -> str:
    """`; did you mean 'x'?` for a word close to a known one, else the list of what is known."""
    close = difflib.get_close_matches(word, known, n=1, cutoff=0.5)
    return f"did you mean {close[0]!r}?" if close else f"known: {', '.join(known)}"


def _value(key: str, value: object) -> object:
    if key not in KEYS:
        raise ConfigError(f"[tool.gate] has no key {key!r}; {nearest(key, KEYS)}")
    match key:
        case "supabase" | "live_url":
            return _is(key, value, str, "a string")
        case "waive":
            return value  # `read_waivers` has read it
        case "waive_days":
            if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= MOST_DAYS:
                raise ConfigError(f"[tool.gate] waive_days must be whole days from 1 to {MOST_DAYS}, not {value!r}")
            return value
        case "owners":
            return _table(key, value, (str,), "strings")
        case "timeouts":
            numbers = _table(key, value, (int, float), "seconds")
            _only(key, tuple(numbers), CHECKS)
            if not all(0 < float(cast("float", number)) < float("inf") for number in numbers.values()):
                raise ConfigError("[tool.gate] timeouts must be seconds above zero")
            return numbers
        case "smoke":
            table = _is(key, value, dict, "a table")
            return _smoke({name: _smoke_value(name, inner) for name, inner in cast("dict[str, Any]", table).items()})
        case "scan_verify":
            addresses = _words(key, value)
            for address in addresses:
                if not ADDRESS.fullmatch(address):
                    raise ConfigError(
                        f"[tool.gate] scan_verify must be https addresses without a path, or of this machine, not {address!r}"
                    )
            return addresses
        case _:
            return _words(key, value)


def _smoke(values: dict[str, Any]) -> SmokeConfig:
    said = SmokeConfig(**values)
    if said.kind not in said.prices:
        raise ConfigError(f"[tool.gate] smoke.prices has no price for {said.kind!r}, the kind that the steps run")
    if any(price <= 0 for price in said.prices.values()):
        raise ConfigError("[tool.gate] smoke.prices must be above zero")
    for model in said.models:
        if not MODEL.fullmatch(model):
            raise ConfigError(f"[tool.gate] smoke.models must be owner/name or owner/name:version, not {model!r}")
    for name, path in (("input", said.input), ("output", said.output)):
        if "{user_id}" not in path or re.search(r"[{}]", path.replace("{user_id}", "")):
            raise ConfigError(
                f"[tool.gate] smoke.{name} must name the user's folder by {{user_id}}, and no other braces"
            )
    return said


def _smoke_value(key: str, value: object) -> Any:  # noqa: ANN401 - of the field's type
    if key not in SMOKE_KEYS:
        raise ConfigError(f"[tool.gate.smoke] has no key {key!r}; {nearest(key, SMOKE_KEYS)}")
    name = f"smoke.{key}"
    match key:
        case "rehearse":
            return _is(name, value, bool, "true or false")
        case "start_timeout":
            if isinstance(value, bool) or not isinstance(value, int | float) or value <= 0:
                raise ConfigError(f"[tool.gate] {name} must be seconds above zero, not {value!r}")
            return float(value)
        case "gives_up":
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0 <= value <= 600:
                raise ConfigError(f"[tool.gate] {name} must be seconds from 0 to 600, not {value!r}")
            return float(value)
        case "time_scale":
            if isinstance(value, bool) or not isinstance(value, int | float) or not 0.1 <= value <= 1:
                raise ConfigError(f"[tool.gate] {name} must be from 0.1 to 1, not {value!r}")
            return float(value)
        case "environment":
            return _table(name, value, (str,), "strings")
        case "fields":
            table = _table(name, value, (str,), "strings")
            _only(name, tuple(table), SMOKE_FIELDS)
            return table
        case "prices":
            return _table(name, value, (int,), "whole numbers")
        case "start" | "models" | "pass_environment" | "succeeded" | "failed":
            return _words(name, value)
        case _:
            text = cast("str", _is(name, value, str, "a string"))
            if key in ROUTES and not ROUTE.fullmatch(text):
                raise ConfigError(
                    f"[tool.gate] {name} must be a method and a path, as in {SMOKE_DEFAULTS[key]!r}, not {value!r}"
                )
            return text


def _is(key: str, value: object, kind: type, wanted: str) -> object:
    if not isinstance(value, kind):
        raise ConfigError(f"[tool.gate] {key} must be {wanted}, not {value!r}")
    return value


def _words(key: str, value: object) -> tuple[str, ...]:
    if not isinstance(value, list) or not all(isinstance(word, str) for word in value):
        raise ConfigError(f"[tool.gate] {key} must be a list of strings, not {value!r}")
    if key in WORDS:
        _only(key, tuple(value), WORDS[key])
    if key == "required" and not value:
        raise ConfigError("[tool.gate] required is empty; a gate that requires nothing says nothing")
    return tuple(value)


def _table(key: str, value: object, kinds: tuple[type, ...], wanted: str) -> dict[str, object]:
    if not isinstance(value, dict) or any(isinstance(v, bool) or not isinstance(v, kinds) for v in value.values()):
        raise ConfigError(f"[tool.gate] {key} must be a table of {wanted}, not {value!r}")
    return value


def _only(key: str, words: tuple[str, ...], known: tuple[str, ...]) -> None:
    for word in words:
        if word not in known:
            raise ConfigError(f"[tool.gate] {key} names {word!r}; {nearest(word, known)}")


def _with_platform_settings(config: Config) -> Config:
    """Fill exposed schemas and grant regimes from supabase/config.toml where the project did not set them."""
    path = config.root / config.supabase / "config.toml"
    api = _toml(path).get("api", {}) if path.is_file() else {}
    schemas = api.get("schemas", ["public", "graphql_public"]) if isinstance(api, dict) else None
    if not isinstance(schemas, list) or not all(isinstance(schema, str) for schema in schemas):
        raise ConfigError(f"{config.relative(path)}: [api] schemas must be a list of strings")
    # Unset means "exposed" to the current tool and "not exposed" to the platform's announced default: judge both.
    setting = api.get("auto_expose_new_tables")
    regimes: tuple[Regime, ...] = ("auto", "explicit")
    if isinstance(setting, bool):
        regimes = ("auto",) if setting else ("explicit",)
    changes: dict[str, Any] = {item.name: getattr(config, item.name) for item in fields(Config)}
    changes["exposed_schemas"] = config.exposed_schemas or tuple(schemas)
    changes["regimes"] = config.regimes or regimes
    return Config(**changes)
