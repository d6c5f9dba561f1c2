"""Objects: section 4."""

import base64
import hmac
import zlib

from reader.core import refuse, unseal, write_context

LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
CHUNK = 16_384


def expand(key, info):
    """HKDF-Expand with SHA-512, 76 bytes."""
    first = hmac.digest(key, info + b"\1", "sha512")
    return (first + hmac.digest(key, first + info + b"\2", "sha512"))[:76]


def object_length(data):
    """Section 4: how many chunks, and how much plaintext."""
    refuse("FORMAT_TRUNCATED", len(data) < 56)
    full, last = divmod(len(data) - 56, CHUNK + 16)
    refuse("FORMAT_TRUNCATED", last < 16)
    return full + 1, full * CHUNK + last - 16


def open_object(test, _file):
    """Section 4, of a vector."""
    data = zlib.decompress(base64.b64decode(test["object"]))
    context = write_context(test["context"])
    return open_chunks(data, bytes.fromhex(test["dataKey"]), context, test.get("range"))


def open_chunks(data, key, context, bounds=None):
    """Section 4."""
    chunks, length = object_length(data)
    okm = expand(key, LABEL + data[:24] + context)
    refuse("OPEN_FAILED", not hmac.compare_digest(okm[44:], data[24:56]))
    start, end = bounds or [0, length]
    refuse("ARGUMENT", start > end or end > length)
    first, last = start // CHUNK, max(start, end - 1) // CHUNK
    plaintext = b""
    for index in range(first, chunks if end == length else last + 1):
        nonce = int.from_bytes(okm[32:44], "big") ^ index
        at = 56 + index * (CHUNK + 16)
        sealed = data[at : at + CHUNK + 16]
        plaintext += unseal(okm[:32], nonce.to_bytes(12, "big"), sealed)
    return plaintext[start - first * CHUNK :][: end - start]
