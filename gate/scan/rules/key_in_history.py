"""A key is no longer in the tree, and git still keeps it.

Deleting a line does not unpublish it: every clone and every fork has the commit, and whoever has one reads the key.

```diff
-SUPABASE_SERVICE_ROLE_KEY={{service_role_jwt}}  # flagged
+SUPABASE_SERVICE_ROLE_KEY=${SUPABASE_SERVICE_ROLE_KEY}
```

Clothing does not hide it there either.

```diff
-key: {{sb_secret:base64}}  # flagged
 anon: {{anon_jwt}}
```

A key that is still in the tree is told of there, where it can be taken out. A local development key opens nothing.

```diff
-SUPABASE_ANON_KEY={{anon_jwt}}
-SERVICE_ROLE_KEY={{local_service_role_jwt}}
+SUPABASE_ANON_KEY=
```

To mend it: rotate the key, for rewriting the history calls back no clone. Then accept the finding, with the day of the
rotation as its reason. Legacy keys are rotated by moving to secret keys (`sb_secret_`) and switching the legacy ones off.
"""

from collections.abc import Iterator

from gate.finding import Hit, Severity, Span, Target
from gate.rule import rule
from gate.scan.check import Artifact
from gate.scan.kinds import Kind

MILDER = {Kind.WEBHOOK: Severity.WARNING, Kind.EXPIRED: Severity.NOTE}


@rule(Severity.ERROR)
def key_in_history(artifact: Artifact) -> Iterator[Hit]:
    """One finding per key, where it came in; the subject is where it stood, never what it is."""
    for key in artifact.former:
        if key.secret.kind is Kind.LOCAL:
            continue
        commit = f"commit {key.commit[:12]}" if key.commit else "the index or the stash"
        span = Span(key.path, key.secret.line, key.secret.column) if key.path else None
        yield Hit(
            Target(commit if span else f"the message of {commit}", span),
            f"a {key.secret.described} that is no longer in the tree and still in the history: rotate it",
            f"{key.path or 'message'} key_in_history {key.secret.kind}",
            severity=MILDER.get(key.secret.kind),
        )
