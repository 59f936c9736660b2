"""What counts as a key: the role and the signature of a token, the form and the look of every other."""

import base64
import json
import secrets
import time
from collections.abc import Callable
from pathlib import Path

import jwt
import pytest

from gate.scan import reading
from gate.scan.fakes import FAKES, filled, letters
from gate.scan.kinds import Kind
from gate.scan.reading import OVERLAP, read
from gate.scan.secrets import find
from gate.scan.tokens import ROLES, WELL_KNOWN, aligned, judged

HOUR = 3600
PIECE = 1 << 18  # small pieces have the same seams and are quicker to make
SERVICE = Kind.SERVICE_ROLE


def token(claims: dict[str, object], *, secret: str | None = None, algorithm: str = "HS256") -> str:
    return jwt.encode(claims, secret or secrets.token_hex(64), algorithm=algorithm)


def kinds(text: str) -> list[Kind]:
    return [secret.kind for _, secret in find(text)]


def claims(role: object, **others: object) -> dict[str, object]:
    return {"iss": "supabase", "ref": "a" * 20, "role": role, "exp": int(time.time()) + HOUR, **others}


def signed(header: str, body: object, signature: str) -> str:
    def part(text: str) -> str:
        return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")

    return f"{part(header)}.{part(json.dumps(body))}.{signature}"


@pytest.mark.parametrize("role", sorted(ROLES))
def test_every_role_that_passes_row_level_security(role: str) -> None:
    assert kinds(f"KEY={token(claims(role))}") == [SERVICE]


@pytest.mark.parametrize("role", ["anon", "authenticated", "authenticator", "service_role2", "", None, 7, True])
def test_every_other_role_is_silent(role: object) -> None:
    assert kinds(f"KEY={token(claims(role))}") == []


@pytest.mark.parametrize("role", [["service_role"], {"service_role": 1}])
def test_a_role_that_is_no_text(role: object) -> None:
    assert kinds(token(claims(role))) == []


def test_the_word_elsewhere_in_a_token_gives_no_role() -> None:
    assert (
        kinds(token({"role": "authenticated", "note": "service_role", "app_metadata": {"role": "service_role"}})) == []
    )


@pytest.mark.parametrize("before", range(3))
def test_the_role_may_stand_anywhere_in_the_claims(before: int) -> None:
    """Three encodings by alignment, each in another order of the claims."""
    for order in (["role", "iss"], ["iss", "role"], ["pad", "iss", "role", "exp"]):
        values = claims("service_role", pad="x" * before)

        assert kinds(token({name: values[name] for name in order})) == [SERVICE]


@pytest.mark.parametrize("algorithm", ["HS256", "HS384", "HS512"])
def test_any_algorithm(algorithm: str) -> None:
    assert kinds(token(claims("service_role"), algorithm=algorithm)) == [SERVICE]


@pytest.mark.parametrize(("algorithm", "length"), [("ES256", 86), ("RS256", 342), ("EdDSA", 86), ("new", 40)])
def test_an_algorithm_with_a_public_key(algorithm: str, length: int) -> None:
    made = signed(f'{{"kid":"k","alg":"{algorithm}"}}', claims("service_role"), letters(length))

    assert judged(made) is SERVICE


@pytest.mark.parametrize(
    "signature",
    [
        pytest.param("signature-goes-here", id="words"),
        pytest.param("A" * 43, id="one letter"),
        pytest.param("abcabcab" * 6, id="few letters"),
        pytest.param("x" * 16, id="crosses"),
    ],
)
def test_a_token_without_a_real_signature_is_a_placeholder(signature: str) -> None:
    assert kinds(signed('{"alg":"HS256"}', claims("service_role"), signature)) == []


def test_a_signature_that_is_cut_is_none() -> None:
    whole = token(claims("service_role"))

    assert kinds(whole) == [SERVICE]
    assert kinds(whole[:-1]) == []


