"""Key tables and records: sections 5 and 6."""

import base64
import json
import re

from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF

from reader.core import Refused, refuse, unseal, write_context
from reader.message import open_message
from reader.object import open_chunks

TYPE = {"tsutsumi:type": "key-table"}
XAES = "type.googleapis.com/google.crypto.tink.XAesGcmKey"
GCM = "type.googleapis.com/google.crypto.tink.AesGcmKey"
STATUSES = ["UNKNOWN_STATUS", "ENABLED", "DISABLED", "DESTROYED"]
PREFIXES = ["UNKNOWN_PREFIX", "TINK", "LEGACY", "RAW", "CRUNCHY"]
MATERIALS = [
    "UNKNOWN_KEYMATERIAL",
    "SYMMETRIC",
    "ASYMMETRIC_PRIVATE",
    "ASYMMETRIC_PUBLIC",
    "REMOTE",
]


def varint(data, at):
    """A number of at most 32 bits, and where it ends."""
    value = 0
    for count in range(5):
        refuse("FORMAT_INVALID", at + count >= len(data))
        value |= (data[at + count] & 0x7F) << (7 * count)
        if data[at + count] < 0x80:
            refuse("FORMAT_INVALID", value >= 1 << 32)
            return value, at + count + 1
    return refuse("FORMAT_INVALID")


def proto(data, known, many=()):
    """The fields of a Protocol Buffer: of known numbers and types, and each once."""
    fields, at = {number: [] for number in many}, 0
    while at < len(data):
        tag, at = varint(data, at)
        number, wire = tag >> 3, tag & 7
        refuse("FORMAT_INVALID", known.get(number) != wire)
        refuse("FORMAT_INVALID", number in fields and number not in many)
        value, at = varint(data, at)
        if wire == 2:
            refuse("FORMAT_INVALID", at + value > len(data))
            value, at = data[at : at + value], at + value
        if number in many:
            fields[number].append(value)
            refuse("LIMIT", len(fields[number]) > 512)
        else:
            fields[number] = value
    return fields


def read_binary(data):
    """A keyset in binary."""
    keyset = proto(data, {1: 0, 2: 2}, many=(2,))
    keys = []
    for entry in keyset[2]:
        fields = proto(entry, {1: 2, 2: 0, 3: 0, 4: 0})
        data = None
        if 1 in fields:
            found = proto(fields[1], {1: 2, 2: 2, 3: 0})
            data = (found.get(1, b"").decode(), found.get(2, b""), found.get(3, 0))
        keys.append((fields.get(3, 0), fields.get(2, 0), fields.get(4, 0), data))
    return keyset.get(1, 0), keys


def members(pairs):
    """An object of JSON in which no name is twice."""
    found = dict(pairs)
    refuse("FORMAT_INVALID", len(found) != len(pairs))
    return found


def pick(found, known):
    """Members of an object, all of them known."""
    refuse("FORMAT_INVALID", not isinstance(found, dict) or set(found) - set(known))
    return [found.get(name) for name in known]


def numbered(names, value):
    """The number of a name."""
    refuse("FORMAT_INVALID", value is not None and value not in names)
    return names.index(value) if value is not None else 0


def whole(value):
    """A number of 32 bits."""
    value = 0 if value is None else value
    refuse("FORMAT_INVALID", type(value) is not int or not 0 <= value < 1 << 32)
    return value


