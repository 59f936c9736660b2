// Fills the tables once.
const supabase = createClient(process.env.SUPABASE_URL, "{{sb_secret}}");
const replicate = new Replicate({ auth: "{{replicate_token}}" });
