"""Kept slots: section 7."""

import base64
import hashlib
import hmac
import json
import re

from reader.core import Refused, refuse, write_context
from reader.message import unwrap

REQUIRED = {"v", "provider", "rootKey", "wrapped", "aad", "created", "fingerprint"}
TEXTS = REQUIRED - {"v", "aad"} | {"rootKeyVersion"}


def base64url(data):
    """Without padding."""
    return base64.urlsafe_b64encode(data).decode().rstrip("=")


def is_word(text):
    """Whether bytes are written as the text that they are."""
    return re.fullmatch(r"[\x21-\x7e]+", text) and not text.startswith("base64:")


def decode(text):
    """The bytes that a member stands for."""
    if not text.startswith("base64:"):
        refuse("FORMAT_INVALID", not is_word(text))
        return text.encode()
    encoded = text.removeprefix("base64:")
    refuse("FORMAT_INVALID", not re.fullmatch(r"[A-Za-z0-9+/]*={0,2}", encoded))
    data = base64.b64decode(encoded)
    canonical = base64.b64encode(data).decode() == encoded
    refuse("FORMAT_INVALID", not canonical or is_word(data.decode("latin-1")))
    return data


def members(pairs):
    """An object of JSON in which no name is twice."""
    refuse("FORMAT_INVALID", len(dict(pairs)) != len(pairs))
    return dict(pairs)


def read_slot(found):
    """One slot of a list."""
    refuse("FORMAT_INVALID", not isinstance(found, dict))
    refuse("FORMAT_INVALID", set(found) - REQUIRED - {"rootKeyVersion"})
    texts = [found[name] for name in TEXTS if name in found]
    refuse("FORMAT_INVALID", any(not isinstance(text, str) for text in texts))
    refuse("FORMAT_INVALID", type(found.get("v", 1)) is not int)
    refuse("FORMAT_VERSION", found.get("v") != 1)
    refuse("FORMAT_INVALID", REQUIRED - set(found))
    slot = {name: decode(found[name]) for name in ("rootKey", "wrapped")}
    aad = found["aad"]
    refuse("FORMAT_INVALID", not isinstance(aad, list) or len(aad) != 1)
    forms = [
        (aad[0], r"[A-Za-z0-9_-]{64}"),
        (found["fingerprint"], r"[A-Za-z0-9_-]{43}"),
        (found["created"], r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ"),
    ]
    refuse("FORMAT_INVALID", any(not re.fullmatch(form, text) for text, form in forms))
    refuse("FORMAT_INVALID", found["provider"] == "" or slot["wrapped"] == b"")
    return {**found, **slot, "aad": aad[0]}


def read_slots(text):
    """A list of slots."""
    refuse("LIMIT", len(text) > 1 << 20)
    try:
        found = json.loads(text, object_pairs_hook=members)
    except ValueError as error:
        raise Refused("ERR_FORMAT_INVALID") from error
    refuse("FORMAT_INVALID", not isinstance(found, list) or not found)
    refuse("LIMIT", len(found) > 16)
    slots = [read_slot(slot) for slot in found]
    refuse("FORMAT_INVALID", len({slot["fingerprint"] for slot in slots}) > 1)
    return slots


def open_slots(test, file):
    """Section 7, of a vector."""
    context = test["context"]
    digest = base64url(hashlib.sha384(write_context(context)).digest())
    slots = read_slots(test["slots"])
    refuse("POLICY_CONTEXT", any(slot["aad"] != digest for slot in slots))
    entries = [(slot["provider"], slot["rootKey"], slot["wrapped"]) for slot in slots]
    key = unwrap({"slots": entries, "context": context}, file["keys"][0])
    label = b"tsutsumi slot fingerprint v1\x01"
    found = base64url(hmac.digest(key, label, "sha512")[:32])
    refuse("OPEN_FAILED", not hmac.compare_digest(found, slots[0]["fingerprint"]))
    refuse("OPEN_FAILED", key.hex() != test["dataKey"])
    return b""