@pytest.mark.parametrize("secret", [secret.decode() for secret in WELL_KNOWN])
def test_a_local_key_is_proven_by_the_published_secret(secret: str) -> None:
    assert kinds(token(claims("service_role", iss="supabase-demo", exp=1983812996), secret=secret)) == [Kind.LOCAL]
    assert kinds(token(claims("service_role"), secret=secret)) == [Kind.LOCAL]
    assert kinds(token(claims("service_role", iss="supabase-demo"))) == [SERVICE]
    assert kinds(token(claims("anon", iss="supabase-demo"), secret=secret)) == []


@pytest.mark.parametrize(
    ("expiry", "kind"),
    [
        (lambda: time.time() - 60, Kind.EXPIRED),
        (lambda: time.time() + 60, SERVICE),
        (lambda: "2020-01-01", SERVICE),
        (lambda: None, SERVICE),
        (lambda: float("inf"), SERVICE),
    ],
)
def test_expired(expiry: Callable[[], object], kind: Kind) -> None:
    made = signed('{"alg":"HS256"}', claims("service_role", exp=expiry()), letters(43))

    assert kinds(made) == [kind]


@pytest.mark.parametrize(
    "around",
    [
        'const k = "{}";',
        "apikey={}&x=1",
        "<meta content={}>",
        "Bearer%20{}%22",
        "{}\\n",
        "\\n{}\\nx",
        "a{}",
        "`{}`",
        "({})",
        "{}\0",
        "//h/{}/x",
        "{},{}",
    ],
)
def test_what_may_stand_around_a_token(around: str) -> None:
    made = token(claims("service_role"))

    assert kinds(around.replace("{}", made)) == [SERVICE] * around.count("{}")


def test_dots_as_an_address_writes_them() -> None:
    assert kinds(token(claims("service_role")).replace(".", "%2E")) == [SERVICE]


def test_the_line_of_each() -> None:
    text = filled("ä\n\nA={{service_role_jwt}}\r\nB={{anon_jwt}}\r\nC={{sb_secret}} D={{replicate_token}}\n")

    assert [(secret.line, secret.kind) for _, secret in find(text)] == [
        (3, SERVICE),
        (5, Kind.SECRET_KEY),
        (5, Kind.REPLICATE),
    ]


@pytest.mark.parametrize(
    ("fake", "kind"),
    [
        ("sb_secret", Kind.SECRET_KEY),
        ("management_token", Kind.MANAGEMENT),
        ("replicate_token", Kind.REPLICATE),
        ("webhook_secret", Kind.WEBHOOK),
        ("service_role_jwt", SERVICE),
        ("local_service_role_jwt", Kind.LOCAL),
        ("expired_service_role_jwt", Kind.EXPIRED),
        ("self_hosted_service_role_jwt", SERVICE),
        ("placeholder_service_role_jwt", None),
        ("anon_jwt", None),
        ("user_jwt", None),
        ("sb_publishable", None),
        ("password", None),
        ("signing_secret", None),  # only its name tells it
    ],
)
@pytest.mark.parametrize("around", ["K={}", "'{}'", '{"k":"{}"}', "{}", "x {} y", "K={}&", "K={}\\n", "<k>{}</k>"])
def test_each_form_in_each_clothing(fake: str, kind: Kind | None, around: str) -> None:
    made = FAKES[fake]()

    assert kinds(around.replace("{}", made)) == ([kind] if kind else [])


def test_every_fake_has_been_worn() -> None:
    marks = test_each_form_in_each_clothing.pytestmark  # type: ignore[attr-defined]
    worn = {case[0] for mark in marks for case in mark.args[1] if isinstance(case, tuple)}

    assert sorted(worn) == sorted(FAKES)


@pytest.mark.parametrize(
    "text",
    [
        "sb_secret_" + "x" * 22 + "_" + "x" * 8,
        "sb_secret_your_key_here",
        "sb_secret_...",
        "sbp_" + "0" * 40,
        "sbp_" + "a1" * 20,
        "sbp_" + "g" * 40,
        "r8_" + "x" * 37,
        "r8_your_token_here",
        "whsec_" + "x" * 40,
        "whsec_...",
        "xr8_" + "aB3dE5gH7jK9mN1pQ3sT5vW7yZ9bD1fG3hJ5k",
    ],
)
def test_placeholders_are_silent(text: str) -> None:
    assert kinds(f"KEY={text}") == []


