"""Names and values as SQL writes them: an identifier is in quotes only where it needs them, as quote_ident has it."""

from functools import lru_cache

from gate.audit.catalog import Catalog, Function, Name

# Postgres's own keywords that an identifier may not be everywhere without quotes.
RESERVED = """
all analyse analyze and any array as asc asymmetric authorization between bigint binary bit boolean both case cast
char character check coalesce collate collation column concurrently constraint create cross current_catalog
current_date current_role current_schema current_time current_timestamp current_user dec decimal default deferrable
desc distinct do else end except exists extract false fetch float for foreign freeze from full grant greatest group
grouping having ilike in initially inner inout int integer intersect interval into is isnull join json json_array
json_arrayagg json_exists json_object json_objectagg json_query json_scalar json_serialize json_table json_value
lateral leading least left like limit localtime localtimestamp merge_action national natural nchar none normalize not
notnull null nullif numeric offset on only or order out outer overlaps overlay placing position precision primary real
references returning right row select session_user setof similar smallint some substring symmetric system_user table
tablesample then time timestamp to trailing treat trim true union unique user using values varchar variadic verbose
when where window with xmlattributes xmlconcat xmlelement xmlexists xmlforest xmlnamespaces xmlparse xmlpi xmlroot
xmlserialize xmltable
"""


TYPES = """
bool bpchar bytea cidr circle date daterange float4 float8 inet int2 int4 int4range int8 int8range interval json jsonb
name numeric numrange oid point record regclass regprocedure text time timestamp timestamptz timetz tsquery tsrange
tstzrange tsvector uuid varbit varchar void xml
"""

KEYWORDS = frozenset(RESERVED.split())
BUILT_IN = frozenset(TYPES.split())


@lru_cache(100_000)
def quoted(word: str) -> str:
    """An identifier, in quotes where it needs them."""
    plain = word.isascii() and word.replace("_", "a").isalnum() and word == word.lower() and not word[:1].isdigit()
    return word if plain and word not in KEYWORDS else '"' + word.replace('"', '""') + '"'


def spelled(name: Name) -> str:
    """A qualified name."""
    return f"{quoted(name.schema)}.{quoted(name.name)}"


def literal(text: str) -> str:
    """A text as a constant, whatever standard_conforming_strings says."""
    escaped = text.replace("'", "''")
    return "E'" + escaped.replace("\\", "\\\\") + "'" if "\\" in text else f"'{escaped}'"


def signature(function: Function) -> str:
    """A function's name and argument types."""
    return f"{spelled(function.name)}({', '.join(quoted(kind) for _, kind in function.arguments)})"


def callable_signature(catalog: Catalog, function: Function) -> str | None:
    """A function as a statement names it; None where the type of an argument is not known."""
    kinds = [_kind(catalog, kind) for _, kind in function.arguments]
    if None in kinds:
        return None
    return f"{spelled(function.name)}({', '.join(kind for kind in kinds if kind)})"


def _kind(catalog: Catalog, kind: str) -> str | None:
    """A type as a statement names it: with its schema where the migrations made it."""
    if kind == "?":
        return None
    element = kind.removeprefix("_")
    made = () if element in BUILT_IN else (*catalog.types, *catalog.tables)
    homes = [name for name in made if name.name == element]
    if len(homes) > 1:
        return None
    word = spelled(homes[0]) if homes else quoted(element)
    return f"{word}[]" if kind != element else word
