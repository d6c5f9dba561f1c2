//! Every error of the core, in one table that both languages share.
//!
//! [`Code`] says whose fault it is and is what a program switches on; [`Problem`] says what went
//! wrong and carries the sentence a person reads. `js/src/error-table.ts` is generated from here,
//! so that the wasm module need not carry a single message: an error crosses the boundary as one
//! number.

use core::fmt;

/// What went wrong, where known at which byte of the input.
///
/// Small, `Copy`, and free of any value of the caller's: it can be logged as it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Error {
    problem: Problem,
    offset: u64,
}

impl Error {
    /// What went wrong.
    #[must_use]
    pub const fn problem(self) -> Problem {
        self.problem
    }

    /// The stable code a program switches on.
    #[must_use]
    pub const fn code(self) -> Code {
        self.problem.code()
    }

    /// Offset of the byte at which the input stopped making sense; 0 where that has no meaning.
    #[must_use]
    pub const fn offset(self) -> u64 {
        self.offset
    }

    pub(crate) const fn at(problem: Problem, offset: usize) -> Self {
        Self {
            problem,
            offset: offset as u64,
        }
    }
}

impl From<Problem> for Error {
    fn from(problem: Problem) -> Self {
        Self { problem, offset: 0 }
    }
}

impl fmt::Display for Error {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.problem.message())?;
        if self.offset > 0 {
            write!(f, " at byte {}", self.offset)?;
        }
        Ok(())
    }
}

impl core::error::Error for Error {}

/// Whose fault an error is; the name of the class that JavaScript throws.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub enum Class {
    /// The bytes are not in the format they should be in: `FormatError`.
    Format,
    /// Ours: `InternalError`.
    Internal,
    /// The key service's: `KmsError`.
    Kms,
    /// The caller's: `MisuseError`.
    Misuse,
    /// The bytes were altered, or the key or the context is another one: `OpenError`.
    Open,
    /// The request was refused by configuration: `PolicyError`.
    Policy,
}

impl Class {
    /// Name of the JavaScript class.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Format => "FormatError",
            Self::Internal => "InternalError",
            Self::Kms => "KmsError",
            Self::Misuse => "MisuseError",
            Self::Open => "OpenError",
            Self::Policy => "PolicyError",
        }
    }
}

macro_rules! codes {
    ($($variant:ident $class:ident $name:literal $retryable:literal $doc:literal)*) => {
        /// The stable codes. One is never renamed, and never reused.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[non_exhaustive]
        pub enum Code { $(#[doc = $doc] $variant,)* }

        impl Code {
            /// Every code, in the order of the documentation.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The code as written in JavaScript and in the documentation.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$variant => $name,)* }
            }

            /// Whose fault it is.
            #[must_use]
            pub const fn class(self) -> Class {
                match self { $(Self::$variant => Class::$class,)* }
            }

            /// Whether the same call may succeed when made again.
            #[must_use]
            pub const fn retryable(self) -> bool {
                match self { $(Self::$variant => $retryable,)* }
            }

            /// What the code means, in one sentence.
            #[must_use]
            pub const fn meaning(self) -> &'static str {
                match self { $(Self::$variant => $doc,)* }
            }
        }
    };
}

codes! {
    Argument Misuse "ERR_ARGUMENT" false "An argument has the wrong type or value."
    State Misuse "ERR_STATE" false "The object was disposed of, or is in no state for this call."
    Limit Misuse "ERR_LIMIT" false "A length or count is over a limit."
    FormatTruncated Format "ERR_FORMAT_TRUNCATED" false "The bytes end too early."
    FormatInvalid Format "ERR_FORMAT_INVALID" false "The bytes break a rule of their format."
    FormatVersion Format "ERR_FORMAT_VERSION" false "The bytes are of an unknown format or version."
    FormatSuite Format "ERR_FORMAT_SUITE" false "The algorithm suite is not known here."
    OpenFailed Open "ERR_OPEN_FAILED" false "The bytes were altered, or key or context is another."
    PolicyContext Policy "ERR_POLICY_CONTEXT" false "The context is not the expected one."
    PolicySuite Policy "ERR_POLICY_SUITE" false "The algorithm suite is not allowed."
    PolicyKey Policy "ERR_POLICY_KEY" false "No slot or record belongs to a configured key."
    KmsUnavailable Kms "ERR_KMS_UNAVAILABLE" true "The key service cannot be reached or is failing."
    KmsTimeout Kms "ERR_KMS_TIMEOUT" true "The key service did not answer in time."
    KmsThrottled Kms "ERR_KMS_THROTTLED" true "The key service asks to slow down."
    KmsDenied Kms "ERR_KMS_DENIED" false "The key service refuses the caller."
    KmsKeyMissing Kms "ERR_KMS_KEY_MISSING" false "The key service knows no such root key."
    KmsKeyState Kms "ERR_KMS_KEY_STATE" false "The root key is disabled, deactivated or destroyed."
    KmsProtocol Kms "ERR_KMS_PROTOCOL" false "The key service's answer makes no sense."
    Internal Internal "ERR_INTERNAL" false "A fault of Tsutsumi's own."
}

