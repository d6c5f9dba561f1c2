"""Objects and kept slots by the Python package cryptography, from the manual alone."""

import base64
import hashlib
import os

import lines
from cryptography import cobblestone
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from cryptography.hazmat.primitives.kdf.hkdf import HKDFExpand

TAIL = bytes([0, 0, 0, 128, 0, 0, 0, 12])


def encode(data):
    """Base64."""
    return base64.b64encode(data).decode()


def url(data):
    """Base64url without padding."""
    return base64.urlsafe_b64encode(data).rstrip(b"=").decode()


def fingerprint(data_key):
    """What a slot knows its data key by."""
    return url(HKDFExpand(hashes.SHA512(), 32, b"tsutsumi slot fingerprint v1").derive(data_key))


def binary(text):
    """The bytes of a field that is no text."""
    assert text.startswith("base64:")
    return base64.b64decode(text[7:])


def open_(request):
    """Unwraps a slot of the raw AES keyring, and opens the object."""
    slot, context = request["slot"], base64.b64decode(request["context"])
    info = binary(slot["rootKey"])
    name, nonce = info[:-20], info[-12:]
    assert name == request["name"].encode() and info[-20:-12] == TAIL
    assert slot["aad"] == [url(hashlib.sha384(context).digest())]
    key = AESGCM(base64.b64decode(request["key"]))
    data_key = key.decrypt(nonce, binary(slot["wrapped"]), context)
    assert slot["fingerprint"] == fingerprint(data_key)
    decryptor = cobblestone.Cobblestone256Decryptor(data_key, context=context)
    body = base64.b64decode(request["body"])
    return {"plaintext": encode(decryptor.update(body) + decryptor.finalize())}


def seal(request):
    """Seals an object, and wraps its key as the raw AES keyring does."""
    context = base64.b64decode(request["context"])
    data_key, nonce = os.urandom(32), os.urandom(12)
    encryptor = cobblestone.Cobblestone256Encryptor(data_key, context=context)
    body = encryptor.update(base64.b64decode(request["plaintext"])) + encryptor.finalize()
    wrapped = AESGCM(base64.b64decode(request["key"])).encrypt(nonce, data_key, context)
    slot = {
        "fingerprint": fingerprint(data_key),
        "created": "2026-01-31T12:00:00Z",
        "aad": [url(hashlib.sha384(context).digest())],
        "wrapped": "base64:" + encode(wrapped),
        "rootKey": "base64:" + encode(request["name"].encode() + TAIL + nonce),
        "provider": request["namespace"],
        "v": 1,
    }
    return {"body": encode(body), "slot": slot}


lines.answer({"seal": seal, "open": open_})
