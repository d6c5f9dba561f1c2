// Generated from the core by `UPDATE=1 cargo test --test core_tables`; not to be edited.

/** Every stable code, the class that carries it, and what it means. */
export const CODES = {
  ERR_ARGUMENT: {
    className: "MisuseError",
    retryable: false,
    meaning: "An argument has the wrong type or value.",
  },
  ERR_STATE: {
    className: "MisuseError",
    retryable: false,
    meaning: "The object was disposed of, or is in no state for this call.",
  },
  ERR_LIMIT: {
    className: "MisuseError",
    retryable: false,
    meaning: "A length or count is over a limit.",
  },
  ERR_FORMAT_TRUNCATED: {
    className: "FormatError",
    retryable: false,
    meaning: "The bytes end too early.",
  },
  ERR_FORMAT_INVALID: {
    className: "FormatError",
    retryable: false,
    meaning: "The bytes break a rule of their format.",
  },
  ERR_FORMAT_VERSION: {
    className: "FormatError",
    retryable: false,
    meaning: "The bytes are of a format or version not known here.",
  },
  ERR_FORMAT_SUITE: {
    className: "FormatError",
    retryable: false,
    meaning: "The algorithm suite is not known here.",
  },
  ERR_OPEN_FAILED: {
    className: "OpenError",
    retryable: false,
    meaning: "The bytes were altered, or the key or the context is another one.",
  },
  ERR_POLICY_CONTEXT: {
    className: "PolicyError",
    retryable: false,
    meaning: "The context is not the one asked for, or not an allowed one.",
  },
  ERR_POLICY_SUITE: {
    className: "PolicyError",
    retryable: false,
    meaning: "The algorithm suite is not allowed by configuration.",
  },
  ERR_POLICY_KEY: {
    className: "PolicyError",
    retryable: false,
    meaning: "No slot belongs to a configured root key.",
  },
  ERR_KMS_UNAVAILABLE: {
    className: "KmsError",
    retryable: true,
    meaning: "The key service cannot be reached or is failing.",
  },
  ERR_KMS_TIMEOUT: {
    className: "KmsError",
    retryable: true,
    meaning: "The key service did not answer in time.",
  },
  ERR_KMS_THROTTLED: {
    className: "KmsError",
    retryable: true,
    meaning: "The key service asks to slow down.",
  },
  ERR_KMS_DENIED: {
    className: "KmsError",
    retryable: false,
    meaning: "The key service refuses the credentials or the permission.",
  },
  ERR_KMS_KEY_MISSING: {
    className: "KmsError",
    retryable: false,
    meaning: "The key service knows no such root key.",
  },
  ERR_KMS_KEY_STATE: {
    className: "KmsError",
    retryable: false,
    meaning: "The root key is disabled, deactivated or destroyed.",
  },
  ERR_KMS_PROTOCOL: {
    className: "KmsError",
    retryable: false,
    meaning: "The key service answered something that makes no sense.",
  },
  ERR_INTERNAL: {
    className: "InternalError",
    retryable: false,
    meaning: "A fault of Tsutsumi's own.",
  },
} as const;

