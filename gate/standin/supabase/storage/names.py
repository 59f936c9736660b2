"""What buckets and objects may be called."""

import re

from gate.standin.supabase.storage.errors import refusal

SIGNS = r"\w!\-.*'() &$@=;:+,?"
BUCKET = re.compile(f"[{SIGNS}]{{1,100}}", re.ASCII)
OBJECT = re.compile(f"[{SIGNS}/]{{1,1024}}", re.ASCII)


def bucket_name(text: object) -> str:
    """A good name for a bucket, or a refusal."""
    if not isinstance(text, str) or not BUCKET.fullmatch(text) or text != text.strip():
        raise refusal(400, "InvalidBucketName", "Bucket name invalid")
    return text


def object_name(text: object) -> str:
    """A good name for an object, or a refusal; a dot segment is refused, in whatever way it was encoded."""
    good = isinstance(text, str) and OBJECT.fullmatch(text) and not {".", "..", ""} & set(text.split("/"))
    if not good:
        raise refusal(400, "InvalidKey", f"Invalid key: {text}")
    return str(text)
