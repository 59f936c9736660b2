"""Tells a picture from anything else by its first bytes."""

MAGIC = (b"\x89PNG\r\n\x1a\n", b"\xff\xd8\xff", b"GIF87a", b"GIF89a", b"BM")


def is_picture(content: bytes) -> bool:
    """Whether the bytes begin as PNG, JPEG, GIF, BMP, WebP or AVIF files do."""
    return content.startswith(MAGIC) or content[8:12] == b"WEBP" or content[4:12] in {b"ftypavif", b"ftypheic"}
