"""Who belongs to which tenant: tables that tie a user to a tenant, at most once, and say so by their name or the tenant's."""

import re
from dataclasses import dataclass

from gate.rls.constraints import named
from gate.rls.schema import Column, Key, Relation

MEMBERS = re.compile(
    r"(?i)member|collaborator|employee|(^|_)(org(anization)?s?|teams?|workspaces?|tenants?|compan(y|ies)|accounts?)_users?$"
    r"|^users?_(org(anization)?s?|teams?|workspaces?|tenants?|compan(y|ies)|accounts?)$"
)
TENANTS = re.compile(
    r"(?i)^(org(ani[sz]ation)?s?|teams?|workspaces?|tenants?|compan(y|ies)|households?|famil(y|ies)|groups?|clinics?|hospitals?"
    r"|practices?|schools?|institutions?|agenc(y|ies)|business(es)?|stores?|shops?|restaurants?|clubs?|church(es)?|firms?"
    r"|departments?|communit(y|ies))$"
)
ROLES = ("role", "member_role", "user_role", "account_role", "team_role", "org_role", "permission", "access_level")
OUT = re.compile(r"(?i)^(removed|inactive|suspended|revoked|left|disabled|deactivated|blocked|banned|deleted|former)$")
LEFT_AT = re.compile(r"(?i)^(removed|left|deleted|revoked|deactivated|suspended|ended)_at$")
ACTIVE = re.compile(r"(?i)^(is_)?(active|enabled)$")


@dataclass(frozen=True, slots=True)
class Membership:
    """A table whose rows say that `user` belongs to the tenant that `key` leads to."""

    table: Relation
    user: str
    key: Key

    @property
    def alone(self) -> bool:
        """Whether a user has one row at most, as in a table of profiles, and so belongs to one tenant."""
        return self.table.unique(self.user)

    @property
    def role(self) -> Column | None:
        """The column that says what a member may do."""
        return next((column for name in ROLES if (column := self.table.column(name)) and not column.given), None)

    def removed(self) -> tuple[str, str] | None:
        """The column and value of a member who is one no more."""
        for column in self.table.columns:
            if ACTIVE.search(column.name) and column.type == "boolean":
                return column.name, "false"
            if LEFT_AT.search(column.name) and column.category == "D":
                return column.name, "2026-01-02"
            word = next((w for w in column.labels or named(self.table, column.name) if OUT.search(w)), None)
            if word and column.category in "SE":
                return column.name, word
        return None


def membership(table: Relation, user: str) -> Membership | None:
    """What the table says of tenants, where `user` is its column of users."""
    if not table.is_table:
        return None
    for key in table.keys:
        if len(key.columns) != 1 or key.columns[0] == user:
            continue
        if MEMBERS.search(table.name) and table.unique(user, key.columns[0]):
            return Membership(table, user, key)
        if table.unique(user) and TENANTS.search(key.target.rpartition(".")[2]):
            return Membership(table, user, key)
    return None
