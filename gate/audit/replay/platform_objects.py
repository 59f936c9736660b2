"""What the platform holds before the first migration, as Supabase names it: tables, keys, functions, triggers.

A column is written as its name and type, with `!` where it is required and `=` where it has a default.
"""

TABLES = {
    "auth.audit_log_entries": "instance_id uuid, id uuid!, payload json, created_at timestamptz, ip_address varchar!=",
    "auth.flow_state": (
        "id uuid!, user_id uuid, auth_code text, code_challenge_method code_challenge_method, code_challenge "
        "text, provider_type text!, provider_access_token text, provider_refresh_token text, created_at "
        "timestamptz, updated_at timestamptz, authentication_method text!, auth_code_issued_at timestamptz, "
        "invite_token text, referrer text, oauth_client_state_id uuid, linking_target_id uuid, email_optional "
        "bool!="
    ),
    "auth.identities": (
        "provider_id text!, user_id uuid!, identity_data jsonb!, provider text!, last_sign_in_at timestamptz, "
        "created_at timestamptz, updated_at timestamptz, email text=, id uuid!="
    ),
    "auth.instances": "id uuid!, uuid uuid, raw_base_config text, created_at timestamptz, updated_at timestamptz",
    "auth.mfa_amr_claims": (
        "session_id uuid!, created_at timestamptz!, updated_at timestamptz!, authentication_method text!, id uuid!"
    ),
    "auth.mfa_challenges": (
        "id uuid!, factor_id uuid!, created_at timestamptz!, verified_at timestamptz, ip_address inet!, "
        "otp_code text, web_authn_session_data jsonb"
    ),
    "auth.mfa_factors": (
        "id uuid!, user_id uuid!, friendly_name text, factor_type factor_type!, status factor_status!, "
        "created_at timestamptz!, updated_at timestamptz!, secret text, phone text, last_challenged_at "
        "timestamptz, web_authn_credential jsonb, web_authn_aaguid uuid, last_webauthn_challenge_data jsonb"
    ),
    "auth.one_time_tokens": (
        "id uuid!, user_id uuid!, token_type one_time_token_type!, token_hash text!, relates_to text!, "
        "created_at timestamp!=, updated_at timestamp!="
    ),
    "auth.refresh_tokens": (
        "instance_id uuid, id int8!=, token varchar, user_id varchar, revoked bool, created_at timestamptz, "
        "updated_at timestamptz, parent varchar, session_id uuid"
    ),
    "auth.saml_providers": (
        "id uuid!, sso_provider_id uuid!, entity_id text!, metadata_xml text!, metadata_url text, "
        "attribute_mapping jsonb, created_at timestamptz, updated_at timestamptz, name_id_format text"
    ),
    "auth.saml_relay_states": (
        "id uuid!, sso_provider_id uuid!, request_id text!, for_email text, redirect_to text, created_at "
        "timestamptz, updated_at timestamptz, flow_state_id uuid"
    ),
    "auth.schema_migrations": "version varchar!",
    "auth.sessions": (
        "id uuid!, user_id uuid!, created_at timestamptz, updated_at timestamptz, factor_id uuid, aal "
        "aal_level, not_after timestamptz, refreshed_at timestamp, user_agent text, ip inet, tag text, "
        "oauth_client_id uuid, refresh_token_hmac_key text, refresh_token_counter int8, scopes text"
    ),
    "auth.sso_domains": "id uuid!, sso_provider_id uuid!, domain text!, created_at timestamptz, updated_at timestamptz",
    "auth.sso_providers": "id uuid!, resource_id text, created_at timestamptz, updated_at timestamptz, disabled bool",
    "auth.users": (
        "instance_id uuid, id uuid!, aud varchar, role varchar, email varchar, encrypted_password varchar, "
        "email_confirmed_at timestamptz, invited_at timestamptz, confirmation_token varchar, "
        "confirmation_sent_at timestamptz, recovery_token varchar, recovery_sent_at timestamptz, "
        "email_change_token_new varchar, email_change varchar, email_change_sent_at timestamptz, "
        "last_sign_in_at timestamptz, raw_app_meta_data jsonb, raw_user_meta_data jsonb, is_super_admin bool, "
        "created_at timestamptz, updated_at timestamptz, phone text, phone_confirmed_at timestamptz, "
        "phone_change text=, phone_change_token varchar=, phone_change_sent_at timestamptz, confirmed_at "
        "timestamptz=, email_change_token_current varchar=, email_change_confirm_status int2=, banned_until "
        "timestamptz, reauthentication_token varchar=, reauthentication_sent_at timestamptz, is_sso_user "
        "bool!=, deleted_at timestamptz, is_anonymous bool!="
    ),
    "realtime.messages": (
        "topic text!, extension text!, payload jsonb, event text, private bool=, updated_at timestamp!=, "
        "inserted_at timestamp!=, id uuid!="
    ),
    "realtime.subscription": "id int8!=, subscription_id uuid!, entity regclass!, claims jsonb!, created_at timestamp!=",
    "storage.buckets": (
        "id text!, name text!, owner uuid, created_at timestamptz=, updated_at timestamptz=, public bool=, "
        "avif_autodetection bool=, file_size_limit int8, allowed_mime_types _text, owner_id text, type "
        "buckettype!=, versioning_status text!="
    ),
    "storage.migrations": "id int4!, name varchar!, hash varchar!, executed_at timestamp=",
    "storage.objects": (
        "id uuid!=, bucket_id text, name text, owner uuid, created_at timestamptz=, updated_at timestamptz=, "
        "last_accessed_at timestamptz=, metadata jsonb, path_tokens _text=, version text, owner_id text, "
        "user_metadata jsonb, archived_at timestamptz, is_delete_marker bool!=, is_versioned bool!="
    ),
    "storage.prefixes": "bucket_id text!, name text!, level int4!=, created_at timestamptz=, updated_at timestamptz=",
    "storage.s3_multipart_uploads": (
        "id text!, in_progress_size int8!=, upload_signature text!, bucket_id text!, key text!, version "
        "text!, owner_id text, created_at timestamptz!=, user_metadata jsonb, metadata jsonb"
    ),
    "storage.s3_multipart_uploads_parts": (
        "id uuid!=, upload_id text!, size int8!=, part_number int4!, bucket_id text!, key text!, etag text!, "
        "owner_id text, version text!, created_at timestamptz!="
    ),
    "supabase_functions.hooks": "id int8!=, hook_table_id int4!, hook_name text!, created_at timestamptz!=, request_id int8",
    "supabase_migrations.schema_migrations": "version text!, statements _text, name text, created_by text, idempotency_key text, rollback _text",
}

