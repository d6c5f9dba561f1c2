"""A second reader of the vectors in tests/vectors, written from src/manual/format.md alone.

It stands on the primitives of the package `cryptography` and on nothing else of ours or of others.
With `--control` every vector is altered, and has to be found wrong.
"""

import base64
import hashlib
import hmac
import json
import pathlib
import sys
import zlib

from cryptography.exceptions import InvalidSignature, InvalidTag
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

FOLDER = pathlib.Path(__file__).parent.parent / "vectors"
PUBLIC_KEY = "aws-crypto-public-key"
UNCOMMITTED = {0x14, 0x46, 0x78, 0x114, 0x146, 0x178, 0x214, 0x346, 0x378}
COMMITTING = {0x0478: False, 0x0578: True}
LABEL = b"c2sp.org/chunked-encryption@v1+AEAD_AES_256_GCM\0"
CHUNK = 16_384


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


def read_header(data):
    """Section 2.1."""
    cursor = Cursor(data, "FORMAT_TRUNCATED")
    version = cursor.number(1)
    if version == ord("A"):
        refuse("FORMAT_INVALID", cursor.take(1) in (b"g", b"Y"))
    if version == 1:
        refuse("FORMAT_VERSION", cursor.number(1) != 0x80)
        refuse("POLICY_SUITE" if cursor.number(2) in UNCOMMITTED else "FORMAT_SUITE")
    refuse("FORMAT_VERSION", version != 2)
    suite = cursor.number(2)
    refuse("FORMAT_SUITE", suite not in COMMITTING)
    header = {"suite": suite, "id": cursor.take(32)}
    header["context"] = read_context(cursor.prefixed())
    refuse("FORMAT_INVALID", (PUBLIC_KEY in header["context"]) != COMMITTING[suite])
    count = cursor.number(2)
    refuse("FORMAT_INVALID", count == 0)
    refuse("LIMIT", count > 10)
    header["slots"] = []
    for _ in range(count):
        provider = read_text(cursor.prefixed())
        header["slots"].append((provider, cursor.prefixed(), cursor.prefixed()))
    header["framed"], header["length"] = cursor.number(1) == 2, cursor.number(4)
    single = cursor.data[cursor.at - 5] == 1 and header["length"] == 0
    refuse("FORMAT_INVALID", not single and not (header["framed"] and header["length"] > 0))
    refuse("LIMIT", header["length"] > 1 << 20)
    header["commitment"] = cursor.take(32)
    header["bytes"], header["tag"] = data[: cursor.at], cursor.take(16)
    refuse("LIMIT", cursor.at > 128 << 10)
    return header, cursor


def unwrap(header, key):
    """Section 3.2: the data key out of any slot of this key's."""
    start = key["name"].encode() + bytes.fromhex("000000800000000c")
    failed = "POLICY_KEY"
    for provider, info, ciphertext in header["slots"]:
        if (provider, info[:-12]) != (key["namespace"], start):
            continue
        try:
            aad = write_context(header["context"])
            data_key = unseal(bytes.fromhex(key["key"]), info[-12:], ciphertext, aad)
            if len(data_key) == 32:
                return data_key
        except Refused:
            pass
        failed = "OPEN_FAILED"
    return refuse(failed)


def derive(data_key, salt, info):
    """Section 2.2."""
    return HKDF(hashes.SHA512(), 32, salt, info).derive(data_key)


def open_frame(key, header, label, sequence, nonce, sealed):
    """Section 2.3."""
    name = b"AWSKMSEncryptionClient " + label
    place = sequence.to_bytes(4, "big") + (len(sealed) - 16).to_bytes(8, "big")
    return unseal(key, nonce, sealed, header["id"] + name + place)


def read_body(cursor, header, key):
    """Section 2.3."""
    if not header["framed"]:
        nonce, length = cursor.take(12), cursor.number(8)
        refuse("LIMIT", length > 1 << 20)
        return open_frame(key, header, b"Single Block", 1, nonce, cursor.take(length + 16))
    plaintext, sequence = b"", 1
    while True:
        mark = cursor.number(4)
        last = mark == 0xFFFFFFFF
        found = cursor.number(4) if last else mark
        refuse("FORMAT_INVALID", found != sequence)
        nonce = cursor.take(12)
        length = cursor.number(4) if last else header["length"]
        refuse("FORMAT_INVALID", length > header["length"])
        label = b"Final Frame" if last else b"Frame"
        sealed = cursor.take(length + 16)
        plaintext += open_frame(key, header, label, sequence, nonce, sealed)
        if last:
            return plaintext
        sequence += 1