macro_rules! problems {
    ($($variant:ident = $number:literal $code:ident $message:literal $hint:literal)*) => {
        /// What went wrong, one entry for each thing that can.
        ///
        /// The numbers cross the wasm boundary; they are internal and may change between versions.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        #[repr(u8)]
        #[non_exhaustive]
        pub enum Problem { $(#[doc = $message] $variant = $number,)* }

        impl Problem {
            /// How many, from the first on, the core module can report; the words of the others
            /// are loaded with the module of all formats.
            pub const CORE: usize = 49;

            /// Every problem, by number.
            pub const ALL: &[Self] = &[$(Self::$variant,)*];

            /// The stable code a program switches on.
            #[must_use]
            pub const fn code(self) -> Code {
                match self { $(Self::$variant => Code::$code,)* }
            }

            /// The sentence for a person: lower case, no full stop, nothing of the caller's in it.
            #[must_use]
            pub const fn message(self) -> &'static str {
                match self { $(Self::$variant => $message,)* }
            }

            /// What to do about it; empty where there is nothing to say.
            #[must_use]
            pub const fn hint(self) -> &'static str {
                match self { $(Self::$variant => $hint,)* }
            }
        }
    };
}

problems! {
    HandleUnknown = 0 State "this object was disposed of"
        "it holds no key any more; make a new one"
    KeyLength = 1 Argument "a wrapping key has to have 32 bytes" ""
    NameInvalid = 2 Argument "a name has to be valid UTF-8 text, not empty and not too long" ""
    ProviderReserved = 3 Argument "a namespace cannot begin with `aws-kms`"
        "that name belongs to the key service of AWS; choose another one"
    SlotCount = 4 Argument "a message has to have at least one slot"
        "name at least one root key"
    SlotsTooMany = 5 Limit "too many slots"
        "raise `limits.slots` if the message is to be trusted"
    FrameLength = 6 Argument "a frame length is outside its limits" ""
    MessageTooLong = 7 Limit "the message is too long for its frame length" ""
    InputTooLong = 8 Limit "the input is too long for one call" ""
    HeaderTooLong = 9 Limit "the header is longer than allowed"
        "raise `limits.headerBytes` if the message is to be trusted"
    FrameTooLong = 10 Limit "the frames are longer than allowed"
        "raise `limits.frameBytes` if the message is to be trusted"
    ContextTooLong = 11 Limit "the context is over 65,535 bytes or 1,024 pairs" ""
    ContextReserved = 12 PolicyContext "a context key begins with `aws-crypto-`"
        "that prefix is reserved by the message format"
    ContextDuplicate = 13 PolicyContext "a context key is given twice" ""
    ContextMismatch = 14 PolicyContext "the context of the message is not the one asked for"
        "pass the context that was given to encrypt, key for key"
    HeaderTruncated = 15 FormatTruncated "the message ends inside its header" ""
    BodyTruncated = 16 FormatTruncated "the message ends before its final frame"
        "what was read so far is authentic, but not the whole"
    NotAMessage = 17 FormatVersion "this is not a message of a version known here" ""
    Base64Text = 18 FormatInvalid "this is a message as base64 text, not as bytes"
        "decode the base64 first"
    SuiteUnknown = 19 FormatSuite "the algorithm suite is not known" ""
    SuiteUncommitted = 20 PolicySuite "the algorithm suite does not commit to its key"
        "allow it by `commitment` if its writer is to be trusted"
    SuiteSigned = 21 PolicySuite "the message is signed, and nothing here can check the signature"
        "the module with all formats can"
    ContextMalformed = 22 FormatInvalid "the context is malformed" ""
    SlotMalformed = 23 FormatInvalid "a slot is malformed" ""
    SlotsNone = 24 FormatInvalid "the message has no slot" ""
    ContentType = 25 FormatInvalid "the content type or the frame length is invalid" ""
    SignatureContext = 26 FormatInvalid "the public key in the context does not fit the suite" ""
    FrameOrder = 27 FormatInvalid "a frame is out of order" ""
    FrameFinalLength = 28 FormatInvalid "the final frame is longer than a frame" ""
    FramesTooMany = 29 FormatInvalid "the message has too many frames" ""
    TrailingBytes = 30 FormatInvalid "bytes follow the end of the message" ""
    OpenFailed = 31 OpenFailed "opening failed" ""
    SlotForeign = 32 PolicyKey "the slot belongs to another key" ""
    Finished = 33 State "the message is already finished" ""
    ReplyEmpty = 34 KmsProtocol "the key service sent an empty reply" ""
    ReplyNotJson = 35 KmsProtocol "the reply of the key service is not JSON"
        "check that the address is that of the key service"
    ReplyField = 36 KmsProtocol "the reply of the key service lacks a field or has a wrong one" ""
    ReplyKeyLength = 37 KmsProtocol "the key service returned something that is no data key" ""
    ReplyTooLong = 38 KmsProtocol "the reply of the key service is too long" ""
    RandomUnavailable = 39 Internal "the platform gives no randomness" ""
    Boundary = 40 Internal "the boundary to the core was used wrongly" ""
    MaterialLength = 41 Argument "root key material has to have 16, 24 or 32 bytes" ""
    AadTooLong = 42 Limit "additional authenticated data is over the limits of the key service" ""
    SignatureInvalid = 43 OpenFailed "opening failed" ""
    ObjectTruncated = 44 FormatTruncated "no object ends here" ""
    ObjectTooLong = 45 Limit "the object has too many chunks" ""
    RangeInvalid = 46 Argument "the range is not within the object" ""
    SuiteUnderived = 47 PolicySuite "the algorithm suite uses the data key as it is"
        "allow it by `keyDerivation` if the message is very old"
    KeyShort = 48 Argument "the data key is one of a message of version 1" ""
    RangeSuite = 49 PolicySuite "ranges are read of unsigned messages in frames only" ""
    RecordTruncated = 50 FormatTruncated "the bytes are too short for a record" ""
    RecordVersion = 51 FormatVersion "this is not a record of a kind known here" ""
    RecordText = 52 FormatInvalid "the record is not base64url text" ""
    RecordTooLong = 53 Limit "the value is too long for a record" "encrypt it into a message"
    RecordKeyMissing = 54 PolicyKey "the table has no key of the record's id"
        "the key may be newer than this copy of the table: open the stored one again"
    RecordKeyDisabled = 55 PolicyKey "the key of the record is disabled in the table" ""
    RecordKeyDestroyed = 56 PolicyKey "the key of the record was destroyed" ""
    RecordKeyAmbiguous = 57 PolicyKey "the record names no key, and several could be meant" ""
    TableMalformed = 58 FormatInvalid "the key table is malformed" ""
    TableTooLong = 59 Limit "the key table has too many keys or bytes" ""
    TableKeyTwice = 60 FormatInvalid "the key table has two keys of one id" ""
    TablePrimary = 61 FormatInvalid "the primary key of the table is missing or not enabled" ""
    TableKeyType = 62 FormatSuite "the key is of a type that is not known here" ""
    TableKeyUnknown = 63 Argument "the table has no key of this id" ""
    TableKeyPrimary = 64 State "the primary key can be neither disabled nor destroyed"
        "rotate the table, or make another key the primary one"
    TableKeyState = 65 State "the status of the key does not allow this" ""
    TableKeyOpensOnly = 66 PolicySuite "the primary key is one that only opens records"
        "rotate the table: its new key is of XAES-256-GCM"
    NotATable = 67 PolicyContext "the context of the message does not name a key table" ""
    StoredSlotMalformed = 68 FormatInvalid "the kept slot is malformed" ""
    StoredSlotVersion = 69 FormatVersion "the kept slot is not of a version known here" ""
    StoredSlotContext = 70 PolicyContext "the kept slot is bound to another context"
        "pass the context that was given when it was made"
    StoredSlotsDiffer = 71 FormatInvalid "the kept slots are of different data keys" ""
    StoredSlotsTooMany = 72 Limit "too many kept slots" ""
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn numbers_are_positions_in_the_table() {
        for (position, problem) in Problem::ALL.iter().enumerate() {
            assert_eq!(position, *problem as usize);
        }
    }

    #[test]
    fn messages_are_lower_case_and_have_no_full_stop() {
        for problem in Problem::ALL {
            let message = problem.message();
            assert!(
                message.starts_with(|c: char| c.is_ascii_lowercase()),
                "{message}"
            );
            assert!(!message.ends_with('.'), "{message}");
        }
    }

    #[test]
    fn a_failed_open_says_one_constant_thing() {
        let opens = Problem::ALL.iter().filter(|p| p.code() == Code::OpenFailed);
        assert!(opens.clone().count() > 0);
        for problem in opens {
            assert_eq!((problem.message(), problem.hint()), ("opening failed", ""));
        }
    }
}
