"""Whether rows that belong to people were meant to be shown: what policies say of themselves, and what a table holds."""

import re
from collections.abc import Iterable

from gate.audit.catalog import Catalog, Policy, Table

SAID = re.compile(
    r"anyone|everyone|everybody|public|world|anonymous|viewable by|visible to|(view|see|read|select)[ _]all\b|\ball([ _](users|may|can))*[ _](view|see|read)\b",
    re.IGNORECASE,
)
PUBLISHED = re.compile(
    r"(^|_)(profile|review|rating|comment|reaction|like|vote|follow|follower|badge|post|repost|leaderboard)s?($|_)",
    re.IGNORECASE,
)
CLOSE = re.compile(
    r"(^|_)(e_?mail|phone|mobile|address|street|zip|zip_?code|post(al)?_?code|birthday|birth_?date|date_of_birth|dob"
    r"|ssn|tax_id|passport|iban|card_number|password|password_hash|secret|token|api_?key|private_key|user_agent|recipient"
    r"|recipient_id|receiver_id|latitude|longitude|coordinates|phone_number|phone_e164)$",
    re.IGNORECASE,
)
SECRET = re.compile(r"_(api_?key|secret|secret_key|password|private_key|access_token|refresh_token)$", re.IGNORECASE)
WORDS = {"text", "varchar", "bpchar", "citext", "uuid", "date", "inet", "json", "jsonb"}
PLACES = {"latitude", "longitude", "coordinates"}
KEPT = re.compile(
    r"(^|_)(invoice|billing|payment|subscription|medical|patient|credential|secret|inbox|direct_message|payroll)s?($|_)",
    re.IGNORECASE,
)


def telling(table: Table) -> str | None:
    """What no stranger should read of somebody's row, if there is such a column."""
    for name, column in table.columns.items():
        if CLOSE.search(name) and (column.type in WORDS or name.lower() in PLACES):
            return name
    return None


def secrets(catalog: Catalog, table: Table) -> list[str]:
    """The columns that the configuration calls secret, and those that are called like one of somebody's, as `mail_api_key`."""
    said = catalog.config.secret_columns
    return [one for one in table.columns if one in said or SECRET.search(one)]


def says_public(name: str) -> bool:
    """Whether the name of a view says that it was made to be seen by everyone."""
    return bool(re.search(r"(^|_)(public|leader_?boards?|rankings?)(_|$)", name, re.IGNORECASE))


def close(columns: Iterable[str]) -> bool:
    """Whether one of the columns is called what nobody shows to strangers."""
    return any(CLOSE.search(one) for one in columns)


def meant(table: Table, policies: Iterable[Policy]) -> bool:
    """Whether policies that let strangers read a table say so themselves, or its rows are what people publish."""
    if telling(table) or KEPT.search(table.name.name):
        return False
    return bool(PUBLISHED.search(table.name.name)) or any(SAID.search(one.name) for one in policies)
