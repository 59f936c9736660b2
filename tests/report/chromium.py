"""Where the browser is."""

from tests.debian import program


def chromium() -> str:
    """The browser's program, installed where it is missing."""
    return program("chromium-headless-shell", "chromium", "chromium-browser", "google-chrome")
