"""The rules of the smoke, one file each; each is proven by a defect of the demo backend."""