@pytest.mark.parametrize("change", [lambda key: key[:-1], lambda key: key + "x"])
@pytest.mark.parametrize("fake", ["sb_secret", "management_token", "replicate_token"])
def test_one_character_more_or_less_is_no_key(fake: str, change: Callable[[str], str]) -> None:
    assert kinds(f"KEY={change(FAKES[fake]())}") == []


@pytest.mark.parametrize(
    ("url", "flagged"),
    [
        ("postgresql://postgres:{}@db.abcdefghijklmnopqrst.supabase.co:5432/postgres", True),
        ("postgres://postgres.abcdefghijklmnopqrst:{}@aws-0-eu-west-1.pooler.supabase.com:6543/postgres", True),
        ("postgresql+asyncpg://u:{}@db.company.com/app", True),
        ("postgresql://u:{}%40%2F@db.company.com/app", True),
        ("postgres://u:{}@8.8.8.8/app", True),
        ("postgres://u:{}@localhost:5432/app", False),
        ("postgres://u:{}@127.0.0.1:54322/app", False),
        ("postgres://u:{}@[::1]:54322/app", False),
        ("postgres://u:{}@172.17.0.1/app", False),
        ("postgres://u:{}@db:5432/app", False),
        ("postgres://u:{}@supabase_db_app/app", False),
        ("postgres://u:{}@${HOST}/app", False),
        ("postgres://u:{}@db.example.com/app", False),
        ("postgres://u:{}@<host>/app", False),
    ],
)
def test_database_addresses(url: str, flagged: bool) -> None:
    found = kinds(f'URL="{url.replace("{}", letters(16))}"')

    assert found == ([Kind.DATABASE] if flagged else [])


@pytest.mark.parametrize(
    "password",
    [
        "postgres",
        "[YOUR-PASSWORD]",
        "<password>",
        "$DB_PASSWORD",
        "${DB_PASSWORD}",
        "#{password}",
        "{password}",
        "%s",
        "%(password)s",
        "***",
        "your-super-secret-password",
        "changeme",
        "xxxxx",
        "$(PASSWORD)",
    ],
)
def test_a_database_password_that_is_none(password: str) -> None:
    assert kinds(f"URL=postgresql://postgres:{password}@db.abcdefghijklmnopqrst.supabase.co:5432/postgres") == []


# -- client variables ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("text", "variable"),
    [
        ("NEXT_PUBLIC_KEY={}", "NEXT_PUBLIC_KEY"),
        ('export VITE_KEY="{}"', "VITE_KEY"),
        ("EXPO_PUBLIC_A_B2 = '{}'", "EXPO_PUBLIC_A_B2"),
        ("REACT_APP_K: {}", "REACT_APP_K"),
        ('{"PUBLIC_K": "{}"}', "PUBLIC_K"),
        ("ENV NUXT_PUBLIC_K={}", "NUXT_PUBLIC_K"),
        ("SUPABASE_KEY={}", None),
        ("MY_VITE_KEY={}", None),
        ("VITE_URL=https://h\nKEY={}", None),
        ("# NEXT_PUBLIC_KEY is not for {}", None),
    ],
)
@pytest.mark.parametrize("fake", ["service_role_jwt", "sb_secret"])
def test_the_variable_that_a_framework_ships(text: str, variable: str | None, fake: str) -> None:
    (found,) = [secret for _, secret in find(text.replace("{}", FAKES[fake]()))]

    assert found.variable == variable


# -- files ---------------------------------------------------------------------------------------------------------


def test_a_bundle_of_one_line(tmp_path: Path) -> None:
    path = tmp_path / "bundle.js"
    path.write_text("a=1;" * 3_000_000 + f'k="{FAKES["service_role_jwt"]()}"' + ";b=2" * 100_000)

    assert [(secret.kind, secret.line) for secret in read(path)] == [(SERVICE, 1)]


