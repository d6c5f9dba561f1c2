"""Tink's KmsEnvelopeAead as a peer: one request and one reply a line, in JSON.

The remote key is an AES-GCM primitive of Tink itself, or stands for a key service: a primitive that
takes a slot apart and unwraps as a raw AES keyring does. Bytes are base64.
"""

import base64
import json
import os
import sys
import traceback

import tink
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from tink import aead, secret_key_access
from tink.aead import KmsEnvelopeAead
from tink.proto import aes_gcm_pb2, tink_pb2

aead.register()

PREFIX = b"\x1a\x20"
TAIL = bytes.fromhex("000000800000000c")


def prefixed(data):
    """Bytes behind their length."""
    return len(data).to_bytes(2, "big") + data


class SlotAead(aead.Aead):
    """A remote key of which Tink sees only slots."""

    def __init__(self, key):
        self.key, self.cipher = key, AESGCM(base64.b64decode(key["key"]))

    def encrypt(self, plaintext, associated_data):
        """Wraps the 32 bytes that are in the Protocol Buffer."""
        if associated_data or plaintext[:2] != PREFIX or len(plaintext) != 34:
            raise tink.TinkError("no key of AES-256-GCM")
        nonce = os.urandom(12)
        info = self.key["name"].encode() + TAIL + nonce
        wrapped = self.cipher.encrypt(nonce, plaintext[2:], b"")
        return b"".join(map(prefixed, (self.key["namespace"].encode(), info, wrapped)))

    def decrypt(self, ciphertext, associated_data):
        """Unwraps them."""
        parts, rest = [], ciphertext
        while rest:
            length = int.from_bytes(rest[:2], "big")
            parts.append(rest[2 : 2 + length])
            rest = rest[2 + length :]
        try:
            return PREFIX + self.cipher.decrypt(parts[1][-12:], parts[2], associated_data)
        except InvalidTag as error:
            raise tink.TinkError("another key") from error


def plain(key):
    """An AES-GCM primitive of Tink without prefix, of bytes of ours."""
    value = aes_gcm_pb2.AesGcmKey(version=0, key_value=base64.b64decode(key)).SerializeToString()
    keyset = tink_pb2.Keyset(primary_key_id=1)
    entry = keyset.key.add()
    entry.key_data.type_url = "type.googleapis.com/google.crypto.tink.AesGcmKey"
    entry.key_data.value = value
    entry.key_data.key_material_type = tink_pb2.KeyData.SYMMETRIC
    entry.status = tink_pb2.ENABLED
    entry.key_id = 1
    entry.output_prefix_type = tink_pb2.RAW
    handle = tink.proto_keyset_format.parse(keyset.SerializeToString(), secret_key_access.TOKEN)
    return handle.primitive(aead.Aead)


def envelope(request):
    """The primitive that is asked for."""
    remote = SlotAead(request["slot"]) if "slot" in request else plain(request["key"])
    return KmsEnvelopeAead(aead.aead_key_templates.AES256_GCM, remote)


def main():
    """Answers requests until there are no more."""
    for line in sys.stdin:
        request = json.loads(line)
        try:
            primitive = envelope(request)
            work = primitive.encrypt if request["do"] == "seal" else primitive.decrypt
            data = base64.b64decode(request["bytes"])
            out = work(data, base64.b64decode(request["data"]))
            reply = {"bytes": base64.b64encode(out).decode()}
        except tink.TinkError as error:
            reply = {"refused": str(error)}
        except Exception:  # pylint: disable=broad-except
            traceback.print_exc()
            sys.exit(1)
        print(json.dumps(reply), flush=True)


main()
