//! Rotation of the root key, and its end.

use std::time::Duration;

use tonic::Code;
use tsutsumi_kms_api::EncryptResponse;

use crate::bench::{Bench, within};

const SEED: [u8; 32] = [7; 32];

#[tokio::test]
async fn a_rotation_flips_the_key_id_and_old_seeds_stay_readable() {
    let bench = Bench::new().await;
    for local in [false, true] {
        let plugin = bench.plugin(local).await;
        let old = plugin.encrypt(&SEED).await.unwrap();
        // Tokens end meanwhile, which the plugin has to notice too.
        bench.clock.advance(3601);
        bench.act("rotate").await;
        let flipped = || plugin.memory.status().0.as_deref() != Some(&*old.key_id);
        within(Duration::from_secs(3), flipped).await;
        let new = plugin.encrypt(&SEED).await.unwrap();
        assert_eq!(new.key_id, plugin.status().await.unwrap().key_id);
        assert_ne!(new.key_id, old.key_id);
        assert_eq!(plugin.decrypt(&old).await.unwrap(), SEED);
        assert_eq!(plugin.decrypt(&new).await.unwrap(), SEED);
        for (sealed, key_id) in [(&old, &new.key_id), (&new, &old.key_id)] {
            let swapped = EncryptResponse {
                key_id: key_id.clone(),
                ..sealed.clone()
            };
            let refused = plugin.decrypt(&swapped).await.unwrap_err();
            assert_eq!(refused.code(), Code::InvalidArgument);
            assert!(refused.message().contains("another version"), "{refused}");
        }
        assert!(plugin.metrics.text().contains("rotations_total 1"));
    }
}

#[tokio::test]
async fn a_disabled_key_is_named_in_status_and_comes_back() {
    let bench = Bench::new().await;
    let (direct, local) = (bench.plugin(false).await, bench.plugin(true).await);
    for plugin in [direct, local] {
        let sealed = plugin.encrypt(&SEED).await.unwrap();
        bench.act("disable").await;
        within(Duration::from_secs(3), || plugin.memory.status().1 != "ok").await;
        let status = plugin.status().await.unwrap();
        assert!(status.healthz.contains("not active"), "{}", status.healthz);
        assert_eq!(status.key_id, sealed.key_id);
        let refused = plugin.decrypt(&sealed).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        let refused = plugin.encrypt(&SEED).await.unwrap_err();
        assert_eq!(refused.code(), Code::FailedPrecondition);
        // The service wants a moment between the two.
        bench.clock.advance(31);
        bench.act("enable").await;
        within(Duration::from_secs(5), || plugin.memory.status().1 == "ok").await;
        assert_eq!(plugin.decrypt(&sealed).await.unwrap(), SEED);
    }
}
