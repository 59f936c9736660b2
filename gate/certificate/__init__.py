"""The certificate of a release: a signed statement of what was judged, and its offline verification."""
