"""The scripts: the shell one is run against the demo, the PowerShell one is parsed and compared with it."""

import os
import re
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import tree_sitter
import tree_sitter_powershell

from gate.check import Context
from gate.config import load_config
from gate.smoke.check import DEFECTIVE
from gate.smoke.contract import STEPS
from gate.smoke.rehearsal import rehearsal
from tests.debian import program
from tests.processes import ROOT, Done

SHELL = ROOT / "scripts/model_smoke.sh"
POWERSHELL = ROOT / "scripts/model_smoke.ps1"
QUOTES = re.compile(r"[\"'`\\]")


@contextmanager
def backend(defects: str = "") -> Iterator[dict[str, str]]:
    """The variables of a rehearsed demo backend, sound or with defects."""
    config = load_config(ROOT)
    context = Context(
        replace(config, smoke=replace(config.smoke, start=("env", f"DARKROOM_DEFECTS={defects}", *DEFECTIVE)))
    )
    with rehearsal(context) as target:
        assert target.project is not None
        yield {
            "MODEL_PROVIDER": "replicate",
            "REPLICATE_API_TOKEN": "not asked for anything by the script",
            "TOKEN_A": target.tokens["A"],
            "TOKEN_B": target.tokens["B"],
            "API": target.api,
            "SUPABASE_URL": target.project.url,
            "SUPABASE_ANON_KEY": target.project.anon_key,
        }


def run(variables: dict[str, str], *shell: str) -> Done:
    environment = {"PATH": os.environ["PATH"], **variables}
    done = subprocess.run(
        [*(shell or ("sh",)), str(SHELL)], env=environment, capture_output=True, text=True, timeout=120, check=False
    )
    return Done(done.returncode, done.stdout, done.stderr)


@pytest.fixture(scope="module")
def sound() -> Iterator[dict[str, str]]:
    with backend() as variables:
        yield variables


@pytest.mark.postgres
@pytest.mark.parametrize("shell", ["sh", "bash", "dash", "busybox"])
def test_the_demo_passes(sound: dict[str, str], shell: str) -> None:
    done = run(sound, *((program(shell), "sh") if shell == "busybox" else (program(shell),)))

    assert (done.code, done.err) == (0, "")
    assert done.out.splitlines()[-1] == "MODEL SMOKE OK"
    assert [line.partition(":")[0] for line in done.out.splitlines()[:-1]] == list(STEPS)


def test_shellcheck_has_nothing_to_say() -> None:
    scripts = sorted(str(path) for path in (ROOT / "scripts").glob("*.sh"))
    done = subprocess.run([program("shellcheck"), *scripts], capture_output=True, text=True, check=False)

    assert len(scripts) >= 3
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


@pytest.mark.postgres
def test_without_storage_it_says_what_it_did_not_look_at(sound: dict[str, str]) -> None:
    done = run({name: value for name, value in sound.items() if not name.startswith("SUPABASE")})

    assert done.code == 0
    assert done.out.count("not looked at") == 3


@pytest.mark.parametrize("missing", ["MODEL_PROVIDER", "REPLICATE_API_TOKEN", "TOKEN_A", "TOKEN_B"])
def test_a_missing_variable_is_named(missing: str) -> None:
    whole = {"MODEL_PROVIDER": "replicate", "REPLICATE_API_TOKEN": "r", "TOKEN_A": "a", "TOKEN_B": "b"}
    done = run({name: value for name, value in whole.items() if name != missing})

    assert (done.code, done.out) == (2, "")
    assert done.err.startswith(f"configuration: set {missing}")
    assert done.err.count("\n") == 1


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("change", "code", "words"),
    [
        ({"API": "http://127.0.0.1:9"}, 3, "connectivity: POST /api/profile/bootstrap as A"),
        ({"TOKEN_A": "a.b.c"}, 3, "authentication: POST /api/profile/bootstrap as A answered 401"),
        ({"API": "{SUPABASE_URL}"}, 3, "configuration: POST /api/profile/bootstrap as A answered 404"),
    ],
    ids=["nobody listens", "a bad token", "another service"],
)
def test_what_it_cannot_say_has_its_category(
    sound: dict[str, str], change: dict[str, str], code: int, words: str
) -> None:
    done = run(sound | {name: value.format(**sound) for name, value in change.items()})

    assert done.code == code
    assert words in done.err
    assert "MODEL SMOKE OK" not in done.out
    assert sound["TOKEN_B"] not in done.out + done.err


