//! The Key Protect protocol as bytes.

use serde_json::{Value, json};
use tsutsumi::key_protect::{
    import_request, read_unwrap_reply, read_wrap_reply, unwrap_request, wrap_request,
};
use tsutsumi::{Code, Context, DataKey, Secret};
use wasm_bindgen_test::wasm_bindgen_test;

const KEY: &str = "AQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQEBAQE=";

#[wasm_bindgen_test]
fn a_wrap_request_carries_the_key_in_base64() {
    let key = DataKey::from_secret(Secret::from_slice(&[1; 32]).unwrap());
    let body = wrap_request(&key, &["a"]).unwrap();
    let value: Value = serde_json::from_slice(body.as_bytes()).unwrap();
    assert_eq!(value, json!({ "plaintext": KEY, "aad": ["a"] }));
}

#[wasm_bindgen_test]
fn a_wrap_reply_gives_ciphertext_and_version() {
    let wrapped = read_wrap_reply(br#"{"ciphertext":"c","keyVersion":{"id":"v"}}"#).unwrap();
    assert_eq!(
        (&*wrapped.ciphertext, wrapped.key_version.as_deref()),
        ("c", Some("v"))
    );
}

#[wasm_bindgen_test]
fn an_unwrap_request_carries_the_ciphertext() {
    let body = unwrap_request(b"c", &[]).unwrap();
    assert_eq!(body.as_bytes(), br#"{"ciphertext":"c"}"#);
}

#[wasm_bindgen_test]
fn an_unwrap_reply_gives_the_key() {
    let reply = format!(r#"{{"plaintext":"{KEY}","keyVersion":{{"id":"v"}}}}"#);
    let unwrapped = read_unwrap_reply(reply.as_bytes()).unwrap();
    assert_eq!(unwrapped.key.secret().as_bytes(), &[1; 32]);
}

#[wasm_bindgen_test]
fn replies_that_make_no_sense_are_refused() {
    for body in [
        "",
        "<html>",
        "{}",
        "[]",
        r#"{"plaintext":"AAAA"}"#,
        r#"{"plaintext":1}"#,
    ] {
        let error = read_unwrap_reply(body.as_bytes()).unwrap_err();
        assert_eq!(error.code(), Code::KmsProtocol, "{body}");
    }
}

#[wasm_bindgen_test]
fn an_import_request_carries_the_material() {
    let body = import_request(&[1; 32], "orders", &[]).unwrap();
    let value: Value = serde_json::from_slice(body.as_bytes()).unwrap();
    assert_eq!(value["resources"][0]["payload"], KEY);
}

#[wasm_bindgen_test]
fn a_context_becomes_one_string() {
    // SHA-384 of nothing, in base64url.
    let expected = "OLBgp1GsljhM2TJ-sbHjaiH9txEUvgdDTAzHv2P24donTt6_529l-9Ua0vFImLlb";
    assert_eq!(Context::default().digest(), expected);
}
