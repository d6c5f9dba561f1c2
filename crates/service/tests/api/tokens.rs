//! API keys and tokens.

use base64ct::{Base64UrlUnpadded, Encoding};
use p256::ecdsa::signature::Verifier;
use p256::ecdsa::{Signature, VerifyingKey};
use serde_json::Value;

use crate::harness::{Bench, token};

const GRANT: &str = "grant_type=urn:ibm:params:oauth:grant-type:apikey";

#[tokio::test]
async fn a_token_has_three_parts_and_times_that_clients_read() {
    let bench = Bench::new().await;
    let parts: Vec<_> = bench.token.split('.').collect();
    assert_eq!(parts.len(), 3);
    let claims = Base64UrlUnpadded::decode_vec(parts[1]).unwrap();
    let claims: Value = serde_json::from_slice(&claims).unwrap();
    let (iat, exp) = (
        claims["iat"].as_i64().unwrap(),
        claims["exp"].as_i64().unwrap(),
    );
    assert_eq!(exp - iat, 3600);
    assert_eq!(claims["account"]["bss"], bench.service.account());
    assert!(claims["iam_id"].as_str().unwrap().starts_with("IBMid-"));
}

#[tokio::test]
async fn the_published_key_checks_the_token() {
    let bench = Bench::new().await;
    let keys = bench.bare("GET", "/identity/keys").send().await.ok(200);
    let key = &keys.json["keys"][0];
    let part = |name: &str| Base64UrlUnpadded::decode_vec(key[name].as_str().unwrap()).unwrap();
    let point = [vec![4], part("x"), part("y")].concat();
    let verifier = VerifyingKey::from_sec1_bytes(&point).unwrap();
    let (signed, signature) = bench.token.rsplit_once('.').unwrap();
    let signature = Base64UrlUnpadded::decode_vec(signature).unwrap();
    let signature = Signature::from_slice(&signature).unwrap();
    verifier.verify(signed.as_bytes(), &signature).unwrap();
    assert!(verifier.verify(b"something else", &signature).is_err());
}

#[tokio::test]
async fn both_paths_and_the_older_clients_form_give_tokens() {
    let bench = Bench::new().await;
    let form = format!(
        "uaa_client_id=cf&uaa_client_secret=&response_type=cloud_iam&{GRANT}&apikey={}",
        bench.api_key
    );
    for path in ["/identity/token", "/oidc/token"] {
        let ask = bench
            .bare("POST", path)
            .header("authorization", "Basic Yng6Yng=");
        let answer = ask.text(&form).send().await.ok(200);
        assert_eq!(answer.json["token_type"], "Bearer");
        assert_eq!(answer.json["expires_in"], 3600);
        assert_eq!(answer.json["scope"], "ibm openid");
        assert!(answer.json["expiration"].is_i64());
    }
}

#[tokio::test]
async fn a_refresh_token_buys_an_access_token_and_opens_nothing_itself() {
    let bench = Bench::new().await;
    let form = format!("{GRANT}&apikey={}", bench.api_key);
    let first = bench
        .bare("POST", "/identity/token")
        .text(&form)
        .send()
        .await
        .ok(200);
    let refresh = first.text("refresh_token");
    let form = format!("grant_type=refresh_token&refresh_token={refresh}");
    let second = bench
        .bare("POST", "/identity/token")
        .text(&form)
        .send()
        .await
        .ok(200);
    bench
        .ask_as(&second.text("access_token"), "GET", "/keys")
        .send()
        .await
        .ok(200);
    bench
        .ask_as(&refresh, "GET", "/keys")
        .send()
        .await
        .refused(401, "");
}

#[tokio::test]
async fn an_access_token_is_no_refresh_token() {
    let bench = Bench::new().await;
    let form = format!("grant_type=refresh_token&refresh_token={}", bench.token);
    let answer = bench
        .bare("POST", "/identity/token")
        .text(&form)
        .send()
        .await
        .ok(400);
    assert_eq!(answer.json["errorCode"], "BXNIM0408E");
}

#[tokio::test]
async fn unknown_keys_and_grants_are_refused_in_the_identity_services_form() {
    let bench = Bench::new().await;
    let mut other = bench.api_key.clone().into_bytes();
    other[20] = if other[20] == b'A' { b'B' } else { b'A' };
    let other = String::from_utf8(other).unwrap();
    for (form, code) in [
        (format!("{GRANT}&apikey={other}"), "BXNIM0415E"),
        (format!("{GRANT}&apikey="), "BXNIM0415E"),
        (GRANT.to_owned(), "BXNIM0415E"),
        (
            "grant_type=password&username=a&password=b".to_owned(),
            "BXNIM0136E",
        ),
        (format!("apikey={}", bench.api_key), "BXNIM0109E"),
        ("{\"grant_type\":1}".to_owned(), "BXNIM0109E"),
        (String::new(), "BXNIM0109E"),
        ("x".repeat(300_000), "BXNIM0109E"),
    ] {
        let answer = bench
            .bare("POST", "/identity/token")
            .text(&form)
            .send()
            .await
            .ok(400);
        assert_eq!(answer.json["errorCode"], code, "{form:.60}");
        assert!(answer.json["errorMessage"].is_string());
        assert!(answer.json["context"]["requestId"].is_string());
    }
}

#[tokio::test]
async fn a_token_ends_with_its_hour() {
    let bench = Bench::new().await;
    bench.clock.advance(3590);
    bench.ask("GET", "/keys").send().await.ok(200);
    bench.clock.advance(20);
    bench.ask("GET", "/keys").send().await.refused(401, "");
    let fresh = bench.fresh_token().await;
    bench.ask_as(&fresh, "GET", "/keys").send().await.ok(200);
}

#[tokio::test]
async fn a_token_of_another_service_is_refused() {
    let (bench, other) = (Bench::new().await, Bench::new().await);
    let token = token(&other.service, &other.api_key).await;
    bench
        .ask_as(&token, "GET", "/keys")
        .send()
        .await
        .refused(401, "");
}
