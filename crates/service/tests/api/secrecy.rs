//! Nothing secret is stored, logged or printed in the clear.

use std::io::Write;
use std::sync::{Arc, Mutex};

use base64ct::{Base64, Encoding};
use serde_json::json;

use crate::harness::{Bench, collection};

const MATERIAL: &[u8; 32] = b"this-is-the-root-key-material-00";

fn contains(haystack: &[u8], needle: &[u8]) -> bool {
    haystack
        .windows(needle.len())
        .any(|window| window == needle)
}

/// Imports a root key whose material is known, and a standard key with the same payload.
async fn import(bench: &Bench) -> String {
    let payload = Base64::encode_string(MATERIAL);
    let standard = json!({"name": "standard", "extractable": true, "payload": payload});
    bench.create(standard).await;
    bench
        .create(json!({"name": "root", "extractable": false, "payload": payload}))
        .await
}

fn assert_secret_free(bytes: &[u8], bench: &Bench) {
    let master = bench.master.as_bytes();
    for secret in [
        MATERIAL.to_vec(),
        Base64::encode_string(MATERIAL).into_bytes(),
        master.to_vec(),
        Base64::encode_string(master).into_bytes(),
        bench.api_key.clone().into_bytes(),
    ] {
        assert!(
            !contains(bytes, &secret),
            "{}",
            String::from_utf8_lossy(&secret)
        );
    }
}

#[tokio::test]
async fn what_is_stored_holds_no_material_and_no_api_key() {
    let bench = Bench::new().await;
    import(&bench).await;
    let dump = bench.memory.dump();
    assert!(contains(&dump, b"standard"), "the dump holds the keys");
    assert_secret_free(&dump, &bench);
    assert_secret_free(&bench.service.snapshot(&bench.memory).unwrap(), &bench);
}

#[tokio::test]
async fn debug_shows_nothing() {
    let bench = Bench::new().await;
    import(&bench).await;
    let text = format!("{:?}", bench.service);
    assert!(text.contains(bench.service.instance()));
    assert_secret_free(text.as_bytes(), &bench);
}

#[derive(Clone, Default)]
struct Log(Arc<Mutex<Vec<u8>>>);

impl Write for Log {
    fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().extend_from_slice(bytes);
        Ok(bytes.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

#[tokio::test]
async fn the_log_tells_of_calls_and_holds_no_secret() {
    let log = Log::default();
    let writer = log.clone();
    let subscriber = tracing_subscriber::fmt()
        .with_max_level(tracing::Level::TRACE)
        .with_writer(move || writer.clone())
        .finish();
    // For the whole process: other tests log into it too, which hides nothing from this one
    tracing::subscriber::set_global_default(subscriber).unwrap();
    let bench = Bench::new().await;
    let key = import(&bench).await;
    let wrapped = bench
        .act(&key, "wrap", &json!({"plaintext": "c2VjcmV0IGRhdGEga2V5"}))
        .await;
    bench
        .act(
            &key,
            "unwrap",
            &json!({"ciphertext": wrapped.json["ciphertext"]}),
        )
        .await
        .ok(200);
    let payload = Base64::encode_string(MATERIAL);
    let bad = collection(json!({"name": "x", "extractable": false, "payload": payload}));
    bench
        .ask("POST", "/keys")
        .json(&bad)
        .send()
        .await
        .refused(400, "INVALID_FIELD_ERR");
    let text = log.0.lock().unwrap().clone();
    assert!(
        contains(&text, b"kms.secrets.wrap"),
        "the log tells of the wrap"
    );
    assert_secret_free(&text, &bench);
    assert!(!contains(&text, b"c2VjcmV0IGRhdGEga2V5"));
    assert!(!contains(&text, bench.token.as_bytes()));
}