@pytest.mark.postgres
@pytest.mark.parametrize(
    ("defect", "words"),
    [
        ("second-run-charged", "was charged again"),
        ("output-outside-own-folder", "security: A's output is 'outputs/shared/"),
        ("others-jobs-listed", "security: B's list of jobs shows a job of A"),
        ("others-output-readable", "security: B, or anybody at all"),
        ("workflow-step-fails", "ended 'failed'"),
    ],
)
def test_the_defects_that_show_from_outside_are_caught(defect: str, words: str) -> None:
    with backend(defect) as variables:
        done = run(variables)

    assert done.code == 1
    assert words in done.err
    assert "MODEL SMOKE OK" not in done.out


def broken(text: str) -> list[int]:
    """The lines on which a PowerShell parser stumbles."""
    parser = tree_sitter.Parser(tree_sitter.Language(tree_sitter_powershell.language()))
    found: list[int] = []

    def walk(node: tree_sitter.Node) -> None:
        if node.is_error or node.is_missing:
            found.append(node.start_point[0] + 1)
        for child in node.children:
            walk(child)

    walk(parser.parse(text.encode()).root_node)
    return found


@pytest.mark.parametrize("script", sorted((ROOT / "scripts").glob("*.ps1")), ids=lambda path: path.name)
def test_the_powershell_scripts_parse(script: Path) -> None:
    assert broken(script.read_text(encoding="utf-8")) == []


@pytest.mark.parametrize(
    "spoil",
    [
        lambda text: text.replace("function Ask(", "function Ask((", 1),
        lambda text: text.replace("}\n", "\n", 1),
        lambda text: text.replace("'MODEL SMOKE OK'", "'MODEL SMOKE OK", 1),
    ],
    ids=["bracket", "brace", "quote"],
)
def test_the_parser_would_notice(spoil: Callable[[str], str]) -> None:
    assert broken(spoil(POWERSHELL.read_text(encoding="utf-8"))) != []


def requests_of(path: Path) -> list[str]:
    """The requests of a script in order, as `A POST /api/jobs`, with the bodies that they send."""
    text = path.read_text(encoding="utf-8")
    found = re.findall(r"^\s*ask ([AB]) (GET|POST) (\S+)(?: (\S.*))?$", text, re.IGNORECASE | re.MULTILINE)
    return [QUOTES.sub("", " ".join(part for part in parts if part)).replace("$source", "$input") for parts in found]


def test_both_scripts_ask_the_same() -> None:
    once = [r for r in requests_of(SHELL) if r not in {"A GET /api/credits", "A GET /api/jobs/$1"}]
    again = [r for r in requests_of(POWERSHELL) if r != "A GET /api/credits"]
    polled = again.index("A GET /api/jobs/$job")

    assert len(once) == 9
    assert once == again[:polled] + again[polled + 1 :]


def test_both_scripts_say_the_same() -> None:
    def steps(path: Path) -> list[str]:
        return re.findall(r"^(?:echo|Write-Output) \"(\w+: [^\"]+)\"$", path.read_text(encoding="utf-8"), re.MULTILINE)

    def words(path: Path, command: str) -> set[str]:
        found = re.findall(rf"{command} '?(\w+)'? ['\"](.*)['\"] (\d)", path.read_text(encoding="utf-8"))
        return {re.sub(r"\$\(.*?\)\)?|\$[\w:]+|\$\{.*?\}", "$", QUOTES.sub("", f"{a} {b} {c}")) for a, b, c in found}

    assert steps(SHELL) == steps(POWERSHELL)
    assert len(steps(SHELL)) == 7
    shell, powershell = words(SHELL, "stop"), words(POWERSHELL, "Stop-Smoke")

    assert len(shell) >= 18
    assert {w.partition(" ")[0] for w in shell} == {w.partition(" ")[0] for w in powershell}
    assert sorted(shell - powershell) == []
