"""Rules put to waivers."""
