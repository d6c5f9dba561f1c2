//! Each misbehaviour, and the check that has to be the first to fail.

use crate::harness::report;
use crate::misbehaviour::Misbehaviour::{self, *};

const CAUGHT: [(Misbehaviour, &str); 30] = [
    (AcceptsNothing, "encrypt-answers"),
    (ChangesKeyIdAllTheTime, "status-steady"),
    (CountsUpEachRestart, "restart-key-id"),
    (DecryptsAnyAnnotation, "decrypt-annotations"),
    (DecryptsAnyKeyId, "decrypt-key-id"),
    (DecryptsOnce, "decrypt-again"),
    (DecryptsWrongly, "decrypt-answers"),
    (DiesOfManyCalls, "decrypt-together"),
    (ForgetsOldKeys, "rotation-old-readable"),
    (ForgetsWhenRestarted, "restart-readable"),
    (HasALongKeyId, "status-key-id"),
    (HasNoKeyId, "status-key-id"),
    (HidesOutages, "outage-noticed"),
    (IgnoresTags, "decrypt-altered"),
    (IsAnotherVersion, "status-version"),
    (IsIll, "status-healthz"),
    (IsSlowToEncrypt, "encrypt-answers"),
    (IsSlowToTell, "status-quick"),
    (LeaksInAnnotations, "encrypt-hides"),
    (LeaksInCiphertexts, "encrypt-hides"),
    (LeaksInErrors, "refusals-hide"),
    (MakesHugeAnnotations, "encrypt-annotations"),
    (MakesLongCiphertexts, "encrypt-ciphertext"),
    (MakesNoCiphertext, "encrypt-ciphertext"),
    (MisnamesAnnotations, "encrypt-annotations"),
    (NamesAnotherKeyId, "encrypt-key-id"),
    (NeverNoticesRotations, "rotation-noticed"),
    (NeverRecovers, "outage-recovers"),
    (RotatesEncryptAlone, "rotation-noticed"),
    (RotatesStatusAlone, "rotation-agrees"),
];

#[tokio::test]
async fn a_plugin_that_behaves_passes_every_check() {
    let report = report(None).await;
    assert_eq!(report.failed(), Vec::<&str>::new(), "{}", report.summary());
    assert!(
        !report.summary().contains("skipped"),
        "{}",
        report.summary()
    );
}

#[tokio::test]
async fn every_misbehaviour_is_caught_by_name() {
    let mut runs = tokio::task::JoinSet::new();
    for (misbehaviour, name) in CAUGHT {
        runs.spawn(async move { (misbehaviour, name, report(misbehaviour).await.failed()) });
    }
    let mut wrong = Vec::new();
    for (misbehaviour, name, failed) in runs.join_all().await {
        if failed.first() != Some(&name) {
            wrong.push(format!(
                "{misbehaviour:?} fails {failed:?}, not {name} first"
            ));
        }
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
}
