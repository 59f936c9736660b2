"""What the server is asked to find the guards of its tables, views and functions."""

POLICIES = """
select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), p.polname,
       quote_ident(p.polname), p.polpermissive, p.polcmd::text, pg_get_expr(p.polqual, p.polrelid),
       pg_get_expr(p.polwithcheck, p.polrelid), c.relrowsecurity,
       array(select r from unnest(%s::text[]) as r where 0 = any(p.polroles)
             or exists (select from unnest(p.polroles) as m where pg_has_role(r, m, 'usage'))),
       array(select rolname::text from pg_roles where oid = any(p.polroles) order by 1)
from pg_policy as p join pg_class as c on c.oid = p.polrelid join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%s) or (n.nspname, c.relname) = ('storage', 'objects') order by 1, p.polname
"""
SWITCHES = """
select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind in ('r', 'p') and c.relrowsecurity order by 1
"""
# What a role lacks: whether it holds it for some columns, and whether new tables are given it.
GRANTS = """
select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), r.name, lower(p.name),
       case when p.name = 'DELETE' then false else has_any_column_privilege(r.name, c.oid, p.name) end,
       exists (select from pg_default_acl as d, aclexplode(d.defaclacl) as a where d.defaclobjtype = 'r'
               and d.defaclrole = c.relowner and d.defaclnamespace in (0, c.relnamespace)
               and a.privilege_type = p.name and a.grantee in (0, r.name::regrole))
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
cross join unnest(%s::text[]) as r (name) cross join unnest(array['SELECT', 'INSERT', 'UPDATE', 'DELETE']) as p (name)
where n.nspname = any(%s) and (c.relkind in ('r', 'p') or c.relkind in ('v', 'm') and p.name = 'SELECT')
  and not has_table_privilege(r.name, c.oid, p.name)
  and not exists (select from pg_depend as d where d.classid = 'pg_class'::regclass and d.objid = c.oid and d.deptype = 'e')
order by 1, 3, 4
"""
SCHEMAS = """
select n.nspname, quote_ident(n.nspname), r.name from pg_namespace as n cross join unnest(%s::text[]) as r (name)
where n.nspname = any(%s) and not has_schema_privilege(r.name, n.oid, 'usage') order by 1, 3
"""
VIEWS = """
select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname)
from pg_class as c join pg_namespace as n on n.oid = c.relnamespace
where n.nspname = any(%s) and c.relkind = 'v'
  and exists (select from unnest(c.reloptions) as o where lower(o) in
    ('security_invoker=true', 'security_invoker=on', 'security_invoker=1', 'security_invoker=yes')) order by 1
"""
FUNCTIONS = """
select n.nspname || '.' || p.proname || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       quote_ident(n.nspname) || '.' || quote_ident(p.proname) || '(' || pg_get_function_identity_arguments(p.oid) || ')',
       p.prosecdef, coalesce((select o from unnest(p.proconfig) as o where o like 'search_path=%%'), ''),
       array(select r from unnest(%s::text[]) as r where has_function_privilege(r, p.oid, 'execute')), l.lanname
from pg_proc as p join pg_namespace as n on n.oid = p.pronamespace join pg_language as l on l.oid = p.prolang
where n.nspname = any(%s) and p.prokind = 'f' and p.prorettype::regtype::text not in ('trigger', 'event_trigger')
  and not exists (select from pg_depend as d where d.classid = 'pg_proc'::regclass and d.objid = p.oid and d.deptype = 'e')
order by 1
"""
TRIGGERS = """
select n.nspname || '.' || c.relname, quote_ident(n.nspname) || '.' || quote_ident(c.relname), t.tgname,
       quote_ident(t.tgname), p.prosrc, t.tgtype & 4 <> 0, t.tgtype & 16 <> 0, t.tgtype & 8 <> 0
from pg_trigger as t join pg_class as c on c.oid = t.tgrelid join pg_namespace as n on n.oid = c.relnamespace
join pg_proc as p on p.oid = t.tgfoid
where n.nspname = any(%s) and not t.tgisinternal and t.tgenabled in ('O', 'A') and t.tgparentid = 0 order by 1, 3
"""
