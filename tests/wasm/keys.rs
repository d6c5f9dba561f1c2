//! Secrets, data keys, wrapping keys and contexts.

use tsutsumi::aead::Xaes256Gcm;
use tsutsumi::{Code, Context, DataKey, Problem, Secret, WrappingKey, random};
use wasm_bindgen_test::wasm_bindgen_test;

fn wrapping_key(fill: u8) -> WrappingKey {
    WrappingKey::new(
        "browser",
        "key 1",
        &Secret::from_slice(&[fill; 32]).unwrap(),
    )
    .unwrap()
}

#[wasm_bindgen_test]
fn data_keys_are_drawn_anew() {
    let keys: Vec<_> = (0..100).map(|_| DataKey::generate().unwrap()).collect();
    for (position, key) in keys.iter().enumerate() {
        assert!(key.secret().as_bytes().iter().any(|byte| *byte != 0));
        assert!(
            keys[..position]
                .iter()
                .all(|other| other.secret() != key.secret())
        );
    }
}

#[wasm_bindgen_test]
fn more_randomness_than_one_call_gives_is_drawn() {
    // `getRandomValues` gives 65,536 bytes at most.
    let mut bytes = vec![0; 200_000];
    random(&mut bytes).unwrap();
    assert!(
        bytes
            .chunks(1000)
            .all(|chunk| chunk.iter().any(|byte| *byte != 0))
    );
}

#[wasm_bindgen_test]
fn secrets_print_their_length_only() {
    let key = DataKey::generate().unwrap();
    assert_eq!(format!("{key:?}"), "DataKey(Secret(32))");
    assert_eq!(
        format!("{:?}", wrapping_key(1)),
        r#"WrappingKey("browser", "key 1")"#
    );
}

#[wasm_bindgen_test]
fn a_data_key_is_wrapped_and_unwrapped() {
    let context = Context::new([("tenant", "acme")]).unwrap();
    let key = DataKey::generate().unwrap();
    let slot = wrapping_key(1).wrap(&key, &context).unwrap();
    let unwrapped = wrapping_key(1).unwrap(&slot, &context).unwrap();
    assert_eq!(unwrapped.secret(), key.secret());
}

#[wasm_bindgen_test]
fn wrapping_twice_gives_two_slots() {
    let key = DataKey::generate().unwrap();
    let wrap = || wrapping_key(1).wrap(&key, &Context::default()).unwrap();
    assert_ne!(wrap(), wrap());
}

#[wasm_bindgen_test]
fn another_wrapping_key_does_not_unwrap() {
    let context = Context::default();
    let slot = wrapping_key(1)
        .wrap(&DataKey::generate().unwrap(), &context)
        .unwrap();
    let error = wrapping_key(2).unwrap(&slot, &context).unwrap_err();
    assert_eq!(error.code(), Code::OpenFailed);
}

#[wasm_bindgen_test]
fn another_context_does_not_unwrap() {
    let slot = wrapping_key(1)
        .wrap(&DataKey::generate().unwrap(), &Context::default())
        .unwrap();
    let other = Context::new([("a", "b")]).unwrap();
    let error = wrapping_key(1).unwrap(&slot, &other).unwrap_err();
    assert_eq!(error.code(), Code::OpenFailed);
}

#[wasm_bindgen_test]
fn a_slot_of_another_name_is_foreign() {
    let secret = Secret::generate().unwrap();
    let context = Context::default();
    let one = WrappingKey::new("browser", "one", &secret).unwrap();
    let two = WrappingKey::new("browser", "two", &secret).unwrap();
    let slot = one.wrap(&DataKey::generate().unwrap(), &context).unwrap();
    assert!(!two.owns(&slot));
    assert_eq!(
        two.unwrap(&slot, &context).unwrap_err().code(),
        Code::PolicyKey
    );
}

#[wasm_bindgen_test]
fn an_altered_slot_does_not_unwrap() {
    let context = Context::default();
    let slot = wrapping_key(1)
        .wrap(&DataKey::generate().unwrap(), &context)
        .unwrap();
    for byte in 0..slot.ciphertext.len() {
        let mut altered = slot.clone();
        altered.ciphertext[byte] ^= 0x80;
        assert!(wrapping_key(1).unwrap(&altered, &context).is_err());
    }
}

#[wasm_bindgen_test]
fn namespaces_of_aws_are_refused() {
    let error = WrappingKey::new("aws-kms", "k", &Secret::generate().unwrap()).unwrap_err();
    assert_eq!(error.problem(), Problem::ProviderReserved);
}

#[wasm_bindgen_test]
fn contexts_are_sorted_by_bytes() {
    let context = Context::new([("\u{10000}", "2"), ("\u{FFFD}", "1")]).unwrap();
    assert_eq!(context.iter().next(), Some(("\u{FFFD}", "1")));
}

#[wasm_bindgen_test]
fn contexts_over_their_limits_are_refused() {
    let long = "x".repeat(65_536);
    assert_eq!(Context::new([("a", long)]).unwrap_err().code(), Code::Limit);
    let many = (0..1025).map(|number| (number.to_string(), ""));
    assert_eq!(Context::new(many).unwrap_err().code(), Code::Limit);
    assert_eq!(
        Context::new([("aws-crypto-a", "")]).unwrap_err().code(),
        Code::PolicyContext
    );
}

// C2SP XAES-256-GCM, the second vector of the specification.
#[wasm_bindgen_test]
fn xaes_opens_the_published_vector() {
    let sealed = b"ABCDEFGHIJKLMNOPQRSTUVWX\
        \x98\x6e\xc1\x83\x25\x93\xdf\x54\x43\xa1\x79\x43\x7f\xd0\x83\xbf\
        \x3f\xdb\x41\xab\xd7\x40\xa2\x1f\x71\xeb\x76\x9d";
    let cipher = Xaes256Gcm::new(&Secret::from_slice(&[3; 32]).unwrap());
    let opened = cipher.open(b"c2sp.org/XAES-256-GCM", sealed).unwrap();
    assert_eq!(opened.as_bytes(), b"XAES-256-GCM");
    assert!(cipher.open(b"c2sp.org/XAES-256-GCN", sealed).is_err());
}

#[wasm_bindgen_test]
fn xaes_opens_what_it_sealed() {
    let cipher = Xaes256Gcm::new(&Secret::generate().unwrap());
    let sealed = cipher.seal(b"row", b"value").unwrap();
    assert_eq!(sealed.len(), 5 + Xaes256Gcm::OVERHEAD);
    assert_eq!(cipher.open(b"row", &sealed).unwrap().as_bytes(), b"value");
}
