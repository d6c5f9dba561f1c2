"""Somebody who uses the AWS Encryption SDK and Tink, as a peer: a request and a reply a line, in JSON.

Opens the message of a table with the SDK, hands the keyset to Tink, and lets Tink open and seal the
records; makes tables the other way round. Committing records are read and made with Cobblestone of
the package cryptography. Bytes are base64. What the peer refuses is answered with `refused`.
"""

import base64
import logging

import aws_encryption_sdk
import cryptography.cobblestone as cobblestone
import tink
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy
from cryptography.hazmat.primitives import hashes
from cryptography.hazmat.primitives.kdf.hkdf import HKDF
from tink import aead, json_proto_keyset_format, proto_keyset_format, secret_key_access
from tink.proto import tink_pb2, x_aes_gcm_pb2

import keyrings
import lines

CLIENT = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)
SUITES = {
    "0478": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY,
    "0578": Algorithm.AES_256_GCM_HKDF_SHA512_COMMIT_KEY_ECDSA_P384,
}
FORMATS = {"binary": proto_keyset_format, "json": json_proto_keyset_format}
TOKEN = secret_key_access.TOKEN
LABEL = b"tsutsumi committing record v1"

logging.disable(logging.CRITICAL)
aead.register()


def decode(text):
    """The bytes of base64 text."""
    return base64.b64decode(text, validate=True)


def encode(data):
    """Bytes as base64 text."""
    return base64.b64encode(data).decode()


def committing_key(keyset, key_id):
    """The key of committing records that belongs to a key of a keyset."""
    (key,) = [key for key in keyset.key if key.key_id == key_id]
    material = x_aes_gcm_pb2.XAesGcmKey.FromString(key.key_data.value).key_value
    return HKDF(algorithm=hashes.SHA512(), length=32, salt=None, info=LABEL).derive(material)


def open_record(primitive, keyset, record):
    """The value of one record."""
    data, aad = decode(record["record"]), decode(record["aad"])
    if not record["committing"]:
        return primitive.decrypt(data, aad)
    key = committing_key(keyset, int.from_bytes(data[:4], "big"))
    decryptor = cobblestone.Cobblestone256Decryptor(key, context=aad)
    return decryptor.update(data) + decryptor.finalize()


def open_(request):
    """Opens the message of a table, and the records under it."""
    context = dict(request["context"])
    plaintext, _ = CLIENT.decrypt(
        source=decode(request["message"]),
        encryption_context=context,
        keyring=keyrings.raw_aes(request["key"]),
    )
    if request["format"] == "json":
        handle = json_proto_keyset_format.parse(plaintext.decode(), TOKEN)
    else:
        handle = proto_keyset_format.parse(plaintext, TOKEN)
    keyset = tink_pb2.Keyset.FromString(proto_keyset_format.serialize(handle, TOKEN))
    primitive = handle.primitive(aead.Aead)
    values = [open_record(primitive, keyset, record) for record in request["records"]]
    return {
        "primary": keyset.primary_key_id,
        "ids": [key.key_id for key in keyset.key],
        "statuses": [tink_pb2.KeyStatusType.Name(key.status) for key in keyset.key],
        "values": [encode(value) for value in values],
    }


def seal(request):
    """Makes a table of keys by Tink's templates, seals values under each, then the table."""
    templates = [getattr(aead.aead_key_templates, name) for name in request["templates"]]
    keyset = tink_pb2.Keyset()
    records = []
    for template, values in zip(templates, request["values"], strict=True):
        handle = tink.new_keyset_handle(template)
        made = tink_pb2.Keyset.FromString(proto_keyset_format.serialize(handle, TOKEN))
        keyset.key.extend(made.key)
        keyset.primary_key_id = made.primary_key_id
        primitive = handle.primitive(aead.Aead)
        records.append(
            [encode(primitive.encrypt(decode(v["value"]), decode(v["aad"]))) for v in values]
        )
    handle = proto_keyset_format.parse(keyset.SerializeToString(), TOKEN)
    serialised = FORMATS[request["format"]].serialize(handle, TOKEN)
    message, _ = CLIENT.encrypt(
        source=serialised if isinstance(serialised, bytes) else serialised.encode(),
        encryption_context=dict(request["context"]),
        algorithm=SUITES[request["suite"]],
        keyring=keyrings.raw_aes(request["key"]),
    )
    return {
        "message": encode(message),
        "records": records,
        "ids": [key.key_id for key in keyset.key],
    }


lines.answer({"seal": seal, "open": open_})
