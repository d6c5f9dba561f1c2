//! Which path and method lead to which operation: one table, from which the router and the OpenAPI
//! document are made.

use axum::Router;
use axum::routing::{MethodFilter, on, post};

use super::{
    Route, activity, alias, create, deletion, import_token, instance_policy, kmip, legacy_action,
    list, path_action, policy, read, refuse::refuse, registration, ring, serve, to,
};
use crate::problem::code;
use crate::service::Service;

/// Where the key API begins.
pub(crate) const BASE: &str = "/api/v2";

/// One method of one path.
pub(crate) struct Entry {
    pub(crate) method: &'static str,
    /// Below [`BASE`].
    pub(crate) path: &'static str,
    pub(super) route: Route,
    pub(crate) io: Io,
}

/// What goes in and comes out, for the OpenAPI document.
#[derive(Clone, Copy)]
pub(crate) struct Io {
    /// The names of the query parameters.
    pub(crate) query: &'static str,
    /// The schema of the body; empty if there is none.
    pub(crate) body: &'static str,
    /// The statuses of success, each with its schema; empty for no body.
    pub(crate) replies: &'static [(u16, &'static str)],
}

impl Entry {
    /// What the entry does.
    pub(crate) const fn operation(&self) -> &'static crate::operation::Operation {
        self.route.operation
    }
}

macro_rules! table {
    ($($method:ident $path:literal $operation:ident $handler:path,
        $query:literal, $body:literal, $replies:expr;)*) => {
        &[$(Entry {
            method: stringify!($method),
            path: $path,
            route: to!($operation, $handler),
            io: Io { query: $query, body: $body, replies: $replies },
        }),*]
    };
}

