"""Finds service-role keys and their kin wherever they must not be."""
