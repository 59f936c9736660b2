"""The system catalogs as a replay can answer for them: rows of pg_tables, pg_policies and their kin.

An object's oid is its name spelled out, which is also what `oid::regclass` prints.
"""

from collections.abc import Callable, Iterator, Mapping
from types import MappingProxyType
from typing import Any, TypeVar

from gate.audit.catalog import Catalog, Name
from gate.audit.quoting import quoted, signature, spelled

T = TypeVar("T")
Row = dict[str, Any]
Wanted = Mapping[str, str]  # columns by name and what they must hold
NOTHING: Wanted = MappingProxyType({})
CONSTRAINTS = {"primary": "p", "foreign": "f", "unique": "u", "check": "c", "exclusion": "x"}
CONSTRAINT_WORDS = {"p": "PRIMARY KEY", "f": "FOREIGN KEY", "u": "UNIQUE", "c": "CHECK"}


def rows(catalog: Catalog, schema: str, name: str, wanted: Wanted = NOTHING) -> list[Row] | None:
    """The rows of a system catalog or of storage.buckets; None for what a replay cannot answer.

    Rows that do not hold what is `wanted` in a column may be left out: there may be tens of thousands.
    """
    home = schema or ("pg_catalog" if name.startswith("pg_") else "")
    if (home, name) in LARGE:
        return list(LARGE[home, name](catalog, wanted))
    source = SOURCES.get((home, name))
    return list(source(catalog)) if source else None


def _fits(wanted: Wanted, value: str, *columns: str) -> bool:
    """Whether a row that holds a value in these columns may be wanted."""
    return all(wanted.get(column, value) == value for column in columns)


def _called(held: Mapping[str, T], wanted: Wanted, *columns: str) -> list[tuple[str, T]]:
    """What may be wanted of things by their names, which these columns hold."""
    names = {wanted[column] for column in columns if column in wanted}
    if not names:
        return list(held.items())
    return [(name, held[name]) for name in names if name in held] if len(names) == 1 else []


def _tables(catalog: Catalog) -> Iterator[Row]:
    for name, table in catalog.tables.items():
        yield {"schemaname": name.schema, "tablename": name.name, "tableowner": table.owner, "rowsecurity": table.rls}


def _views(catalog: Catalog) -> Iterator[Row]:
    for name, view in catalog.views.items():
        if not view.materialized:
            yield {
                "schemaname": name.schema,
                "viewname": name.name,
                "table_schema": name.schema,
                "table_name": name.name,
            }


def _matviews(catalog: Catalog) -> Iterator[Row]:
    for name, view in catalog.views.items():
        if view.materialized:
            yield {"schemaname": name.schema, "matviewname": name.name}


def _information_tables(catalog: Catalog) -> Iterator[Row]:
    for name in catalog.tables:
        yield {"table_schema": name.schema, "table_name": name.name, "table_type": "BASE TABLE"}
    for name, view in catalog.views.items():
        if not view.materialized:
            yield {"table_schema": name.schema, "table_name": name.name, "table_type": "VIEW"}


