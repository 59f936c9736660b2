"""The rules of the scan, one file each."""
