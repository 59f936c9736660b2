"""What a project shows to strangers on purpose, by all that its migrations say."""

from collections.abc import Iterator, Mapping

from gate.audit.catalog import Catalog, Name, Policy, Table, View
from gate.audit.meaning import always_true, open_to, owner_columns
from gate.audit.replay.totals import columns, only_totals
from gate.audit.shown import KEPT, close, meant, says_public, telling
from gate.audit.views import shown


def reads_all(policy: Policy) -> bool:
    """Whether a policy shows every row to whom it is for."""
    return policy.permissive and policy.command == "select" and always_true(policy.using)


def open_reading(catalog: Catalog, table: Table) -> list[Policy]:
    """The policies that let strangers read every row."""
    return [one for one in table.policies.values() if reads_all(one) and open_to(catalog, table, one, "SELECT")]


def harmless_view(catalog: Catalog, view: View, protected: Mapping[Name, View]) -> bool:
    """Whether nobody's row comes out by itself, or the view says that everyone may see what it shows.

    `protected` holds the tables below with row security, and for each the view that reads it.
    """
    tables = [catalog.tables[name] for name in protected]
    keys = {name for one in tables for name in owner_columns(catalog, one)}
    keys |= {one.primary_key[0] for one in tables if len(one.primary_key) == 1}
    if all(only_totals(through.query, [name], keys) for name, through in protected.items()):
        return True
    named = set(columns(view.query))
    return says_public(view.name.name) and not close(named) and not ("*" in named and any(map(telling, tables)))


def on_purpose(catalog: Catalog) -> Iterator[Name]:
    """The tables and views whose rows strangers see, and where that is no mistake by the looks of it.

    What belongs to something that everybody may read is read with it.
    """
    tables = [table for table in catalog.tables.values() if table.rls]
    open_ones = {table.name: policies for table in tables if (policies := open_reading(catalog, table))}
    for name, policies in open_ones.items():
        table = catalog.tables[name]
        above = any(key.target in open_ones for key in table.foreign_keys)
        plain = not owner_columns(catalog, table) and not telling(table) and not KEPT.search(name.name)
        if meant(table, policies) or (above and plain):
            yield name
    for view in catalog.views.values():
        protected = {name: through for name, through in shown(catalog, view).items() if name.schema != "auth"}
        if protected and harmless_view(catalog, view, protected):
            yield view.name
