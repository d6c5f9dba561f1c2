//! The table of refusal codes: each with its status and its usual message.

use axum::http::StatusCode;

/// A stable code, the status it is answered with, and its usual message.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Code {
    pub(crate) name: &'static str,
    pub(crate) status: StatusCode,
    pub(crate) message: &'static str,
}

macro_rules! codes {
    ($($ident:ident = $status:ident $name:literal $message:literal;)*) => {
        $(pub(crate) const $ident: Code = Code {
            name: $name,
            status: StatusCode::$status,
            message: $message,
        };)*

        #[cfg(test)]
        const ALL: &[Code] = &[$($ident),*];
    };
}

codes! {
    ACTION_INVALID_STATE = CONFLICT "KEY_ACTION_INVALID_STATE_ERR"
        "Key is not in a valid state";
    ALIAS_NOT_UNIQUE = CONFLICT "KEY_ALIAS_NOT_UNIQUE_ERR"
        "One or more aliases are already associated with a key in the instance";
    ALIAS_QUOTA = CONFLICT "KEY_ALIAS_QUOTA_ERR"
        "The key already has the maximum number of aliases";
    BAD_BODY = BAD_REQUEST "BAD_BODY_ERR"
        "The JSON provided in the body of the request is invalid";
    BEARER = BAD_REQUEST "BEARER_SUB_EXTRACTION_ERR"
        "The provided BEARER token is invalid or malformed";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "BODY_TOO_LARGE_ERR"
        "The body of the request is too large";
    BUSY = SERVICE_UNAVAILABLE "BUSY_ERR"
        "The resource is being changed by other requests: Please try again";
    INCOMPLETE_METADATA = INTERNAL_SERVER_ERROR "INCOMPLETE_METADATA_ERR"
        "The stored record is damaged";
    INVALID_FIELD = BAD_REQUEST "INVALID_FIELD_ERR"
        "A field is invalid";
    INVALID_QUERY = BAD_REQUEST "INVALID_QUERY_PARAM_ERR"
        "A query parameter is invalid";
    KEY_DELETED = GONE "KEY_DELETED_ERR"
        "Key has already been deleted: Please delete references to this key";
    KEY_MISSING = NOT_FOUND "KEY_NOT_FOUND_ERR"
        "Key does not exist";
    KEY_PAYLOAD_REQUIRED = BAD_REQUEST "KEY_PAYLOAD_REQ_ERR"
        "This root key was created with user-supplied key material: Key material is required to \
         perform a 'rotate' action";
    KEY_ROOT_REQUIRED = BAD_REQUEST "KEY_ROOT_REQ_ERR"
        "Requested action can only be completed with a root key";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "METHOD_NOT_ALLOWED_ERR"
        "The path does not allow this method";
    NO_BODY = BAD_REQUEST "NO_BODY_ERR"
        "The request has no body";
    REQ_TOO_EARLY = CONFLICT "REQ_TOO_EARLY_ERR"
        "The request came too early";
    RING_MISSING = NOT_FOUND "KEY_RING_NOT_FOUND_ERR"
        "Key ring does not exist";
    ROTATION_NOT_PERMITTED = CONFLICT "KEY_ROTATION_NOT_PERMITTED"
        "This root key has been rotated within the last hour: Only one 'rotate' action per hour \
         is permitted";
    ROUTE_MISSING = NOT_FOUND "ROUTE_NOT_FOUND_ERR"
        "The path does not exist";
    STORE_UNAVAILABLE = SERVICE_UNAVAILABLE "STORE_UNAVAILABLE_ERR"
        "The service cannot reach its storage: Please try again";
    UNPROCESSABLE_CIPHERTEXT = UNPROCESSABLE_ENTITY "UNPROCESSABLE_CIPHERTEXT_ERR"
        "The provided ciphertext is invalid or corrupted";
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::*;

    #[test]
    fn no_code_is_there_twice() {
        let names: BTreeSet<_> = ALL.iter().map(|code| code.name).collect();
        assert_eq!(names.len(), ALL.len());
    }
}
