"""Loopback servers that stand in for Replicate and Supabase in rehearsals; the official clients judge them."""
