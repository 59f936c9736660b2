"""The app under test: "darkroom" restores photographs with Replicate's models and keeps its people in Supabase."""
