const client=createClient("https://abcdefghijklmnopqrst.supabase.co","{{service_role_jwt}}");export{client as admin};
