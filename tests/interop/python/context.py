"""The context as bytes, as wrapping keys authenticate it."""


def serialise(pairs):
    """Nothing for no pairs; else their count and the pairs by the UTF-8 bytes of their keys."""
    if not pairs:
        return b""
    encoded = sorted((key.encode(), value.encode()) for key, value in pairs.items())
    parts = [len(encoded).to_bytes(2, "big")]
    for pair in encoded:
        for text in pair:
            parts += [len(text).to_bytes(2, "big"), text]
    return b"".join(parts)
