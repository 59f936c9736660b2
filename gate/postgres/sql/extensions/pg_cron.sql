-- Jobs are written down and never run. No schema is named: hosted accepts any WITH SCHEMA and overrides it.
create schema if not exists cron;
create table cron.job (jobid bigserial primary key, schedule text not null, command text not null, nodename text not null default 'localhost',
  nodeport int not null default 5432, database text not null default current_database(), username text not null default current_user,
  active boolean not null default true, jobname text, unique (jobname, username));
create table cron.job_run_details (jobid bigint, runid bigserial primary key, job_pid int, database text, username text, command text,
  status text, return_message text, start_time timestamptz, end_time timestamptz);
create function cron.schedule(job_name text, schedule text, command text) returns bigint language sql as $$
  insert into cron.job as j (jobname, schedule, command) values (job_name, schedule, command)
  on conflict (jobname, username) do update set schedule = excluded.schedule, command = excluded.command returning j.jobid $$;
create function cron.schedule(schedule text, command text) returns bigint language sql as $$
  insert into cron.job (schedule, command) values (schedule, command) returning jobid $$;
create function cron.schedule_in_database(job_name text, schedule text, command text, database text, username text default null, active boolean default true)
returns bigint language sql as $$ select cron.schedule(job_name, schedule, command) $$;
create function cron._drop(wanted cron.job) returns boolean language plpgsql as $f$
begin
  if wanted.jobid is null then raise exception 'no such job' using errcode = 'undefined_object'; end if;
  delete from cron.job where jobid = wanted.jobid;
  return true;
end $f$;
create function cron.unschedule(job_name text) returns boolean language sql as $$ select cron._drop((select j from cron.job as j where j.jobname = job_name limit 1)) $$;
create function cron.unschedule(job_id bigint) returns boolean language sql as $$ select cron._drop((select j from cron.job as j where j.jobid = job_id)) $$;
create function cron.alter_job(job_id bigint, schedule text default null, command text default null, database text default null,
                               username text default null, active boolean default null) returns void language sql as $$
  update cron.job as j set schedule = coalesce(alter_job.schedule, j.schedule), command = coalesce(alter_job.command, j.command),
                           active = coalesce(alter_job.active, j.active) where j.jobid = job_id $$;