@pytest.mark.parametrize("shift", [-OVERLAP - 10, -OVERLAP, -OVERLAP + 10, -400, -100, -1, 0, 1, 5000])
def test_a_key_on_the_seam_of_two_pieces_is_met_once(
    tmp_path: Path, shift: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(reading, "PIECE", PIECE)
    path = tmp_path / "large.txt"
    key = FAKES["service_role_jwt"]()
    filling = b"0123456789abcde\n" * (PIECE // 16 + 1)
    lead = filling[: PIECE + shift - len("\nVITE_K=")]
    path.write_bytes(lead + f"\nVITE_K={key}\n".encode() + filling + f"r {FAKES['replicate_token']()}".encode())

    found = list(read(path))

    first = lead.count(b"\n") + 2
    last = path.read_bytes().count(b"\n") + 1
    assert [(one.kind, one.line, one.variable) for one in found] == [
        (SERVICE, first, "VITE_K"),
        (Kind.REPLICATE, last, None),
    ]


@pytest.mark.parametrize("coding", ["utf-16", "utf-16-le", "utf-16-be"])
def test_utf_16_with_its_mark(tmp_path: Path, coding: str) -> None:
    path = tmp_path / "notes.txt"
    mark = "" if coding == "utf-16" else "\ufeff"
    path.write_bytes(f"{mark}one\r\nKEY={FAKES['service_role_jwt']()}\r\n".encode(coding))

    assert [(secret.kind, secret.line) for secret in read(path)] == [(SERVICE, 2)]


def test_a_binary_file(tmp_path: Path) -> None:
    path = tmp_path / "app.bin"
    path.write_bytes(bytes(range(256)) * 40 + FAKES["service_role_jwt"]().encode() + b"\0\xff" * 40)

    assert [secret.kind for secret in read(path)] == [SERVICE]


def test_the_prefilter_sees_a_word_at_every_place_of_base64() -> None:
    for before in range(7):
        for behind in range(7):
            coded = base64.b64encode(b"x" * before + b"service_role" + b"y" * behind).decode()
            assert any(form in coded for form in aligned("service_role"))


def test_hostile_text_takes_linear_time() -> None:
    began = time.monotonic()
    for text in (
        "c2VydmljZV9yb2xl" * 100_000,
        "eyJ" * 500_000,
        "eyJhbGciOi.c2VydmljZV9yb2xl " * 50_000,
        "postgres://a:" * 100_000,
        "whsec_" * 200_000,
        "VITE_A" * 200_000 + FAKES["sb_secret"](),
    ):
        list(find(text))

    assert time.monotonic() - began < 10


# -- what is told by its neighbours, and what tokens say of themselves --------------------------------------------------


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SUPABASE_JWT_SECRET={}", Kind.SIGNING),
        ("jwt_secret: '{}'", Kind.SIGNING),
        ('{"jwtSecret": "{}"}', Kind.SIGNING),
        ("JWT_SECRET_OLD = `{}`", Kind.SIGNING),
        ("JWT_SECRET={}.env", None),
        ("JWT_SECRET=read({})", None),
        ("JWT_SECRET_NAME is {}", None),
        ("host: db.abcdefghijklmnopqrst.supabase.co\npassword: {}", Kind.DATABASE),
        ("password='{}', host='aws-0-eu-west-1.pooler.supabase.com'", Kind.DATABASE),
        ("DB_PASSWORD={}\nDB_HOST=db.abcdefghijklmnopqrst.supabase.co", Kind.DATABASE),
        ("host: db.abcdefghijklmnopqrst.supabase.co\npassword: getenv({})", None),
        ("host: db.abcdefghijklmnopqrst.supabase.co\n" + "x\n" * 300 + "password: {}", None),
        ("host: db.company.com\npassword: {}", None),
    ],
)
def test_what_only_its_neighbours_tell(text: str, kind: Kind | None) -> None:
    assert kinds(text.replace("{}", letters(40))) == ([kind] if kind else [])


def test_the_claims_that_are_no_secret() -> None:
    [(_, secret)] = find(f"K={token(claims('service_role', exp=2051222400))}")

    assert secret.claims == f"issuer supabase, project {'a' * 20}, role service_role, until 2035-01-01"


def test_claims_that_are_no_words_are_left_out() -> None:
    [(_, secret)] = find(f"K={token(claims('service_role', iss='<b>' + 'x' * 900, ref={'a': 1}, exp=float('inf')))}")

    assert secret.claims == "role service_role"
