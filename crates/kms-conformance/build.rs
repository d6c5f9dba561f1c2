//! Writes the client of etcd's store from the list of the methods in use.

use tonic_build::manual::{Builder, Method, Service};

const CODEC: &str = "tonic_prost::ProstCodec";

fn main() {
    println!("cargo:rerun-if-changed=build.rs");
    let method = |name: &str, route: &str| {
        Method::builder()
            .name(name)
            .route_name(route)
            .input_type(format!("crate::etcd::{route}Request"))
            .output_type(format!("crate::etcd::{route}Response"))
            .codec_path(CODEC)
            .build()
    };
    let service = Service::builder()
        .name("KV")
        .package("etcdserverpb")
        .method(method("range", "Range"))
        .method(method("put", "Put"))
        .build();
    Builder::new()
        .build_transport(false)
        .build_server(false)
        .compile(&[service]);
}
