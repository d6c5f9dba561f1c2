"""Drives the service with the PyPI package keyprotect 2.3.1. Argument: the service's ready line."""

import json
import sys

import keyprotect
from keyprotect import bxauth

ready = json.load(open(sys.argv[1]))
client = keyprotect.Client(
    credentials=bxauth.TokenManager(api_key=ready["apiKey"], iam_endpoint=ready["url"]),
    service_instance_id=ready["instance"],
    endpoint_url=ready["url"],
)
passed = failed = 0


def check(name, holds):
    global passed, failed
    if holds:
        passed += 1
    else:
        failed += 1
        print(f"FAILED: {name}")


def refused(name, code, call):
    try:
        call()
    except Exception as error:  # each client version has an error class of its own
        check(name, code in str(error))
    else:
        check(name, False)


key = client.create_key(name="root", root=True)
check("create returns a root key", key["extractable"] is False and key["state"] == 1)
check("list finds it", [k["id"] for k in client.list_keys()] == [key["id"]])
check("get reads it", client.get_key(key["id"])["name"] == "root")
wrapped = client.wrap(key["id"], b"secret", aad=["a", "b"])
check(
    "unwrap gives back what was wrapped",
    client.unwrap(key["id"], wrapped["ciphertext"], aad=["a", "b"]) == b"secret",
)
refused(
    "unwrap refuses another aad",
    "INVALID_FIELD_ERR",
    lambda: client.unwrap(key["id"], wrapped["ciphertext"], aad=["b", "a"]),
)
made = client.wrap(key["id"], b"")
check("wrap makes a data key", len(made["plaintext"]) == 44)
client.create_key_alias(key["id"], "orders")
check("an alias stands for the id", client.get_key("orders")["id"] == key["id"])
client.rotate_key(key["id"])
rewrapped = client.rewrap(key["id"], wrapped["ciphertext"], aad=["a", "b"])
check(
    "rewrap names both versions",
    rewrapped["keyVersion"]["id"] == key["id"]
    and rewrapped["rewrappedKeyVersion"]["id"] != key["id"],
)
check(
    "a rewrapped key unwraps",
    client.unwrap("orders", rewrapped["ciphertext"], aad=["a", "b"]) == b"secret",
)
refused("rotate is once an hour", "KEY_ROTATION_NOT_PERMITTED", lambda: client.rotate_key(key["id"]))
imported = client.create_key(name="byok", payload=b"0123456789abcdef", root=True)
check("an imported root key says so", imported["imported"] is True)
standard = client.create_key(name="standard", payload=b"any secret", root=False)
check("a standard key shows its payload", client.get_key(standard["id"])["payload"] is not None)
client.create_key_ring("ring")
rings = [ring["id"] for ring in client.get_key_rings()["resources"]]
check("key rings are listed", rings == ["default", "ring"])
client.delete_key_ring("ring")
client.set_key_rotation_policy(key["id"], 3)
policies = client.get_key_policies(key["id"])
check("a policy is kept", "interval_month" in json.dumps(policies))
client.set_instance_metrics_policy(True)
check("an instance policy is kept", "metrics" in json.dumps(client.get_instance_policies()))
token = client.create_import_token(expiration=300, max_allowed_retrievals=2)
check("an import token is made", token["remainingRetrievals"] == 2)
check("an import token is read", "payload" in client.get_import_token())
check("registrations are listed", "registration" in json.dumps(client.get_registrations()))
client.disable_key(key["id"])
refused(
    "a disabled key does not wrap",
    "KEY_ACTION_INVALID_STATE_ERR",
    lambda: client.wrap(key["id"], b"secret"),
)
client.delete_key(standard["id"])
refused("a key is deleted once", "KEY_DELETED_ERR", lambda: client.delete_key(standard["id"]))
refused("an unknown key is not found", "KEY_NOT_FOUND_ERR", lambda: client.get_key("nothing"))

print(f"keyprotect-2.3.1: {passed} passed, {failed} failed")
sys.exit(1 if failed or not passed else 0)
