"""`gate keygen`, `gate certify` and `gate verify`: a pair of keys, a signed verdict, and the hook that asks for it."""

import json
import os
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

import click

from gate import options
from gate.certificate.words import HOURS, KEYS, SIGNING_KEY
from gate.config import CHECKS, load_config, nearest
from gate.errors import GateError, Incomplete, UsageError
from gate.outcome import FINDINGS, GO

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

CERTIFICATE = "gate-certificate.json"
VERIFIED = """\b
Exit codes: 0 verified; 1 refused; 2 usage; 3 no certificate or no key that could be read."""

_keys = click.option(
    "--keys",
    type=click.Path(path_type=Path, file_okay=False),
    metavar="DIR",
    help=f"The folder of public keys. Default: {KEYS}/ in the project.",
)
_environment = click.option(
    "--environment", default="production", show_default=True, metavar="NAME", help="What the release is for."
)
_image = click.option("--image", metavar="DIGEST", help="The image's digest as well, sha256:...")


@click.command(epilog=options.EXITS)
@click.argument("name")
@click.option(
    "--private",
    type=click.Path(path_type=Path, dir_okay=False),
    metavar="FILE",
    help="Where the private key goes. Default: supagate/NAME.pem in your configuration folder.",
)
@_keys
@options.root
def keygen(name: str, private: Path | None, keys: Path | None, root: Path) -> int:
    """Make a pair of keys to sign certificates with.

    The public one goes into the project, to be committed. To rotate, make a second pair: while both lie there, both may sign. To revoke a
    key, rename NAME.pub.pem to NAME.revoked.pem.

    \b
    Examples:
      gate keygen release-2026a
      gate keygen release-2026b --private /media/usb/release-2026b.pem
    """
    from gate.certificate.keys import make_pair

    home = Path(os.environ.get("XDG_CONFIG_HOME") or Path.home() / ".config")
    secret = private or home / "supagate" / f"{name}.pem"
    public = make_pair(name, secret, keys or root / KEYS)
    click.echo(f"public key: {public}; commit it")
    click.echo(f"private key: {secret}; put it into the secret {SIGNING_KEY} of your pipeline, then keep it offline")
    return 0


@click.command(
    epilog="""\b
Exit codes: 0 it says PASSED; 1 or 3 it says FAILED, as the gate did; 2 usage; 3 also: nothing to certify."""
)
@click.option(
    "--from",
    "held",
    type=click.Path(path_type=Path),
    default=Path("gate.json"),
    metavar="FILE",
    show_default=True,
    help="The JSON report of the run.",
)
@click.option("--out", type=click.Path(path_type=Path), default=Path(CERTIFICATE), metavar="FILE", show_default=True)
@click.option(
    "--key", type=click.Path(path_type=Path), metavar="FILE", help=f"The private key. Default: ${SIGNING_KEY}."
)
@click.option(
    "--valid",
    "hours",
    type=click.FloatRange(0, 24 * 366, min_open=True),
    default=HOURS,
    show_default=True,
    metavar="HOURS",
    help="How long it holds.",
)
@click.option("--resource", metavar="URI", help="The app. Default: the address of its repository.")
@_environment
@_image
@_keys
@options.root
def certify(
    held: Path,
    out: Path,
    key: Path | None,
    hours: float,
    resource: str | None,
    environment: str,
    image: str | None,
    keys: Path | None,
    root: Path,
) -> int:
    """Sign what a run said, for the hook that lets a release pass.

    A step of its own after `gate run --report json:gate.json`, so that the key is not there while strangers' code runs. What the run
    could not say, or said NO to, is certified as FAILED.

    \b
    Examples:
      gate run --report json:gate.json; gate certify
      gate certify --environment staging --valid 2
    """
    from gate.certificate.envelope import seal
    from gate.certificate.keys import signing_key
    from gate.certificate.project import repository
    from gate.certificate.statement import Claim, statement
    from gate.report.reading import read_report
    from gate.source import read_source

    config = load_config(root)
    verdict = read_report(held)
    secret = signing_key(key)
    claim = Claim(resource or repository(config.root), environment, hours, image)
    payload = statement(verdict, held.read_bytes(), read_source(config), f"{config.supabase}/migrations", claim)
    sealed = seal(payload, secret, _key_name(secret, keys or config.root / KEYS))
    try:
        out.write_text(sealed, encoding="utf-8")
    except OSError as fault:
        raise GateError(f"cannot write {out}: {fault.strerror}") from fault
    said = json.loads(payload)["predicate"]
    click.echo(f"{out}: {said['verificationResult']} ({said['verifiedLevels'][0]}), {said['resourceUri']}")
    return verdict.exit_code


