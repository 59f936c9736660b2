"""Text of a backend made fit to show: short, and without anything that looks like a key."""

import re

KEYS = re.compile(
    r"eyJ[\w-]{8,}(?:\.[\w-]+){1,2}|(?:sb_secret|sb_publishable|sbp|r8|whsec)_[\w+/=-]{8,}|standin-[0-9a-f]{16,}"
    r"|(?i:bearer|token|password|secret|apikey)[\"']?\s*[:= ]\s*[\"']?[^\s\"',;]{6,}|postgres(?:ql)?://\S+"
)
LIMIT = 240


def redacted(text: str, *secrets: str) -> str:
    """One line of at most 240 characters, with keys and the given secrets replaced."""
    for secret in secrets:
        if secret:
            text = text.replace(secret, "[redacted]")
    return " ".join(KEYS.sub("[redacted]", text).split())[:LIMIT]
