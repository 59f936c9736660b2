-- a dump: psql lines, COPY data with odd characters, SET and ALTER ... OWNER
\\connect postgres
\\restrict abc
SET statement_timeout = 0;
SELECT pg_catalog.set_config('search_path', '', false);
CREATE TABLE public.notes (id integer NOT NULL, body text);
ALTER TABLE public.notes OWNER TO postgres;
CREATE SEQUENCE public.notes_id_seq AS integer START WITH 1;
ALTER SEQUENCE public.notes_id_seq OWNED BY public.notes.id;
ALTER TABLE ONLY public.notes ALTER COLUMN id SET DEFAULT nextval('public.notes_id_seq'::regclass);
ALTER TABLE ONLY public.notes ADD CONSTRAINT notes_pkey PRIMARY KEY (id);
ALTER TABLE public.notes ENABLE ROW LEVEL SECURITY;
CREATE POLICY "own; notes" ON public.notes USING ((id > 0));
REVOKE ALL ON TABLE public.notes FROM anon;
GRANT ALL ON TABLE public.notes TO service_role;
ALTER DEFAULT PRIVILEGES FOR ROLE postgres IN SCHEMA public GRANT ALL ON TABLES TO anon;
