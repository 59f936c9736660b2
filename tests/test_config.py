"""The configuration: defaults, the nearest known key, and one clear line for everything wrong."""

from pathlib import Path

import pytest

from gate.config import Config, load_config
from gate.errors import ConfigError
from gate.migration import no_migrations


def write(root: Path, table: str, platform: str = "") -> Config:
    (root / "pyproject.toml").write_text(table)
    if platform:
        (root / "supabase").mkdir()
        (root / "supabase/config.toml").write_text(platform)
    return load_config(root)


def test_defaults_without_a_file(tmp_path: Path) -> None:
    config = load_config(tmp_path)

    assert config.required == ("audit", "scan", "rls", "smoke")
    assert config.exposed_schemas == ("public", "graphql_public")
    assert config.regimes == ("auto", "explicit")
    assert config.migrations == tmp_path.resolve() / "supabase/migrations"


@pytest.mark.parametrize(("setting", "regimes"), [("true", ("auto",)), ("false", ("explicit",))])
def test_the_platform_s_config_names_the_regime(tmp_path: Path, setting: str, regimes: tuple[str, ...]) -> None:
    config = write(tmp_path, "", f'[api]\nschemas = ["api"]\nauto_expose_new_tables = {setting}\n')

    assert config.regimes == regimes
    assert config.exposed_schemas == ("api",)


@pytest.mark.parametrize(
    ("table", "complaint"),
    [
        ("[tool.gate]\nreqired = []", "no key 'reqired'; did you mean 'required'"),
        ('[tool.gate]\nrequired = ["adit"]', "names 'adit'; did you mean 'audit'"),
        ("[tool.gate]\nrequired = []", "requires nothing"),
        ("[tool.gate.smoke]\nrehearse = 1", "smoke.rehearse must be true or false, not 1"),
        ("[tool.gate]\nsupabase = 1", "supabase must be a string, not 1"),
        ("[tool.gate]\nscan_exclude = [1]", "scan_exclude must be a list of strings"),
        ('[tool.gate]\nscan_verify = ["http://example.com"]', "scan_verify must be https addresses"),
        ('[tool.gate]\nscan_verify = ["https://example.com@evil.example"]', "scan_verify must be https addresses"),
        ('[tool.gate]\nscan_verify = ["https://example.com/?x="]', "scan_verify must be https addresses"),
        ('[tool.gate]\nscan_verify = ["http://127.0.0.1.evil.example"]', "scan_verify must be https addresses"),
        ("[tool.gate]\ntimeouts = {audit = 0}", "above zero"),
        ("[tool.gate]\ntimeouts = {audi = 1}", "did you mean 'audit'"),
        ("[tool.gate.smoke]\nprices = {restore = true}", "whole numbers"),
        ("[tool.gate.smoke]\nstrat = []", "[tool.gate.smoke] has no key 'strat'; did you mean 'start'"),
        ("[tool.gate.smoke]\nrun = '/api/run'", "smoke.run must be a method and a path"),
        ("[tool.gate.smoke]\nfields = {stat = 'x'}", "smoke.fields names 'stat'; did you mean 'status'"),
        ("[tool.gate.smoke]\nstart_timeout = 0", "seconds above zero"),
        ("[tool.gate.smoke]\ngives_up = -1", "seconds from 0 to 600"),
        ("[tool.gate.smoke]\ntime_scale = 0", "from 0.1 to 1"),
        ("[tool.gate.smoke]\nmodels = ['gfpgan']", "owner/name or owner/name:version, not 'gfpgan'"),
        ("[tool.gate]\nsmoke = 1", "smoke must be a table"),
        ("[tool.gate.smoke]\nkind = 'portrait'", "no price for 'portrait'"),
        ("[tool.gate.smoke]\nprices = {restore = 0}", "above zero"),
        ("[tool.gate.smoke]\noutput = ''", "by {user_id}"),
        ("[tool.gate.smoke]\ninput = 'uploads/{uid}/in.png'", "by {user_id}"),
        ("[tool.gate]\ntimeouts = {rls = inf}", "above zero"),
        ("[tool.gate]\nregimes = ['both']", "regimes names 'both'"),
        ("[tool.gate", "not valid TOML"),
        ("[tool]\ngate = 1", "must be a table"),
    ],
)
def test_one_line_says_what_is_wrong(tmp_path: Path, table: str, complaint: str) -> None:
    with pytest.raises(ConfigError) as caught:
        write(tmp_path, table)

    assert complaint in str(caught.value)
    assert "\n" not in str(caught.value)


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match="not a folder"):
        load_config(tmp_path / "nowhere")


def test_the_platform_s_config_may_be_broken(tmp_path: Path) -> None:
    with pytest.raises(ConfigError, match=r"config.toml is not valid TOML"):
        write(tmp_path, "", "[api")


def test_a_tool_that_is_no_table_is_somebody_else_s_business(tmp_path: Path) -> None:
    assert write(tmp_path, "tool = 3").source is None


def migration(root: Path, folder: str) -> None:
    (root / folder / "migrations").mkdir(parents=True)
    (root / folder / "migrations/20260101_a.sql").write_text("create table public.a (id int primary key);\n")


def test_the_only_migrations_of_a_monorepo_are_found(tmp_path: Path) -> None:
    migration(tmp_path, "packages/db/supabase")
    migration(tmp_path, "node_modules/pkg/supabase")
    assert load_config(tmp_path).supabase == "packages/db/supabase"

    (tmp_path / "supabase").mkdir()
    assert load_config(tmp_path).supabase == "packages/db/supabase"

    (tmp_path / "supabase/config.toml").touch()
    assert load_config(tmp_path).supabase == "supabase"


def test_of_several_none_is_taken_and_all_are_named(tmp_path: Path) -> None:
    migration(tmp_path, "apps/a/supabase")
    migration(tmp_path, "apps/b/supabase")
    config = load_config(tmp_path)
    assert config.supabase == "supabase"
    assert no_migrations(config) == (
        "no migrations in supabase/migrations; set `supabase` in [tool.gate] to one of these: "
        "apps/a/supabase (1 migration), apps/b/supabase (1 migration)"
    )
