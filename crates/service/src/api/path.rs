//! Which path and method lead to which operation.

use axum::Router;
use axum::routing::{delete, get, post};

use super::{
    alias, create, deletion, import_token, instance_policy, kmip, legacy_action, list, path_action,
    policy, read, refuse, registration, ring, serve, to,
};
use crate::problem::code;
use crate::service::Service;

/// All paths.
pub(crate) fn router() -> Router<Service> {
    Router::new()
        .nest(
            "/api/v2",
            keys()
                .merge(registrations())
                .merge(instance())
                .merge(kmip()),
        )
        .merge(crate::identity::endpoint::router())
        .merge(crate::identity::manage::router())
        .merge(crate::access::endpoint::router())
        .fallback(|request| refuse(request, code::ROUTE_MISSING))
        .method_not_allowed_fallback(|request| refuse(request, code::METHOD_NOT_ALLOWED))
}

fn keys() -> Router<Service> {
    Router::new()
        .route(
            "/keys",
            get(serve(to!(LIST, list::list)))
                .head(serve(to!(HEAD, list::count)))
                .post(serve(to!(CREATE, create::create))),
        )
        .route(
            "/keys_with_policy_overrides",
            post(serve(to!(
                CREATE_WITH_OVERRIDES,
                create::create_with_overrides
            ))),
        )
        .route(
            "/keys/{id}",
            get(serve(to!(READ, read::read)))
                .delete(serve(to!(DELETE, deletion::delete)))
                .patch(serve(to!(PATCH, ring::move_key)))
                .post(legacy_action),
        )
        .route(
            "/keys/{id}/metadata",
            get(serve(to!(METADATA, read::metadata))),
        )
        .route(
            "/keys/{id}/versions",
            get(serve(to!(VERSIONS, read::versions))),
        )
        .route(
            "/keys/{id}/restore",
            post(serve(to!(RESTORE, deletion::restore))),
        )
        .route(
            "/keys/{id}/purge",
            delete(serve(to!(PURGE, deletion::purge))),
        )
        .route(
            "/keys/{id}/policies",
            get(serve(to!(POLICY_READ, policy::read))).put(serve(to!(POLICY_WRITE, policy::write))),
        )
        .route("/keys/{id}/actions/{action}", post(path_action))
        .route(
            "/keys/{id}/aliases/{alias}",
            post(serve(to!(ALIAS_CREATE, alias::create)))
                .delete(serve(to!(ALIAS_DELETE, alias::remove))),
        )
}

fn registrations() -> Router<Service> {
    Router::new()
        .route(
            "/keys/registrations",
            get(serve(to!(REGISTRATION_LIST_ALL, registration::list_all))),
        )
        .route(
            "/keys/{id}/registrations",
            get(serve(to!(REGISTRATION_LIST, registration::list))),
        )
        .route(
            "/keys/{id}/registrations/{crn}",
            post(serve(to!(REGISTRATION_CREATE, registration::create)))
                .patch(serve(to!(REGISTRATION_MERGE, registration::merge)))
                .put(serve(to!(REGISTRATION_WRITE, registration::replace)))
                .delete(serve(to!(REGISTRATION_DELETE, registration::remove))),
        )
}

fn instance() -> Router<Service> {
    Router::new()
        .route("/key_rings", get(serve(to!(RING_LIST, ring::list))))
        .route(
            "/key_rings/{ring}",
            post(serve(to!(RING_CREATE, ring::create)))
                .delete(serve(to!(RING_DELETE, ring::remove))),
        )
        .route(
            "/instance/policies",
            get(serve(to!(INSTANCE_POLICY_READ, instance_policy::read)))
                .put(serve(to!(INSTANCE_POLICY_WRITE, instance_policy::write))),
        )
        .route(
            "/instance/allowed_ip_port",
            get(serve(to!(IP_PORT_READ, instance_policy::allowed_ip_port))),
        )
        .route(
            "/import_token",
            get(serve(to!(IMPORT_TOKEN_READ, import_token::read)))
                .post(serve(to!(IMPORT_TOKEN_CREATE, import_token::create))),
        )
}

fn kmip() -> Router<Service> {
    Router::new()
        .route(
            "/kmip_adapters",
            get(serve(to!(KMIP_LIST, kmip::list))).post(serve(to!(KMIP_CREATE, kmip::create))),
        )
        .route(
            "/kmip_adapters/{adapter}",
            get(serve(to!(KMIP_READ, kmip::read))).delete(serve(to!(KMIP_DELETE, kmip::remove))),
        )
        .route(
            "/kmip_adapters/{adapter}/kmip_objects",
            get(serve(to!(KMIP_LIST, kmip::list_objects))),
        )
        .route(
            "/kmip_adapters/{adapter}/kmip_objects/{object}",
            get(serve(to!(KMIP_READ, kmip::object))).delete(serve(to!(KMIP_DELETE, kmip::object))),
        )
        .route(
            "/kmip_adapters/{adapter}/certificates",
            get(serve(to!(KMIP_LIST, kmip::list_certificates)))
                .post(serve(to!(KMIP_CREATE, kmip::add_certificate))),
        )
        .route(
            "/kmip_adapters/{adapter}/certificates/{certificate}",
            get(serve(to!(KMIP_READ, kmip::read_certificate)))
                .delete(serve(to!(KMIP_DELETE, kmip::remove_certificate))),
        )
}
