"""What opened, in words."""

from gate.rls.mutate.world import Key

ACTORS = {"anon": "anyone, without signing in,", "A": "another user"}
DEED = {
    "select": "reads another's row in {0}",
    "insert": "adds a row in another's name to {0}",
    "update": "changes another's row in {0}",
    "delete": "deletes another's row in {0}",
    "give away": "gives a row away in {0}",
    "raise": "raises {1} in {0}",
    "start with": "begins with {1} in {0}",
    "take": "takes over another's row in {0}",
    "upsert": "overwrites another's row in {0} by upsert",
    "attach": "adds a row below another's in {0}",
    "move under": "moves a row below another's in {0}",
    "write own": "writes what was refused in the own row of {0} ({1})",
    "call to read": "reads {1} by {0}",
    "call to change": "changes {1} by {0}",
    "call to raise": "gains in {1} by {0}",
    "join": "joins another's tenant by {0}",
    "promote": "promotes itself in {0}",
    "come back": "is let back in by {0}",
    "read": "reads another's file in {1}",
    "upload": "uploads into another's folder in {1}",
    "overwrite": "overwrites another's file in {1}",
    "upload over": "uploads over another's file in {1}",
    "move": "moves another's file in {1}",
    "move in": "moves a file into another's folder in {1}",
    "remove": "removes another's file in {1}",
}


def sentence(key: Key) -> str:
    """The sentence of one thing that was let through."""
    where, what, who, detail = key
    told = DEED.get(what, f"{what} at {{0}}").format(where, detail or "another's row")
    return f"{ACTORS.get(who, who)} {told}"
