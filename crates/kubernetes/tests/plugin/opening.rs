//! What is encrypted is decrypted, and nothing else is.

use tonic::Code;
use tsutsumi_kms_api::EncryptResponse;
use tsutsumi_kubernetes::ANNOTATION;

use crate::bench::{Bench, no_annotations};

const SEED: [u8; 32] = [7; 32];

#[tokio::test]
async fn both_ways_open_what_either_made() {
    let bench = Bench::new().await;
    let (direct, local) = (bench.plugin(false).await, bench.plugin(true).await);
    let (one, two) = (
        direct.encrypt(&SEED).await.unwrap(),
        local.encrypt(&SEED).await.unwrap(),
    );
    assert!(one.annotations.is_empty());
    assert_eq!(two.annotations.len(), 1);
    assert_eq!(one.key_id, two.key_id);
    assert_eq!(one.key_id, direct.status().await.unwrap().key_id);
    for plugin in [&direct, &local] {
        assert_eq!(plugin.decrypt(&one).await.unwrap(), SEED);
        assert_eq!(plugin.decrypt(&two).await.unwrap(), SEED);
    }
    for sealed in [&one, &two] {
        assert!(!sealed.ciphertext.windows(8).any(|part| part == &SEED[..8]));
        assert!(sealed.ciphertext.len() <= 1024);
    }
}

#[tokio::test]
async fn values_of_any_length_up_to_the_limit_are_encrypted() {
    let bench = Bench::new().await;
    let plugin = bench.plugin(false).await;
    for len in [1, 16, 31, 33, 64, 900] {
        let value = vec![9; len];
        let sealed = plugin.encrypt(&value).await.unwrap();
        assert_eq!(plugin.decrypt(&sealed).await.unwrap(), value);
    }
    for value in [vec![], vec![9; 1000], vec![9; 20_000]] {
        let refused = plugin.encrypt(&value).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{}", value.len());
    }
}

#[tokio::test]
async fn another_cluster_or_provider_or_root_key_opens_nothing() {
    let bench = Bench::new().await;
    let other_key = bench.another_key().await;
    for local in [false, true] {
        let plugin = bench.plugin(local).await;
        let sealed = plugin.encrypt(&SEED).await.unwrap();
        for (cluster, provider) in [("other", "tsutsumi"), ("cluster", "other")] {
            let stranger = bench.start(cluster, provider, local);
            let refused = stranger.decrypt(&sealed).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            assert!(refused.message().contains("another cluster"), "{refused}");
        }
        let stranger = bench.start_with(other_key.clone(), "cluster", "tsutsumi", local);
        let refused = stranger.decrypt(&sealed).await.unwrap_err();
        assert!(refused.message().contains(&bench.root_key.id), "{refused}");
        assert!(refused.message().contains(&other_key.id), "{refused}");
        let renamed = EncryptResponse {
            key_id: other_key.key_id(&other_key.id),
            ..sealed
        };
        let refused = stranger.decrypt(&renamed).await.unwrap_err();
        assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
    }
}

#[tokio::test]
async fn what_is_altered_is_refused_and_says_nothing_of_the_seed() {
    let bench = Bench::new().await;
    for local in [false, true] {
        let plugin = bench.plugin(local).await;
        let sealed = plugin.encrypt(&SEED).await.unwrap();
        let mut wrong = Vec::new();
        for at in (0..sealed.ciphertext.len()).step_by(7) {
            let mut altered = sealed.clone();
            altered.ciphertext[at] ^= 4;
            wrong.push(altered);
        }
        let with_key_id = |key_id: &str| EncryptResponse {
            key_id: key_id.to_owned(),
            ..sealed.clone()
        };
        wrong.extend(["", "x", "x/y"].map(with_key_id));
        wrong.push(with_key_id(&bench.root_key.key_id("a-version-to-come")));
        wrong.push(EncryptResponse {
            ciphertext: vec![],
            ..sealed.clone()
        });
        wrong.push(EncryptResponse {
            ciphertext: vec![0; 5000],
            ..sealed.clone()
        });
        let mut annotated = sealed.clone();
        annotated
            .annotations
            .insert("other.example".into(), vec![1]);
        wrong.push(annotated);
        let mut annotated = sealed.clone();
        annotated
            .annotations
            .insert(ANNOTATION.into(), vec![b'x'; 40_000]);
        wrong.push(annotated);
        if local {
            wrong.push(EncryptResponse {
                annotations: no_annotations(),
                ..sealed.clone()
            });
        }
        for altered in wrong {
            let refused = plugin.decrypt(&altered).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument, "{refused}");
            assert!(refused.message().len() < 300, "{refused}");
        }
        assert_eq!(plugin.decrypt(&sealed).await.unwrap(), SEED);
    }
}

#[tokio::test]
async fn a_seed_and_a_local_kek_do_not_pass_for_each_other() {
    let bench = Bench::new().await;
    let (direct, local) = (bench.plugin(false).await, bench.plugin(true).await);
    let sealed = local.encrypt(&SEED).await.unwrap();
    let kek_as_seed = EncryptResponse {
        ciphertext: sealed.annotations[ANNOTATION].clone(),
        annotations: no_annotations(),
        ..sealed.clone()
    };
    let refused = direct.decrypt(&kek_as_seed).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
    let mut seed_as_kek = sealed;
    let wrapped_seed = direct.encrypt(&SEED).await.unwrap().ciphertext;
    seed_as_kek
        .annotations
        .insert(ANNOTATION.into(), wrapped_seed);
    let refused = local.decrypt(&seed_as_kek).await.unwrap_err();
    assert_eq!(refused.code(), Code::InvalidArgument);
}
