//! Writes the client and the server of the service from the list of its methods.

use tonic_build::manual::{Builder, Method, Service};

const CODEC: &str = "tonic_prost::ProstCodec";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let method = |name: &str, route: &str| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type(format!("crate::{route}Request"))
            .output_type(format!("crate::{route}Response"))
            .codec_path(CODEC)
            .build()
    };
    let service = Service::builder()
        .name("KeyManagementService")
        .package("v2")
        .method(method("status", "Status"))
        .method(method("encrypt", "Encrypt"))
        .method(method("decrypt", "Decrypt"))
        .build();
    Builder::new().build_transport(false).compile(&[service]);
}
