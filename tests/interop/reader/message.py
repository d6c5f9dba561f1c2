"""Messages: sections 2 and 3."""

import base64
import hmac

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reader.core import Cursor, Refused, read_context, read_text, refuse, unseal, write_context

PUBLIC_KEY = "aws-crypto-public-key"
UNCOMMITTED = {0x14, 0x46, 0x78, 0x114, 0x146, 0x178, 0x214, 0x346, 0x378}
COMMITTING = {0x0478: False, 0x0578: True}


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
