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
    AUTHORIZATIONS_NOT_MET = CONFLICT "AUTHORIZATIONS_NOT_MET"
        "Number of authorizations required to delete is not met";
    BAD_BODY = BAD_REQUEST "BAD_BODY_ERR"
        "The JSON provided in the body of the request is invalid";
    BEARER = BAD_REQUEST "BEARER_SUB_EXTRACTION_ERR"
        "The provided BEARER token is invalid or malformed";
    BODY_QUERY_MISMATCH = BAD_REQUEST "BODY_QUERY_PARAM_MISMATCH_ERR"
        "The policy type in the body does not match the `policy` query parameter";
    BODY_TOO_LARGE = PAYLOAD_TOO_LARGE "BODY_TOO_LARGE_ERR"
        "The body of the request is too large";
    BUSY = SERVICE_UNAVAILABLE "BUSY_ERR"
        "The resource is being changed by other requests: Please try again";
    COLLECTION_TOTAL = BAD_REQUEST "COLLECTION_TOTAL_MISMATCH_ERR"
        "`collectionTotal` does not match the number of resources";
    CREATE_IMPORT_ACCESS = CONFLICT "KEY_CREATE_IMPORT_ACCESS_ERR"
        "KeyCreateImportAccess instance policy does not allow this action";
    IMPORT_TOKEN_EXPIRED = CONFLICT "IMPORT_TOKEN_EXPIRED_ERR"
        "The key import token has expired";
    IMPORT_TOKEN_MISSING = NOT_FOUND "IMPORT_TOKEN_NOT_FOUND_ERR"
        "The instance has no import token";
    INCOMPLETE_METADATA = INTERNAL_SERVER_ERROR "INCOMPLETE_METADATA_ERR"
        "The stored record is damaged";
    INCORRECT_NONCE = BAD_REQUEST "INCORRECT_NONCE_ERR"
        "The decrypted nonce does not match the nonce of the import token";
    INCORRECT_NONCE_IV = BAD_REQUEST "INCORRECT_NONCE_IV_ERR"
        "The encrypted nonce cannot be decrypted with the IV provided";
    INVALID_FIELD = BAD_REQUEST "INVALID_FIELD_ERR"
        "A field is invalid";
    INVALID_QUERY = BAD_REQUEST "INVALID_QUERY_PARAM_ERR"
        "A query parameter is invalid";
    KEY_DELETED = GONE "KEY_DELETED_ERR"
        "Key has already been deleted: Please delete references to this key";
    KEY_EXPIRED = BAD_REQUEST "KEY_EXPIRED_ERR"
        "The key has expired and cannot be restored";
    KEY_MISSING = NOT_FOUND "KEY_NOT_FOUND_ERR"
        "Key does not exist";
    KEY_PAYLOAD_REQUIRED = BAD_REQUEST "KEY_PAYLOAD_REQ_ERR"
        "This root key was created with user-supplied key material: Key material is required to \
         perform a 'rotate' action";
    KEY_RESTORE_EXPIRED = BAD_REQUEST "KEY_RESTORE_EXPIRED"
        "The restoration period for the key has expired";
    KEY_ROOT_REQUIRED = BAD_REQUEST "KEY_ROOT_REQ_ERR"
        "Requested action can only be completed with a root key";
    KEY_USAGE_LIMIT = CONFLICT "KEY_USAGE_LIMIT_ERR"
        "The current version of the root key has wrapped as many data keys as one version may: \
         Please rotate the key";
    KEY_VERSION_INVALID = UNPROCESSABLE_ENTITY "KEY_VERSION_INVALID"
        "The key version is not newer than the registered one";
    KMIP_ADAPTER_DUPLICATE = CONFLICT "KMIP_ADAPTER_DUPLICATE_NAME_ERR"
        "A KMIP adapter of this name exists already";
    KMIP_ADAPTER_MISSING = NOT_FOUND "KMIP_ADAPTER_NOT_FOUND_ERR"
        "The KMIP adapter does not exist";
    KMIP_ADAPTER_QUOTA = CONFLICT "KMIP_ADAPTER_QUOTA_ERR"
        "The instance already has the maximum number of KMIP adapters";
    KMIP_CERT_DUPLICATE = CONFLICT "KMIP_CERT_DUPLICATE_ERR"
        "The certificate is in use already";
    KMIP_CERT_DUPLICATE_NAME = CONFLICT "KMIP_CERT_DUPLICATE_NAME_ERR"
        "A certificate of this name exists already";
    KMIP_CERT_MISSING = NOT_FOUND "KMIP_CERT_NOT_FOUND_ERR"
        "The certificate does not exist";
    KMIP_CERT_QUOTA = CONFLICT "KMIP_CERT_QUOTA_ERR"
        "The adapter already has the maximum number of certificates";
    KMIP_OBJECT_MISSING = NOT_FOUND "KMIP_OBJECT_NOT_FOUND_ERR"
        "The KMIP object does not exist";
    METHOD_NOT_ALLOWED = METHOD_NOT_ALLOWED "METHOD_NOT_ALLOWED_ERR"
        "The path does not allow this method";
    NOT_DUAL_AUTH = CONFLICT "NOT_DUAL_AUTH_ERR"
        "The key is not dual auth enabled and cannot be set for deletion";
    NO_BODY = BAD_REQUEST "NO_BODY_ERR"
        "The request has no body";
    NUM_RESOURCES = BAD_REQUEST "NUM_COLLECTION_RESOURCE_ERR"
        "The number of resources is not allowed here";
    PRECONDITION = PRECONDITION_FAILED "PRECONDITION_FAILED_ERR"
        "The `If-Match` header does not match the registration";
    PREVENTED = CONFLICT "PREV_KEY_DEL_ERR"
        "The key cannot be deleted because it's protecting a cloud resource that has a \
         retention policy";
    PROTECTED = CONFLICT "PROTECTED_RESOURCE_ERR"
        "Key is protecting one or more cloud resources";
    RATE_LIMIT = TOO_MANY_REQUESTS "RATE_LIMIT_ERR"
        "Too many requests with this credential: Please try again later";
    REGISTRATION_EXISTS = CONFLICT "REGISTRATION_EXISTS_ERR"
        "The resource is already registered with this key";
    REGISTRATION_KEY_STATE = UNPROCESSABLE_ENTITY "KEY_INVALID_STATE_ERR"
        "The key is not in a state that allows registrations";
    REGISTRATION_MISSING = NOT_FOUND "REGISTRATION_NOT_FOUND_ERR"
        "The registration does not exist";
    REGISTRATION_ROOT_REQUIRED = UNPROCESSABLE_ENTITY "KEY_ROOT_REQ_REG_ERR"
        "Only root keys can be registered with cloud resources";
    REQ_TOO_EARLY = CONFLICT "REQ_TOO_EARLY_ERR"
        "The request came too early";
    RESOURCE_OWNER = FORBIDDEN "RESOURCE_OWNER_ERR"
        "Only the service that owns the resource may do this";
    RING_EXISTS = CONFLICT "KEY_RING_EXISTS_ERR"
        "The key ring already exists";
    RING_MISSING = NOT_FOUND "KEY_RING_NOT_FOUND_ERR"
        "Key ring does not exist";
    RING_NOT_EMPTY = CONFLICT "KEY_RING_NOT_EMPTY_ERR"
        "The key ring is not empty";
    RING_QUOTA = CONFLICT "KEY_RING_QUOTA_ERR"
        "The instance already has the maximum number of key rings";
    ROTATION_NOT_PERMITTED = CONFLICT "KEY_ROTATION_NOT_PERMITTED"
        "This root key has been rotated within the last hour: Only one 'rotate' action per hour \
         is permitted";
    ROUTE_MISSING = NOT_FOUND "ROUTE_NOT_FOUND_ERR"
        "The path does not exist";
    SEARCH_TOO_BROAD = BAD_REQUEST "KEY_SEARCH_TOO_BROAD"
        "The instance has more than 5000 keys to search: Please narrow the search";
    SERVICE_ONLY = FORBIDDEN "SERVICE_ONLY_ERR"
        "Only a service may do this";
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
