"""Attacks an embedded Postgres as strangers; ownership is the oracle, never the policy."""