def read_json(text):
    """A keyset as Tink writes it in JSON."""
    try:
        found = json.loads(text, object_pairs_hook=members)
    except ValueError as error:
        raise Refused("ERR_FORMAT_INVALID") from error
    primary, entries = pick(found, ["primaryKeyId", "key"])
    keys = []
    for entry in entries or []:
        names = ["keyData", "status", "keyId", "outputPrefixType"]
        given, status, key_id, prefix = pick(entry, names)
        data = None
        if given is not None:
            url, value, material = pick(given, ["typeUrl", "value", "keyMaterialType"])
            refuse("FORMAT_INVALID", not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", value))
            data = (url, base64.b64decode(value), numbered(MATERIALS, material))
        numbers = numbered(STATUSES, status), numbered(PREFIXES, prefix)
        keys.append((whole(key_id), *numbers, data))
    return whole(primary), keys


def material(url, value):
    """Kind, key and length of the salt; of other types and versions nothing is known."""
    if url == XAES:
        found = proto(value, {1: 0, 2: 2, 3: 2})
        salt = proto(found.get(2, b""), {1: 0}).get(1, 0)
        if found.get(1, 0) == 0:
            refuse("FORMAT_INVALID", not 8 <= salt <= 12 or len(found.get(3, b"")) != 32)
            return "xaes", found[3], salt
    if url == GCM:
        found = proto(value, {1: 0, 3: 2})
        if found.get(1, 0) == 0 and len(found.get(3, b"")) == 32:
            return "gcm", found[3], 0
    return None


def read_keyset(data):
    """Section 5."""
    read = read_json if data[:1] in (b"{", b" ", b"\t", b"\r", b"\n") else read_binary
    primary, entries = read(data)
    table = {}
    twice = False
    for key_id, status, prefix, given in entries:
        refuse("FORMAT_INVALID", not 1 <= status <= 3 or not 1 <= prefix <= 4)
        refuse("FORMAT_INVALID", (status == 3) != (given is None))
        kind = None
        if given is not None:
            url, value, number = given
            refuse("FORMAT_INVALID", url == "")
            kind = material(url, value)
            refuse("FORMAT_INVALID", number > 4 or (kind is not None and number != 1))
            refuse("FORMAT_INVALID", kind and kind[0] == "xaes" and prefix in (2, 4))
        twice |= key_id in table
        table[key_id] = (status, prefix, kind)
    refuse("FORMAT_INVALID", twice or primary not in table or table[primary][0] != 1)
    refuse("FORMAT_SUITE", table[primary][2] is None)
    return table


def open_keyset(message, context, file):
    """The table in a message."""
    test = {"message": message, "context": {**TYPE, **context}}
    return read_keyset(open_message(test, file))


def open_table(test, file):
    """Section 5, of a vector."""
    open_keyset(test["message"], test["context"], file)
    return b""


def xaes(key, nonce, sealed, aad):
    """XAES-256-GCM by its specification."""

    def encrypt(block):
        return Cipher(algorithms.AES(key), modes.ECB()).encryptor().update(block)

    mask = int.from_bytes(encrypt(bytes(16)), "big") << 1
    mask = mask ^ ((1 << 128) | 0x87) if mask >> 128 else mask
    blocks = [bytes([0, number]) + b"X\0" + nonce[:12] for number in (1, 2)]
    masked = [(int.from_bytes(block, "big") ^ mask).to_bytes(16, "big") for block in blocks]
    return unseal(b"".join(map(encrypt, masked)), nonce[12:], sealed, aad)


def open_plain(table, record, aad):
    """Section 6: a record in the framing of Tink."""
    named = [
        entry
        for key_id, entry in table.items()
        if entry[1] != 3 and record[:5] == bytes([entry[1] == 1]) + key_id.to_bytes(4, "big")
    ]
    if not named:
        named = [entry for entry in table.values() if entry[1] == 3 and entry[0] == 1]
        refuse("POLICY_KEY", len(named) > 1)
        if not named:
            refuse("FORMAT_VERSION", record[:1] not in (b"", b"\0", b"\1"))
            refuse("FORMAT_TRUNCATED" if len(record) < 5 else "POLICY_KEY")
    status, prefix, kind = named[0]
    refuse("POLICY_KEY", status != 1)
    refuse("FORMAT_SUITE", kind is None)
    rest = record if prefix == 3 else record[5:]
    name, key, salt = kind
    refuse("FORMAT_TRUNCATED", len(rest) < salt + 12 + 16)
    if name == "gcm":
        return unseal(key, rest[:12], rest[12:], aad)
    nonce = rest[:salt] + bytes(12 - salt) + rest[salt : salt + 12]
    return xaes(key, nonce, rest[salt + 12 :], aad)


def open_committing(table, record, aad):
    """Section 6: a committing record."""
    refuse("FORMAT_TRUNCATED", len(record) < 56)
    status, _, kind = table.get(int.from_bytes(record[:4], "big"), (None, None, None))
    refuse("POLICY_KEY", status != 1)
    refuse("FORMAT_SUITE", kind is None)
    refuse("POLICY_SUITE", kind[0] == "gcm")
    hkdf = HKDF(hashes.SHA512(), 32, None, b"tsutsumi committing record v1")
    return open_chunks(record, hkdf.derive(kind[1]), aad)


def open_record(test, file):
    """Section 6, of a vector."""
    table = open_keyset(file["tables"][test["table"]], {}, file)
    record = base64.b64decode(test["record"])
    if "text" in test:
        text = test["text"]
        refuse("FORMAT_INVALID", not re.fullmatch(r"[A-Za-z0-9_-]*", text))
        record = base64.urlsafe_b64decode(text + "=" * (-len(text) % 4))
        again = base64.urlsafe_b64encode(record).decode().rstrip("=")
        refuse("FORMAT_INVALID", again != text)
    work = open_committing if test["committing"] else open_plain
    return work(table, record, write_context(test["context"]))