def check_signature(cursor, header):
    """Section 2.4."""
    signed = cursor.data[: cursor.at]
    signature = cursor.prefixed()
    point = base64.b64decode(header["context"][PUBLIC_KEY])
    public = ec.EllipticCurvePublicKey.from_encoded_point(ec.SECP384R1(), point)
    try:
        public.verify(signature, signed, ec.ECDSA(hashes.SHA384()))
    except InvalidSignature as error:
        raise Refused("ERR_OPEN_FAILED") from error


def open_message(test, file):
    """Section 2."""
    header, cursor = read_header(base64.b64decode(test["message"]))
    stored = {key: text for key, text in header["context"].items() if key != PUBLIC_KEY}
    refuse("POLICY_CONTEXT", stored != test["context"])
    data_key = unwrap(header, file["keys"][0])
    commitment = derive(data_key, header["id"], b"COMMITKEY")
    refuse("OPEN_FAILED", not hmac.compare_digest(commitment, header["commitment"]))
    key = derive(data_key, header["id"], header["suite"].to_bytes(2, "big") + b"DERIVEKEY")
    unseal(key, bytes(12), header["tag"], header["bytes"])
    plaintext = read_body(cursor, header, key)
    if COMMITTING[header["suite"]]:
        check_signature(cursor, header)
    refuse("FORMAT_INVALID", cursor.rest() > 0)
    return plaintext


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
    """Section 4."""
    data = zlib.decompress(base64.b64decode(test["object"]))
    chunks, length = object_length(data)
    info = LABEL + data[:24] + write_context(test["context"])
    okm = expand(bytes.fromhex(test["dataKey"]), info)
    refuse("OPEN_FAILED", not hmac.compare_digest(okm[44:], data[24:56]))
    start, end = test.get("range", [0, length])
    refuse("ARGUMENT", start > end or end > length)
    first, last = start // CHUNK, max(start, end - 1) // CHUNK
    plaintext = b""
    for index in range(first, chunks if end == length else last + 1):
        nonce = int.from_bytes(okm[32:44], "big") ^ index
        at = 56 + index * (CHUNK + 16)
        sealed = data[at : at + CHUNK + 16]
        plaintext += unseal(okm[:32], nonce.to_bytes(12, "big"), sealed)
    return plaintext[start - first * CHUNK :][: end - start]


READERS = {"message": open_message, "object": open_object}


def matches(test, file):
    """Whether a vector comes out as it says."""
    try:
        plaintext = READERS[file["format"]](test, file)
    except Refused as refused:
        return str(refused) == test["expect"]
    if test["expect"] != "ok":
        return False
    if "plaintext" in test:
        return plaintext == base64.b64decode(test["plaintext"])
    same = hashlib.sha256(plaintext).hexdigest() == test["plaintextSha256"]
    return same and len(plaintext) == test["plaintextLength"]


def altered(test):
    """A good vector said to be bad, or the other way round."""
    return {**test, "expect": "ERR_OPEN_FAILED" if test["expect"] == "ok" else "ok"}


def main():
    """Reads every file whose format is known here; prints counts."""
    control = "--control" in sys.argv[1:]
    failed = 0
    for path in sorted(FOLDER.glob("*.json")):
        file = json.loads(path.read_text())
        if file.get("format") not in READERS:
            print(f"{path.name}: of others, not read here")
            continue
        tests = [altered(test) for test in file["tests"]] if control else file["tests"]
        wrong = [test["name"] for test in tests if matches(test, file) == control]
        for name in wrong:
            print(f"{path.name}: {name} came out wrongly")
        failed += len(wrong)
        name = path.stem + ("-control" if control else "")
        print(f"{name}: {len(tests) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(failed > 0)


main()
