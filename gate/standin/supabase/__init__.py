"""A stand-in for a Supabase project on loopback: REST, auth and storage over the embedded PostgreSQL.

It proves policies, grants, triggers and functions of the database, and nothing else: every REST and storage request of a
user runs as `authenticator` in one transaction with the caller's role and claims, and PostgreSQL alone decides.

It must never be said to prove GoTrue (mail, OTP, OAuth, MFA, captcha, rate limits, password rules, hooks; sign-up is
confirmed at once), Storage's own checks, Realtime, Edge Functions, PostgREST's exact parser or plan limits, `safeupdate`
inside functions, the keys of a hosted project, or what is set in its dashboard. A report of a run on it says so, with
"local look-alike" and the version of PostgreSQL. What it does not do it refuses with 501 and a sentence.
"""

from gate.standin.supabase.server import SupabaseStandIn

__all__ = ["SupabaseStandIn"]