/** What can go wrong in the core, by number. */
export const PROBLEMS = [
  {
    code: "ERR_STATE",
    message: "this object was disposed of",
    hint: "it holds no key any more; make a new one",
  },
  {
    code: "ERR_ARGUMENT",
    message: "a wrapping key has to have 32 bytes",
    hint: "",
  },
  {
    code: "ERR_ARGUMENT",
    message: "a name has to be valid UTF-8 text, not empty and not too long",
    hint: "",
  },
  {
    code: "ERR_ARGUMENT",
    message: "a namespace cannot begin with `aws-kms`",
    hint: "that name belongs to the key service of AWS; choose another one",
  },
  {
    code: "ERR_ARGUMENT",
    message: "a message has to have at least one slot",
    hint: "name at least one root key",
  },
  {
    code: "ERR_LIMIT",
    message: "too many slots",
    hint: "raise `limits.slots` if the message is to be trusted",
  },
  {
    code: "ERR_ARGUMENT",
    message: "a frame length is outside its limits",
    hint: "",
  },
  {
    code: "ERR_LIMIT",
    message: "the message is too long for its frame length",
    hint: "",
  },
  {
    code: "ERR_LIMIT",
    message: "the input is too long for one call",
    hint: "",
  },
  {
    code: "ERR_LIMIT",
    message: "the header is longer than allowed",
    hint: "raise `limits.headerBytes` if the message is to be trusted",
  },
  {
    code: "ERR_LIMIT",
    message: "the frames are longer than allowed",
    hint: "raise `limits.frameBytes` if the message is to be trusted",
  },
  {
    code: "ERR_LIMIT",
    message: "the context is over 65,535 bytes or 1,024 pairs",
    hint: "",
  },
  {
    code: "ERR_POLICY_CONTEXT",
    message: "a context key begins with `aws-crypto-`",
    hint: "that prefix is reserved by the message format",
  },
  {
    code: "ERR_POLICY_CONTEXT",
    message: "a context key is given twice",
    hint: "",
  },
  {
    code: "ERR_POLICY_CONTEXT",
    message: "the context of the message is not the one asked for",
    hint: "pass the context that was given to encrypt, key for key",
  },
  {
    code: "ERR_FORMAT_TRUNCATED",
    message: "the message ends inside its header",
    hint: "",
  },
  {
    code: "ERR_FORMAT_TRUNCATED",
    message: "the message ends before its final frame",
    hint: "what was read so far is authentic, but not the whole",
  },
  {
    code: "ERR_FORMAT_VERSION",
    message: "this is not a message of a version known here",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "this is a message as base64 text, not as bytes",
    hint: "decode the base64 first",
  },
  {
    code: "ERR_FORMAT_SUITE",
    message: "the algorithm suite is not known",
    hint: "",
  },
  {
    code: "ERR_POLICY_SUITE",
    message: "the algorithm suite does not commit to its key",
    hint: "messages of version 1 are not opened",
  },
  {
    code: "ERR_POLICY_SUITE",
    message: "the message is signed, and nothing here can check the signature",
    hint: "only suite 0x0478 is opened",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "the context is malformed",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "a slot is malformed",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "the message has no slot",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "the content type or the frame length is invalid",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "the public key in the context does not go with the suite",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "a frame is out of order",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "the final frame is longer than a frame",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "the message has too many frames",
    hint: "",
  },
  {
    code: "ERR_FORMAT_INVALID",
    message: "bytes follow the end of the message",
    hint: "",
  },
  {
    code: "ERR_OPEN_FAILED",
    message: "opening failed",
    hint: "",
  },
  {
    code: "ERR_POLICY_KEY",
    message: "the slot belongs to another key",
    hint: "",
  },
  {
    code: "ERR_STATE",
    message: "the message is already finished",
    hint: "",
  },
  {
    code: "ERR_KMS_PROTOCOL",
    message: "the key service sent an empty reply",
    hint: "",
  },
  {
    code: "ERR_KMS_PROTOCOL",
    message: "the reply of the key service is not JSON",
    hint: "check that the address is that of the key service",
  },
  {
    code: "ERR_KMS_PROTOCOL",
    message: "the reply of the key service lacks a field or has a wrong one",
    hint: "",
  },
  {
    code: "ERR_KMS_PROTOCOL",
    message: "the key service returned something that is no data key",
    hint: "",
  },
  {
    code: "ERR_KMS_PROTOCOL",
    message: "the reply of the key service is too long",
    hint: "",
  },
  {
    code: "ERR_INTERNAL",
    message: "the platform gives no randomness",
    hint: "",
  },
  {
    code: "ERR_INTERNAL",
    message: "the boundary to the core was used wrongly",
    hint: "",
  },
  {
    code: "ERR_ARGUMENT",
    message: "root key material has to have 16, 24 or 32 bytes",
    hint: "",
  },
  {
    code: "ERR_LIMIT",
    message: "additional authenticated data is over the limits of the key service",
    hint: "",
  },
  {
    code: "ERR_OPEN_FAILED",
    message: "opening failed",
    hint: "",
  },
] as const;

/** The parts of a message header, by number. */
export const PARTS = [
  "version",
  "algorithm suite",
  "message id",
  "context length",
  "context pair count",
  "context key length",
  "context key",
  "context value length",
  "context value",
  "slot count",
  "slot provider length",
  "slot provider",
  "slot info length",
  "slot info",
  "slot wrapped key length",
  "slot wrapped key",
  "content type",
  "frame length",
  "key commitment",
  "header tag",
] as const;

/** The algorithm suites, by number. */
export const SUITES = {
  1144: "AES-256-GCM, HKDF-SHA-512, key commitment",
  1400: "AES-256-GCM, HKDF-SHA-512, key commitment, ECDSA P-384",
} as const;