def _key_name(secret: "Ed25519PrivateKey", folder: Path) -> str:
    """The id under which the key's public half lies in the folder."""
    from gate.certificate.keys import pinned_keys

    try:
        found = pinned_keys(folder)
    except Incomplete as problem:
        raise UsageError(f"{problem}; `gate keygen` writes the public key there") from problem
    mine = secret.public_key().public_bytes_raw()
    for one in found:
        if one.key.public_bytes_raw() == mine:
            if one.revoked:
                raise UsageError(f"the signing key {one.id} is revoked; make another with `gate keygen`")
            return one.id
    raise UsageError(f"the signing key's public half is not in {folder}, so nobody would accept what it signs")


@click.command(epilog=VERIFIED)
@click.argument("certificate", type=click.Path(path_type=Path), default=Path(CERTIFICATE))
@click.option("--commit", metavar="SHA", help="What is deployed. Default: HEAD here, else the platform's variable.")
@_environment
@_image
@click.option("--require", default=",".join(CHECKS), show_default=True, metavar="CHECKS", help="What must have passed.")
@click.option(
    "--max-age", "hours", type=click.FloatRange(0, min_open=True), default=HOURS, show_default=True, metavar="HOURS"
)
@click.option("--policy", metavar="SHA256", help="The digest of the only configuration that counts.")
@click.option("--accept-rehearsal", is_flag=True, help="A rehearsal on stand-ins is enough.")
@click.option("--allow-dirty", is_flag=True, help="Accept what was judged, or lies here, with uncommitted changes.")
@click.option("--json", "as_json", is_flag=True, help="Write JSON to stdout.")
@_keys
@options.root
def verify(
    certificate: Path,
    commit: str | None,
    environment: str,
    image: str | None,
    require: str,
    hours: float,
    policy: str | None,
    accept_rehearsal: bool,  # noqa: FBT001 - click passes flags so
    allow_dirty: bool,  # noqa: FBT001
    as_json: bool,  # noqa: FBT001
    keys: Path | None,
    root: Path,
) -> int:
    """Say whether a certificate lets this release pass. Offline, and in a moment.

    \b
    Examples:
      gate verify
      gate verify --environment staging --accept-rehearsal --require audit,scan,rls
      gate verify build/gate-certificate.json --commit 3f2a...
    """
    from gate.certificate.envelope import open_envelope
    from gate.certificate.keys import pinned_keys
    from gate.certificate.project import deployed
    from gate.certificate.verify import Refused, Wanted
    from gate.certificate.verify import verify as judge

    checks = tuple(word.strip() for word in require.split(",") if word.strip())
    for check in checks:
        if check not in CHECKS:
            raise UsageError(f"--require names {check!r}; {nearest(check, CHECKS)}")
    if not checks:
        raise UsageError("--require names no check; a certificate of nothing says nothing")
    digests, changed = deployed(root, commit)
    if image:
        digests += (("sha256", image.removeprefix("sha256:")),)
    wanted = Wanted(digests, environment, checks, hours, accept_rehearsal, allow_dirty, policy, changed)
    pinned = pinned_keys(keys or root / KEYS)
    try:
        envelope = open_envelope(certificate.read_bytes())
    except OSError as fault:
        raise Incomplete(f"no certificate: cannot read {certificate}: {fault.strerror}") from fault
    try:
        said, code = judge(envelope, pinned, wanted, datetime.now(UTC)), GO
    except Refused as reason:
        said, code = str(reason), FINDINGS
    if as_json:
        click.echo(json.dumps({"version": 1, "verified": code == GO, "reason": said}))
    else:
        click.echo(f"verified: {said}" if code == GO else f"refused: {said}", err=code != GO)
    return code