/// Every method of every path but the actions on a key, which have a table of their own.
#[rustfmt::skip] // one entry, two lines
pub(crate) const TABLE: &[Entry] = table! {
    GET "/keys" LIST list::list,
        "limit offset state extractable search sort filter", "", &[(200, "KeyCollection")];
    HEAD "/keys" HEAD list::count,
        "state extractable filter", "", &[(200, "")];
    POST "/keys" CREATE create::create,
        "", "CreateBody", &[(201, "KeyCollection")];
    POST "/keys_with_policy_overrides" CREATE_WITH_OVERRIDES create::create_with_overrides,
        "", "CreateBody", &[(201, "KeyCollection")];
    GET "/keys/{id}" READ read::read,
        "", "", &[(200, "KeyCollection")];
    PATCH "/keys/{id}" PATCH ring::move_key,
        "", "PatchBody", &[(200, "KeyCollection")];
    DELETE "/keys/{id}" DELETE deletion::delete,
        "force", "", &[(200, "KeyCollection"), (204, "")];
    GET "/keys/{id}/metadata" METADATA read::metadata,
        "", "", &[(200, "KeyCollection")];
    GET "/keys/{id}/versions" VERSIONS read::versions,
        "limit offset totalCount allKeyStates", "", &[(200, "VersionCollection")];
    POST "/keys/{id}/restore" RESTORE deletion::restore,
        "", "", &[(201, "KeyCollection")];
    DELETE "/keys/{id}/purge" PURGE deletion::purge,
        "", "", &[(200, "KeyCollection"), (204, "")];
    GET "/keys/{id}/policies" POLICY_READ policy::read,
        "policy", "", &[(200, "PolicyCollection")];
    PUT "/keys/{id}/policies" POLICY_WRITE policy::write,
        "policy", "PolicyBody", &[(200, "PolicyCollection")];
    POST "/keys/{id}/aliases/{alias}" ALIAS_CREATE alias::create,
        "", "", &[(201, "AliasCollection")];
    DELETE "/keys/{id}/aliases/{alias}" ALIAS_DELETE alias::remove,
        "", "", &[(204, "")];
    GET "/keys/registrations" REGISTRATION_LIST_ALL registration::list_all,
        "limit offset totalCount preventKeyDeletion urlEncodedResourceCRNQuery", "",
        &[(200, "RegistrationCollection")];
    GET "/keys/{id}/registrations" REGISTRATION_LIST registration::list,
        "limit offset totalCount preventKeyDeletion urlEncodedResourceCRNQuery", "",
        &[(200, "RegistrationCollection")];
    POST "/keys/{id}/registrations" REGISTRATION_WRITE registration::act,
        "action", "ResourceBody", &[(204, "")];
    POST "/keys/{id}/registrations/{crn}" REGISTRATION_CREATE registration::create,
        "", "RegistrationBody", &[(201, "RegistrationCollection")];
    PATCH "/keys/{id}/registrations/{crn}" REGISTRATION_MERGE registration::merge,
        "", "RegistrationBody", &[(200, "RegistrationCollection")];
    PUT "/keys/{id}/registrations/{crn}" REGISTRATION_WRITE registration::replace,
        "", "RegistrationBody", &[(200, "RegistrationCollection")];
    DELETE "/keys/{id}/registrations/{crn}" REGISTRATION_DELETE registration::remove,
        "", "", &[(200, "RegistrationCollection"), (204, "")];
    GET "/key_rings" RING_LIST ring::list,
        "limit offset totalCount", "", &[(200, "RingCollection")];
    POST "/key_rings/{ring}" RING_CREATE ring::create,
        "", "", &[(201, "")];
    DELETE "/key_rings/{ring}" RING_DELETE ring::remove,
        "force", "", &[(204, "")];
    GET "/instance/activity" ACTIVITY_LIST activity::list,
        "from to key after limit", "", &[(200, "EventCollection")];
    GET "/instance/policies" INSTANCE_POLICY_READ instance_policy::read,
        "policy", "", &[(200, "InstancePolicyCollection")];
    PUT "/instance/policies" INSTANCE_POLICY_WRITE instance_policy::write,
        "policy", "InstancePolicyBody", &[(204, "")];
    GET "/instance/allowed_ip_port" IP_PORT_READ instance_policy::allowed_ip_port,
        "", "", &[(200, "AllowedIpPort")];
    GET "/import_token" IMPORT_TOKEN_READ import_token::read,
        "", "", &[(200, "ImportToken")];
    POST "/import_token" IMPORT_TOKEN_CREATE import_token::create,
        "", "ImportTokenBody", &[(200, "ImportToken")];
    GET "/kmip_adapters" KMIP_LIST kmip::list,
        "limit offset totalCount crk_id", "", &[(200, "KmipAdapterCollection")];
    POST "/kmip_adapters" KMIP_CREATE kmip::create,
        "", "KmipAdapterBody", &[(201, "KmipAdapterCollection")];
    GET "/kmip_adapters/{adapter}" KMIP_READ kmip::read,
        "", "", &[(200, "KmipAdapterCollection")];
    DELETE "/kmip_adapters/{adapter}" KMIP_DELETE kmip::remove,
        "", "", &[(204, "")];
    GET "/kmip_adapters/{adapter}/kmip_objects" KMIP_LIST kmip::list_objects,
        "limit offset totalCount state", "", &[(200, "KmipObjectCollection")];
    GET "/kmip_adapters/{adapter}/kmip_objects/{object}" KMIP_READ kmip::object,
        "", "", &[];
    DELETE "/kmip_adapters/{adapter}/kmip_objects/{object}" KMIP_DELETE kmip::object,
        "force", "", &[];
    GET "/kmip_adapters/{adapter}/certificates" KMIP_LIST kmip::list_certificates,
        "limit offset totalCount", "", &[(200, "KmipCertificateCollection")];
    POST "/kmip_adapters/{adapter}/certificates" KMIP_CREATE kmip::add_certificate,
        "", "KmipCertificateBody", &[(201, "KmipCertificateCollection")];
    GET "/kmip_adapters/{adapter}/certificates/{certificate}" KMIP_READ kmip::read_certificate,
        "", "", &[(200, "KmipCertificateCollection")];
    DELETE "/kmip_adapters/{adapter}/certificates/{certificate}" KMIP_DELETE
        kmip::remove_certificate,
        "", "", &[(204, "")];
};

/// All paths.
pub(crate) fn router() -> Router<Service> {
    // Whole paths: below a nest, a request does not show the URI that was asked for
    let at = |path: &str| format!("{BASE}{path}");
    let mut keys = Router::new()
        .route(&at("/keys/{id}"), post(legacy_action))
        .route(&at("/keys/{id}/actions/{action}"), post(path_action));
    for Entry {
        method,
        path,
        route,
        ..
    } in TABLE
    {
        keys = keys.route(&at(path), on(filter(method), serve(*route)));
    }
    let router = keys
        .merge(crate::health::router())
        .merge(crate::identity::endpoint::router())
        .merge(crate::identity::manage::router())
        .merge(crate::access::endpoint::router())
        .merge(crate::openapi::router());
    router
        .fallback(|service, request| refuse(service, request, code::ROUTE_MISSING))
        .method_not_allowed_fallback(|service, request| {
            refuse(service, request, code::METHOD_NOT_ALLOWED)
        })
}

fn filter(method: &str) -> MethodFilter {
    match method {
        "DELETE" => MethodFilter::DELETE,
        "HEAD" => MethodFilter::HEAD,
        "PATCH" => MethodFilter::PATCH,
        "POST" => MethodFilter::POST,
        "PUT" => MethodFilter::PUT,
        _ => MethodFilter::GET,
    }
}
