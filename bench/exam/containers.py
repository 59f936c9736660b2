"""Cases of archives and documents: a key in each of them, one in another too."""

import bz2
import gzip
import io
import lzma
import tarfile
import zipfile
import zlib
from collections.abc import Iterator, Mapping

from bench.exam.case import Case, text
from bench.exam.keys import Keys
from bench.exam.values import SECRET, SERVICE


def zipped(files: Mapping[str, bytes]) -> bytes:
    """A zip archive."""
    into = io.BytesIO()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, content in files.items():
            archive.writestr(name, content)
    return into.getvalue()


def tarred(files: Mapping[str, bytes]) -> bytes:
    """A tar archive."""
    into = io.BytesIO()
    with tarfile.open(fileobj=into, mode="w") as archive:
        for name, content in files.items():
            entry = tarfile.TarInfo(name)
            entry.size = len(content)
            archive.addfile(entry, io.BytesIO(content))
    return into.getvalue()


def containers(keys: Keys) -> Iterator[Case]:
    """A key in every kind of archive, and a public key in one."""

    def source() -> bytes:
        return f"// words\nexport const k = '{keys.secret()}'\n".encode()

    def public() -> bytes:
        return f"export const a = '{keys.anon()}', b = '{keys.publishable()}'\n".encode()

    sheet = f'<sst><si><t>key</t></si><si><t xml:space="preserve">{keys.service()}</t></si></sst>'.encode()
    words = f"<w:document><w:p><w:r><w:t>{keys.secret()}</w:t></w:r></w:p></w:document>".encode()
    layer = gzip.compress(tarred({"app/.env": source()}))
    yield text("zip", {"a.zip": zipped({"b/c.ts": source()})}, SECRET)
    yield text("zip without its ending", {"backup": zipped({"b/c.ts": source()})}, SECRET)
    yield text("wheel", {"dist/app-1-py3-none-any.whl": zipped({"app/settings.py": source()})}, SECRET)
    yield text("tar", {"a.tar": tarred({"c.ts": source()})}, SECRET)
    yield text("package of npm", {"a-1.0.0.tgz": gzip.compress(tarred({"package/c.ts": source()}))}, SECRET)
    yield text("tar.xz", {"a.tar.xz": lzma.compress(tarred({"c.ts": source()}))}, SECRET)
    yield text("tar.bz2", {"a.tar.bz2": bz2.compress(tarred({"c.ts": source()}))}, SECRET)
    yield text("gzipped asset", {"dist/a.js.gz": gzip.compress(source())}, SECRET)
    yield text("image of Docker", {"image.tar": tarred({"blobs/sha256/a": layer, "manifest.json": b"[]"})}, SECRET)
    yield text(
        "zip in zip in tgz", {"a.tgz": gzip.compress(tarred({"b": zipped({"c": zipped({"d": source()})})}))}, SECRET
    )
    yield text("spreadsheet", {"a.xlsx": zipped({"xl/sharedStrings.xml": sheet})}, SERVICE)
    yield text("document", {"a.docx": zipped({"word/document.xml": words})}, SECRET)
    yield text("app for Android", {"a.apk": zipped({"assets/index.android.bundle": source()})}, SECRET)
    yield text("public keys in a zip", {"a.zip": zipped({"b.ts": public()})})
    yield text("public keys in an image", {"a.tar": tarred({"l": gzip.compress(tarred({"b.js": public()}))})})
    yield text("compressed by zlib alone", {"a.bin": b"words " + zlib.compress(public())})
