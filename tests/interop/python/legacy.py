"""A custom master key, the older way to bring one's own wrapping to the SDK for Python."""

import base64
import os

import attr
from aws_encryption_sdk.exceptions import DecryptKeyError
from aws_encryption_sdk.identifiers import Algorithm
from aws_encryption_sdk.key_providers.base import MasterKey, MasterKeyConfig
from aws_encryption_sdk.structures import DataKey, EncryptedDataKey, MasterKeyInfo
from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from context import serialise

# What follows the name in a slot's info: tag bits, nonce length, and the nonce itself.
TAIL = (128).to_bytes(4, "big") + (12).to_bytes(4, "big")


@attr.s(hash=True)
class LocalKeyConfig(MasterKeyConfig):
    """What a local key is called, and its bytes."""

    provider_id = None
    namespace = attr.ib(hash=True, default="")
    wrapping_key = attr.ib(hash=True, default=b"")


class LocalKey(MasterKey):
    """32 bytes that wrap data keys with AES-256-GCM, in the layout of the raw AES keyring."""

    provider_id = None
    _config_class = LocalKeyConfig

    def __new__(cls, **kwargs):
        """The namespace is the provider's id, which the base class wants to know first."""
        cls.provider_id = kwargs["config"].namespace
        instance = super().__new__(cls, **kwargs)
        instance.provider_id = kwargs["config"].namespace
        instance.cipher = AESGCM(kwargs["config"].wrapping_key)
        return instance

    def owns_data_key(self, data_key):
        """The info of a slot has the nonce behind the name."""
        info = data_key.key_provider
        same = info.provider_id == self.provider_id
        return same and info.key_info.startswith(self.key_id + TAIL) and len(
            info.key_info
        ) == len(self.key_id) + len(TAIL) + 12

    def master_keys_for_encryption(
        self, encryption_context, plaintext_rostream, plaintext_length=None
    ):
        """The base class would leave out the keys that were added."""
        return self, self._members

    def _generate_data_key(self, algorithm: Algorithm, encryption_context):
        key = os.urandom(algorithm.kdf_input_len)
        wrapped = self._wrap(key, encryption_context)
        return DataKey(wrapped.key_provider, key, wrapped.encrypted_data_key)

    def _encrypt_data_key(self, data_key, algorithm, encryption_context):
        return self._wrap(data_key.data_key, encryption_context)

    def _decrypt_data_key(self, encrypted_data_key, algorithm, encryption_context):
        info = encrypted_data_key.key_provider
        try:
            key = self.cipher.decrypt(
                info.key_info[-12:],
                encrypted_data_key.encrypted_data_key,
                serialise(encryption_context),
            )
        except InvalidTag as error:
            raise DecryptKeyError("the key or the context is another one") from error
        return DataKey(info, key, encrypted_data_key.encrypted_data_key)

    def _wrap(self, key, context):
        nonce = os.urandom(12)
        info = MasterKeyInfo(self.provider_id, self.key_id + TAIL + nonce)
        return EncryptedDataKey(info, self.cipher.encrypt(nonce, key, serialise(context)))


def local_key(key):
    """A master key out of a request's description of it."""
    config = LocalKeyConfig(
        key_id=key["name"].encode(),
        namespace=key["namespace"],
        wrapping_key=base64.b64decode(key["key"]),
    )
    return LocalKey(config=config)


def provider(keys):
    """One provider out of several keys: the first makes the data key, all of them wrap it."""
    first, *others = [local_key(key) for key in keys]
    for other in others:
        first.add_master_key_provider(other)
    return first