KEYS = (
    ("auth.identities", "user_id", "auth.users"),
    ("auth.sessions", "user_id", "auth.users"),
    ("auth.refresh_tokens", "session_id", "auth.sessions"),
    ("auth.mfa_factors", "user_id", "auth.users"),
    ("auth.mfa_challenges", "factor_id", "auth.mfa_factors"),
    ("auth.mfa_amr_claims", "session_id", "auth.sessions"),
    ("auth.one_time_tokens", "user_id", "auth.users"),
    ("auth.sso_domains", "sso_provider_id", "auth.sso_providers"),
    ("auth.saml_providers", "sso_provider_id", "auth.sso_providers"),
    ("auth.saml_relay_states", "sso_provider_id", "auth.sso_providers"),
    ("auth.saml_relay_states", "flow_state_id", "auth.flow_state"),
    ("storage.objects", "bucket_id", "storage.buckets"),
    ("storage.s3_multipart_uploads", "bucket_id", "storage.buckets"),
    ("storage.s3_multipart_uploads_parts", "upload_id", "storage.s3_multipart_uploads"),
    ("storage.s3_multipart_uploads_parts", "bucket_id", "storage.buckets"),
    ("storage.prefixes", "bucket_id", "storage.buckets"),
)

FUNCTIONS = (
    ("auth.uid()", "sql", "stable"),
    ("graphql_public.graphql(text, text, jsonb, jsonb)", "sql", "volatile"),
    ("supabase_functions.http_request()", "plpgsql", "volatile"),
    ("auth.role()", "sql", "stable"),
    ("auth.email()", "sql", "stable"),
    ("auth.jwt()", "sql", "stable"),
    ("storage.foldername(text)", "sql", "immutable"),
    ("storage.filename(text)", "sql", "immutable"),
    ("storage.extension(text)", "sql", "immutable"),
    ("storage.operation()", "sql", "stable"),
    ("storage.allow_any_operation(_text)", "sql", "stable"),
    ("storage.allow_only_operation(text)", "sql", "stable"),
    ("storage.get_size_by_bucket()", "sql", "stable"),
    ("storage.search(text, text, int4, int4, int4, text, text, text)", "sql", "stable"),
    ("storage.protect_delete()", "plpgsql", "volatile"),
    ("storage.enforce_bucket_name_length()", "plpgsql", "volatile"),
    ("storage.update_updated_at_column()", "plpgsql", "volatile"),
    ("realtime.topic()", "sql", "stable"),
    ("realtime.send(jsonb, text, text, bool)", "plpgsql", "volatile"),
    ("realtime.broadcast_changes(text, text, text, text, text, record, record, text)", "plpgsql", "volatile"),
)

NOT_CASCADED = {"bucket_id"}  # keys of the platform's that stop a delete; the others pass it on
GENERATED = {("auth.identities", "email"), ("auth.users", "confirmed_at"), ("storage.objects", "path_tokens")}
GIVES_ROWS = {"storage.get_size_by_bucket", "storage.search"}
DEFAULTED = {  # how many arguments need not be given
    "graphql_public.graphql": 4,
    "realtime.broadcast_changes": 1,
    "realtime.send": 1,
    "storage.search": 6,
}

TRIGGERS = (  # holder, name, function, events, columns, whether for each row; all of them before
    ("storage.objects", "protect_objects_delete", "protect_delete", "delete", (), False),
    ("storage.buckets", "protect_buckets_delete", "protect_delete", "delete", (), False),
    (
        "storage.buckets",
        "enforce_bucket_name_length_trigger",
        "enforce_bucket_name_length",
        "insert update",
        ("name",),
        True,
    ),
    ("storage.objects", "update_objects_updated_at", "update_updated_at_column", "update", (), True),
)

ROLES = (
    *("anon", "authenticated", "service_role", "postgres", "authenticator", "dashboard_user", "pgbouncer"),
    *("supabase_admin", "supabase_auth_admin", "supabase_storage_admin", "supabase_realtime_admin"),
    *("supabase_functions_admin", "supabase_replication_admin", "supabase_etl_admin", "supabase_read_only_user"),
    *("supabase_superuser", "supabase_privileged_role", "cli_login_postgres", "pgtle_admin", "sandbox_exec"),
    *("pgsodium_keyiduser", "pgsodium_keyholder", "pgsodium_keymaker", "pg_database_owner", "pg_read_all_data"),
    *("pg_write_all_data", "pg_monitor", "pg_signal_backend"),
)
