"""A custom keyring that has IBM Key Protect, or our service, wrap and unwrap by HTTP."""

import base64
import hashlib
import json
import os
import urllib.error
import urllib.request

from aws_cryptographic_material_providers.mpl.models import (
    DecryptionMaterials,
    EncryptedDataKey,
    EncryptionMaterials,
    OnDecryptOutput,
    OnEncryptOutput,
)
from aws_cryptographic_material_providers.mpl.references import IKeyring

from context import serialise

PROVIDER = "ibm-key-protect"


class Refused(Exception):
    """The service did not do it, or no slot was for this root key."""


class Keyring(IKeyring):
    """A root key of a key service, as a keyring of the material providers library."""

    def __init__(self, key):
        self.key = key

    def on_encrypt(self, param):
        """Makes a data key if there is none, and adds a slot for it."""
        materials = param.materials
        data_key = materials.plaintext_data_key or os.urandom(32)
        wrapped = self._call(
            "wrap", materials.encryption_context, plaintext=base64.b64encode(data_key).decode()
        )
        slot = EncryptedDataKey(
            key_provider_id=PROVIDER,
            key_provider_info=self.key["crn"].encode(),
            ciphertext=wrapped["ciphertext"].encode(),
        )
        return OnEncryptOutput(
            materials=EncryptionMaterials(
                algorithm_suite=materials.algorithm_suite,
                encryption_context=materials.encryption_context,
                encrypted_data_keys=materials.encrypted_data_keys + [slot],
                required_encryption_context_keys=materials.required_encryption_context_keys,
                plaintext_data_key=data_key,
                signing_key=materials.signing_key,
                symmetric_signing_keys=materials.symmetric_signing_keys,
            )
        )

    def on_decrypt(self, param):
        """Has the first slot unwrapped that is for this root key."""
        materials = param.materials
        for slot in param.encrypted_data_keys:
            info = bytes(slot.key_provider_info)
            if slot.key_provider_id != PROVIDER or info != self.key["crn"].encode():
                continue
            context = materials.encryption_context
            ciphertext = bytes(slot.ciphertext).decode()
            unwrapped = self._call("unwrap", context, ciphertext=ciphertext)
            return OnDecryptOutput(
                materials=DecryptionMaterials(
                    algorithm_suite=materials.algorithm_suite,
                    encryption_context=context,
                    required_encryption_context_keys=materials.required_encryption_context_keys,
                    plaintext_data_key=base64.b64decode(unwrapped["plaintext"]),
                    verification_key=materials.verification_key,
                    symmetric_signing_key=materials.symmetric_signing_key,
                )
            )
        raise Refused("no slot for this root key")

    def _call(self, action, context, **body):
        # spec: K-2
        digest = hashlib.sha384(serialise(context)).digest()
        body["aad"] = [base64.urlsafe_b64encode(digest).decode().rstrip("=")]
        request = urllib.request.Request(
            f"{self.key['url']}/api/v2/keys/{self.key['id']}/actions/{action}",
            data=json.dumps(body).encode(),
            headers={
                "Authorization": f"Bearer {self.key['token']}",
                "Bluemix-Instance": self.key["instance"],
                "Content-Type": f"application/vnd.ibm.kms.key_action_{action}+json",
            },
        )
        try:
            with urllib.request.urlopen(request, timeout=30) as reply:
                return json.load(reply)
        except urllib.error.HTTPError as error:
            raise Refused(f"{action}: HTTP {error.code}") from error
