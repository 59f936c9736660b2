"""The rules of the attack, one file each."""
