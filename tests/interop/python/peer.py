"""The official AWS Encryption SDK for Python as a peer: one request and one reply a line, in JSON.

Bytes are base64. A request that the SDK refuses is answered with `refused` and the error's text; a
request that is malformed ends the program.
"""

import base64
import logging

import aws_encryption_sdk
from aws_encryption_sdk.identifiers import Algorithm, CommitmentPolicy

import keyrings
import legacy
import lines

SUITES = {f"{suite.algorithm_id:04x}": suite for suite in Algorithm}

COMMITTING = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.REQUIRE_ENCRYPT_REQUIRE_DECRYPT
)
UNCOMMITTED = aws_encryption_sdk.EncryptionSDKClient(
    commitment_policy=CommitmentPolicy.FORBID_ENCRYPT_ALLOW_DECRYPT
)


# The SDK writes a page about every refusal, and refusals are half of what is asked for.
logging.disable(logging.CRITICAL)


def keys_of(request):
    """The keyring or master key provider that the request describes."""
    if request["how"] == "legacy":
        return {"key_provider": legacy.provider(request["keys"])}
    made = [keyrings.made_of(key) for key in request["keys"]]
    return {"keyring": keyrings.all_of(made)}


def seal(request):
    """Writes a message, with frames of the length that is asked for."""
    suite = SUITES[request["suite"]]
    client = COMMITTING if suite.is_committing() else UNCOMMITTED
    required = dict(request.get("required", []))
    keys = keys_of(request)
    if required:
        keys = {"materials_manager": keyrings.leaving_out(list(required), keys["keyring"])}
    message, _ = client.encrypt(
        source=base64.b64decode(request["plaintext"]),
        encryption_context={**dict(request["context"]), **required},
        algorithm=suite,
        frame_length=request["frame"],
        **keys,
    )
    return {"message": base64.b64encode(message).decode()}


def open_(request):
    """Opens a message; the SDK itself compares the context where it is given one."""
    pairs = {**dict(request["context"]), **dict(request.get("required", []))}
    wanted = {"encryption_context": pairs} if request["how"] == "mpl" else {}
    plaintext, header = COMMITTING.decrypt(
        source=base64.b64decode(request["message"]), **wanted, **keys_of(request)
    )
    return {
        "plaintext": base64.b64encode(plaintext).decode(),
        "context": list(header.encryption_context.items()),
    }


lines.answer({"seal": seal, "open": open_})
