"""Keyrings of the material providers library."""

import base64

import boto3
from aws_cryptographic_material_providers.mpl import AwsCryptographicMaterialProviders
from aws_cryptographic_material_providers.mpl.config import MaterialProvidersConfig
from aws_cryptographic_material_providers.mpl.models import (
    AesWrappingAlg,
    CreateAwsKmsKeyringInput,
    CreateDefaultCryptographicMaterialsManagerInput,
    CreateMultiKeyringInput,
    CreateRawAesKeyringInput,
    CreateRequiredEncryptionContextCMMInput,
)

import key_protect

LIBRARY = AwsCryptographicMaterialProviders(config=MaterialProvidersConfig())


def raw_aes(key):
    """The library's own keyring over 32 bytes."""
    return LIBRARY.create_raw_aes_keyring(
        CreateRawAesKeyringInput(
            key_namespace=key["namespace"],
            key_name=key["name"],
            wrapping_key=base64.b64decode(key["key"]),
            wrapping_alg=AesWrappingAlg.ALG_AES256_GCM_IV12_TAG16,
        )
    )


def aws_kms(key):
    """The library's own keyring over a key of AWS KMS."""
    client = boto3.client(
        "kms",
        endpoint_url=key["url"],
        region_name=key["region"],
        aws_access_key_id="tests",
        aws_secret_access_key="tests",
    )
    return LIBRARY.create_aws_kms_keyring(
        CreateAwsKmsKeyringInput(kms_key_id=key["arn"], kms_client=client)
    )


MAKERS = {"raw": raw_aes, "aws-kms": aws_kms, "key-protect": key_protect.Keyring}


def made_of(key):
    """The keyring that a description asks for."""
    return MAKERS[key["kind"]](key)


def all_of(keyrings):
    """One keyring out of several: the first makes the data key, all of them wrap it."""
    if len(keyrings) == 1:
        return keyrings[0]
    return LIBRARY.create_multi_keyring(
        CreateMultiKeyringInput(generator=keyrings[0], child_keyrings=keyrings[1:])
    )


def leaving_out(names, keyring):
    """A materials manager over a keyring that does not have pairs of these names stored."""
    return LIBRARY.create_required_encryption_context_cmm(
        CreateRequiredEncryptionContextCMMInput(
            underlying_cmm=LIBRARY.create_default_cryptographic_materials_manager(
                CreateDefaultCryptographicMaterialsManagerInput(keyring=keyring)
            ),
            required_encryption_context_keys=names,
        )
    )
