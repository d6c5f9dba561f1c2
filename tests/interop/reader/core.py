"""What all formats share: refusals, a cursor, the cipher, the context (section 1)."""

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM


class Refused(Exception):
    """Carries the code of the error."""


def refuse(code, when=True):
    """Refuses with a code, when something is so."""
    if when:
        raise Refused(f"ERR_{code}")


def unseal(key, nonce, sealed, aad=b""):
    """AES-256-GCM, the tag behind the ciphertext."""
    refuse("OPEN_FAILED", len(sealed) < 16)
    try:
        return AESGCM(key).decrypt(nonce, sealed, aad)
    except InvalidTag as error:
        raise Refused("ERR_OPEN_FAILED") from error


class Cursor:
    """Reads off the front of bytes; what is not there is refused with a code."""

    def __init__(self, data, short):
        self.data, self.at, self.short = data, 0, short

    def take(self, length):
        """The next bytes."""
        refuse(self.short, self.at + length > len(self.data))
        self.at += length
        return self.data[self.at - length : self.at]

    def number(self, length):
        """The next number."""
        return int.from_bytes(self.take(length), "big")

    def prefixed(self):
        """Bytes behind their length."""
        return self.take(self.number(2))

    def rest(self):
        """How many bytes are left."""
        return len(self.data) - self.at


def read_text(data):
    """Text in UTF-8."""
    try:
        return data.decode()
    except UnicodeDecodeError as error:
        raise Refused("ERR_FORMAT_INVALID") from error


def read_context(data):
    """Section 1."""
    pairs = {}
    if not data:
        return pairs
    cursor = Cursor(data, "FORMAT_INVALID")
    count = cursor.number(2)
    for number in range(count):
        refuse("LIMIT", number == 1024)
        key = read_text(cursor.prefixed())
        value = read_text(cursor.prefixed())
        refuse("FORMAT_INVALID", key in pairs)
        pairs[key] = value
    refuse("FORMAT_INVALID", count == 0 or cursor.rest() > 0)
    return pairs


def write_context(pairs):
    """Section 1, sorted."""
    if not pairs:
        return b""
    encoded = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    texts = [text for pair in encoded for text in pair]
    joined = b"".join(len(text).to_bytes(2, "big") + text for text in texts)
    return len(encoded).to_bytes(2, "big") + joined
