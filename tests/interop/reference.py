"""A second reader of the vectors in tests/vectors, written from src/manual/format.md alone.

It stands on the primitives of the package `cryptography` and on nothing else of ours or of others.
With `--control` every vector is altered, and has to be found wrong.
"""

import base64
import hashlib
import json
import pathlib
import sys

from reader.core import Refused
from reader.message import open_message
from reader.object import open_object
from reader.slot import open_slots
from reader.table import open_record, open_table

FOLDER = pathlib.Path(__file__).parent.parent / "vectors"
READERS = {
    "message": open_message,
    "object": open_object,
    "table": open_table,
    "record": open_record,
    "slot": open_slots,
}


def matches(test, file):
    """Whether a vector comes out as it says."""
    try:
        plaintext = READERS[file["format"]](test, file)
    except Refused as refused:
        return str(refused) == test["expect"]
    if test["expect"] != "ok":
        return False
    if "plaintextSha256" not in test:
        return plaintext == base64.b64decode(test.get("plaintext", ""))
    same = hashlib.sha256(plaintext).hexdigest() == test["plaintextSha256"]
    return same and len(plaintext) == test["plaintextLength"]


def altered(test):
    """A good vector said to be bad, or the other way round."""
    return {**test, "expect": "ERR_OPEN_FAILED" if test["expect"] == "ok" else "ok"}


def main():
    """Reads every file whose format is known here; prints counts."""
    control = "--control" in sys.argv[1:]
    failed = 0
    for path in sorted(FOLDER.glob("*.json")):
        file = json.loads(path.read_text())
        if file.get("format") not in READERS:
            print(f"{path.name}: of others, not read here")
            continue
        tests = [altered(test) for test in file["tests"]] if control else file["tests"]
        wrong = [test["name"] for test in tests if matches(test, file) == control]
        for name in wrong:
            print(f"{path.name}: {name} came out wrongly")
        failed += len(wrong)
        name = path.stem + ("-control" if control else "")
        print(f"{name}: {len(tests) - len(wrong)} passed, {len(wrong)} failed")
    sys.exit(failed > 0)


main()