def _columns(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in catalog.tables.items():
        if not _fits(wanted, name.name, "table_name"):
            continue
        for column in table.columns.values():
            yield {
                "table_schema": name.schema,
                "table_name": name.name,
                "column_name": column.name,
                "udt_name": column.type,
                "is_nullable": "NO" if column.not_null else "YES",
            }


def _attributes(catalog: Catalog) -> Iterator[Row]:
    for name, table in catalog.tables.items():
        for number, column in enumerate(table.columns.values(), 1):
            yield {
                "attrelid": spelled(name),
                "attname": column.name,
                "attnum": number,
                "attisdropped": False,
                "attnotnull": column.not_null,
            }


def _schemata(catalog: Catalog) -> Iterator[Row]:
    for name in catalog.schemas:
        yield {"schema_name": name, "nspname": name, "oid": name}


def _constraints(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in catalog.tables.items():
        if not _fits(wanted, name.name, "table_name"):
            continue
        for constraint, made in _called(table.constraints, wanted, "conname", "constraint_name"):
            letter = CONSTRAINTS.get(made.kind, "c")
            yield {
                "conname": constraint,
                "conrelid": spelled(name),
                "contype": letter,
                "connamespace": name.schema,
                "constraint_name": constraint,
                "constraint_schema": name.schema,
                "table_schema": name.schema,
                "table_name": name.name,
                "constraint_type": CONSTRAINT_WORDS.get(letter, ""),
            }


def _policies(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for name, table in catalog.tables.items():
        if not _fits(wanted, name.name, "tablename"):
            continue
        for policy, made in _called(table.policies, wanted, "policyname", "polname"):
            yield {
                "schemaname": name.schema,
                "tablename": name.name,
                "policyname": policy,
                "permissive": "PERMISSIVE" if made.permissive else "RESTRICTIVE",
                "roles": list(made.roles),
                "cmd": made.command.upper(),
                "polname": policy,
                "polrelid": spelled(name),
            }


def _classes(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    kinds: list[tuple[Name, str]] = [(name, "r") for name in catalog.tables]
    kinds += [(name, "m" if view.materialized else "v") for name, view in catalog.views.items()]
    kinds += [(name, "S") for name in catalog.sequences] + [(name, "i") for name in catalog.indexes]
    for name, kind in kinds:
        if not _fits(wanted, name.name, "relname"):
            continue
        table = catalog.tables.get(name)
        yield {
            "oid": spelled(name),
            "relname": name.name,
            "relnamespace": name.schema,
            "relkind": "p" if table and table.partitioned else kind,
            "relrowsecurity": bool(table and table.rls),
            "relforcerowsecurity": bool(table and table.forced),
            "relispartition": bool(table and table.partition),
        }


def _functions(catalog: Catalog, wanted: Wanted) -> Iterator[Row]:
    for function in catalog.functions.values():
        if not _fits(wanted, function.name.name, "proname", "routine_name"):
            continue
        yield {
            "oid": signature(function),
            "proname": function.name.name,
            "pronamespace": function.name.schema,
            "prosecdef": function.definer,
            "prokind": function.kind[0],
            "proconfig": [f"{name}={value}" for name, value in function.settings.items()] or None,
            "prosrc": function.body,
            "routine_schema": function.name.schema,
            "routine_name": function.name.name,
            "routine_type": function.kind.upper(),
            "security_type": "DEFINER" if function.definer else "INVOKER",
            "identity_arguments": ", ".join(quoted(kind) for _, kind in function.arguments),
        }


def _types(catalog: Catalog) -> Iterator[Row]:
    for name, one in catalog.types.items():
        kind = one.kind[0]
        yield {"oid": spelled(name), "typname": name.name, "typnamespace": name.schema, "typtype": kind}


def _labels(catalog: Catalog) -> Iterator[Row]:
    for name, one in catalog.types.items():
        yield from ({"enumlabel": label, "enumtypid": spelled(name)} for label in one.labels)


def _triggers(catalog: Catalog) -> Iterator[Row]:
    for name, table in catalog.tables.items():
        for trigger, made in table.triggers.items():
            yield {
                "tgname": trigger,
                "tgrelid": spelled(name),
                "tgisinternal": False,
                "tgenabled": {"origin": "O", "disabled": "D", "always": "A", "replica": "R"}[made.enabled],
                "trigger_name": trigger,
                "trigger_schema": name.schema,
                "event_object_schema": name.schema,
                "event_object_table": name.name,
            }


def _roles(catalog: Catalog) -> Iterator[Row]:
    for name, role in catalog.roles.items():
        yield {
            "rolname": name,
            "oid": name,
            "rolcanlogin": role.login,
            "rolsuper": role.superuser,
            "rolbypassrls": role.bypasses_rls,
        }


def _extensions(catalog: Catalog) -> Iterator[Row]:
    yield from ({"extname": name, "extnamespace": schema} for name, schema in catalog.extensions.items())


def _indexes(catalog: Catalog) -> Iterator[Row]:
    for name, index in catalog.indexes.items():
        yield {"schemaname": name.schema, "indexname": name.name, "tablename": index.table.name}


def _sequences(catalog: Catalog) -> Iterator[Row]:
    for name in catalog.sequences:
        yield {
            "schemaname": name.schema,
            "sequencename": name.name,
            "sequence_schema": name.schema,
            "sequence_name": name.name,
        }


def _publications(catalog: Catalog) -> Iterator[Row]:
    for one in catalog.publications.values():
        yield {"pubname": one.name, "puballtables": one.all_tables, "oid": one.name}


def _published(catalog: Catalog) -> Iterator[Row]:
    for one in catalog.publications.values():
        for name in catalog.tables:
            if one.sends(name):
                yield {"pubname": one.name, "schemaname": name.schema, "tablename": name.name}


def _published_relations(catalog: Catalog) -> Iterator[Row]:
    for one in catalog.publications.values():
        yield from ({"prpubid": one.name, "prrelid": spelled(name)} for name in one.tables)


def _buckets(catalog: Catalog) -> Iterator[Row]:
    yield from ({"id": one.id, "name": one.id, "public": one.public} for one in catalog.buckets.values())


SOURCES: MappingProxyType[tuple[str, str], Callable[[Catalog], Iterator[Row]]] = MappingProxyType(
    {
        ("pg_catalog", "pg_tables"): _tables,
        ("pg_catalog", "pg_views"): _views,
        ("pg_catalog", "pg_matviews"): _matviews,
        ("pg_catalog", "pg_namespace"): _schemata,
        ("pg_catalog", "pg_type"): _types,
        ("pg_catalog", "pg_enum"): _labels,
        ("pg_catalog", "pg_trigger"): _triggers,
        ("pg_catalog", "pg_roles"): _roles,
        ("pg_catalog", "pg_extension"): _extensions,
        ("pg_catalog", "pg_indexes"): _indexes,
        ("pg_catalog", "pg_sequences"): _sequences,
        ("pg_catalog", "pg_publication"): _publications,
        ("pg_catalog", "pg_publication_tables"): _published,
        ("pg_catalog", "pg_publication_rel"): _published_relations,
        ("pg_catalog", "pg_attribute"): _attributes,
        ("information_schema", "tables"): _information_tables,
        ("information_schema", "views"): _views,
        ("information_schema", "schemata"): _schemata,
        ("information_schema", "triggers"): _triggers,
        ("information_schema", "sequences"): _sequences,
        ("storage", "buckets"): _buckets,
    }
)
LARGE: MappingProxyType[tuple[str, str], Callable[[Catalog, Wanted], Iterator[Row]]] = MappingProxyType(
    {
        ("pg_catalog", "pg_policies"): _policies,
        ("pg_catalog", "pg_policy"): _policies,
        ("pg_catalog", "pg_class"): _classes,
        ("pg_catalog", "pg_proc"): _functions,
        ("pg_catalog", "pg_constraint"): _constraints,
        ("information_schema", "columns"): _columns,
        ("information_schema", "table_constraints"): _constraints,
        ("information_schema", "routines"): _functions,
    }
)
