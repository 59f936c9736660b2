-- refused: 1
-- R34: a dump's psql lines and COPY data are no SQL; a backslash inside a body is.
\connect postgres
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
SET default_table_access_method = heap;
CREATE TABLE public.lines (
    id integer NOT NULL,
    body text
);
\restrict abc
COPY public.lines (id, body) FROM stdin;
1	; drop table public.lines;
2	create table public.not_sql (id int);
\.

CREATE SEQUENCE public.lines_id_seq AS integer START WITH 1 INCREMENT BY 1 NO MINVALUE NO MAXVALUE CACHE 1;
ALTER SEQUENCE public.lines_id_seq OWNED BY public.lines.id;
ALTER TABLE ONLY public.lines ALTER COLUMN id SET DEFAULT nextval('public.lines_id_seq'::regclass);
ALTER TABLE ONLY public.lines ADD CONSTRAINT lines_pkey PRIMARY KEY (id);
CREATE FUNCTION public.slash() RETURNS text LANGUAGE sql AS $$
  select 'a
\d b'
$$;
CREATE POLICY p ON public.lines USING (true);
ALTER TABLE public.lines ENABLE ROW LEVEL SECURITY;
GRANT ALL ON TABLE public.lines TO anon;
GRANT ALL ON SEQUENCE public.lines_id_seq TO service_role;
\unrestrict abc
