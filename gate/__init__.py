"""The release gate for Supabase-backed apps whose backends run Replicate models."""
