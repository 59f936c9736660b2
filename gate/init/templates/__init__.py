"""Files for other projects and platforms, as they are written or shown; each says in its head what its traps are."""

from importlib.resources import files
from types import MappingProxyType

from gate.config import nearest
from gate.errors import UsageError

# The platform, its template, and the place where it belongs.
PLATFORMS = MappingProxyType(
    {
        "argocd": ("argocd.yaml", "in the application's manifests"),
        "fly": ("fly.toml", "in fly.toml"),
        "github": ("github.yml", ".github/workflows/gate.yml"),
        "gitlab": ("gitlab.yml", ".gitlab-ci.yml, or a file that it includes"),
        "heroku": ("Procfile", "in Procfile"),
        "netlify": ("netlify.toml", "in netlify.toml"),
        "pre-commit": ("pre-commit.yaml", "in .pre-commit-config.yaml"),
        "pre-push": ("pre-push", ".git/hooks/pre-push, executable"),
        "railway": ("railway.toml", "in railway.toml"),
        "render": ("render.yaml", "in render.yaml"),
        "vercel": ("vercel.json", "in vercel.json"),
    }
)


def template(name: str) -> str:
    """The text of a template."""
    return files(__name__).joinpath(name).read_text(encoding="utf-8")


def platform_template(platform: str) -> str:
    """The template of a platform. Raises UsageError naming the nearest one."""
    if platform not in PLATFORMS:
        raise UsageError(f"no template for {platform!r}; {nearest(platform, tuple(PLATFORMS))}")
    return template(PLATFORMS[platform][0])
