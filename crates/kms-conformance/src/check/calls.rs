//! Each call by itself.

use std::time::{Duration, Instant};

use tokio::task::JoinSet;
use tonic::Status;
use tsutsumi_kms_api::{EncryptResponse, StatusResponse};

use crate::apiserver::altered;
use crate::client::{Client, hex};
use crate::limits;
use crate::record::{SEED_LEN, Seed};
use crate::report::Report;
use crate::session::Session;

const STATUSES: usize = 100;
/// kube-apiserver waits longer, and asks three times a minute or more.
const STATUS_TIME_MAX: Duration = Duration::from_secs(1);
const TOGETHER: usize = 32;
/// How much of a secret in an error is too much.
const TELLING: usize = 8;

/// Checks the three calls; `false` if there is nothing to go on with.
pub(super) async fn run(session: &mut Session) -> bool {
    let (client, report) = (session.client.clone(), &mut session.report);
    let Some(status) = status(&client, report).await else {
        return false;
    };
    let seed = match Seed::generate() {
        Ok(seed) => seed,
        Err(error) => return report.note("encrypt-answers", Err(error)),
    };
    let Some(encrypted) = encrypt(&client, report, &status, &seed).await else {
        return false;
    };
    decrypt(&client, report, &encrypted, &seed).await;
    true
}

async fn status(client: &Client, report: &mut Report) -> Option<StatusResponse> {
    let first = match client.status().await {
        Ok(first) => first,
        Err(status) => {
            report.note("status-answers", Err(said(&status)));
            return None;
        }
    };
    report.note("status-answers", Ok(()));
    let version = &first.version;
    let known = ["v2", "v2beta1"].contains(&&**version);
    report.note(
        "status-version",
        ensure(known, || format!("the version is `{version}`, not `v2`")),
    );
    let health = &first.healthz;
    report.note(
        "status-healthz",
        ensure(health == "ok", || {
            format!("healthz is `{health}`, not `ok`")
        }),
    );
    report.note("status-key-id", limits::key_id(&first.key_id));
    let (mut steady, mut slowest) = (Ok(()), Duration::ZERO);
    for _ in 0..STATUSES {
        let begun = Instant::now();
        let next = client.status().await;
        slowest = slowest.max(begun.elapsed());
        let same = next.as_ref().is_ok_and(|next| next.key_id == first.key_id);
        if !same {
            let next = next.map_or_else(|status| said(&status), |next| next.key_id);
            steady = Err(format!("`{}` became `{next}`", first.key_id));
            break;
        }
        if slowest > STATUS_TIME_MAX {
            break;
        }
    }
    report.note("status-steady", steady);
    let quick = ensure(slowest <= STATUS_TIME_MAX, || {
        format!("one answer took {} ms", slowest.as_millis())
    });
    // The other checks poll hundreds of times.
    report.note("status-quick", quick).then_some(first)
}

async fn encrypt(
    client: &Client,
    report: &mut Report,
    status: &StatusResponse,
    seed: &Seed,
) -> Option<EncryptResponse> {
    let encrypted = match client.encrypt(seed.as_bytes()).await {
        Ok(encrypted) => encrypted,
        Err(status) => {
            report.note("encrypt-answers", Err(said(&status)));
            return None;
        }
    };
    report.note("encrypt-answers", Ok(()));
    report.note(
        "encrypt-ciphertext",
        limits::ciphertext(&encrypted.ciphertext),
    );
    report.note(
        "encrypt-key-id",
        ensure(encrypted.key_id == status.key_id, || {
            format!(
                "it is `{}`, and Status says `{}`",
                encrypted.key_id, status.key_id
            )
        }),
    );
    report.note(
        "encrypt-annotations",
        limits::annotations(&encrypted.annotations),
    );
    let parts = [&encrypted.ciphertext].into_iter();
    let mut parts = parts.chain(encrypted.annotations.values());
    let shown = parts.any(|part| shows(part, seed.as_bytes()));
    drop(parts);
    report.note(
        "encrypt-hides",
        ensure(!shown, || "the answer shows the seed".to_owned()),
    );
    Some(encrypted)
}

async fn decrypt(client: &Client, report: &mut Report, encrypted: &EncryptResponse, seed: &Seed) {
    for name in ["decrypt-answers", "decrypt-again"] {
        report.note(name, opens(client, encrypted, seed).await);
    }
    let mut refusals = Vec::new();
    let mut wrong = vec![
        ("decrypt-altered", flipped(encrypted)),
        (
            "decrypt-key-id",
            with_key_id(encrypted, "nobody-has-this-key-id/1"),
        ),
        (
            "decrypt-empty",
            EncryptResponse {
                ciphertext: Vec::new(),
                ..encrypted.clone()
            },
        ),
    ];
    if let Some(annotations) = altered(&encrypted.annotations) {
        wrong.push((
            "decrypt-annotations",
            EncryptResponse {
                annotations,
                ..encrypted.clone()
            },
        ));
    }
    for (name, request) in wrong {
        let outcome = client.decrypt(&request).await;
        report.note(
            name,
            ensure(outcome.is_err(), || {
                "it is decrypted all the same".to_owned()
            }),
        );
        refusals.extend(outcome.err());
    }
    report.note("refusals-hide", refusals_hide(&refusals, encrypted, seed));
    report.note("decrypt-together", together(client, encrypted, seed).await);
}

async fn opens(client: &Client, encrypted: &EncryptResponse, seed: &Seed) -> Result<(), String> {
    let plaintext = client
        .decrypt(encrypted)
        .await
        .map_err(|status| said(&status))?;
    ensure(plaintext == seed.as_bytes(), || {
        format!("{} other bytes than were encrypted", plaintext.len())
    })
}

async fn together(client: &Client, encrypted: &EncryptResponse, seed: &Seed) -> Result<(), String> {
    let mut calls = JoinSet::new();
    for _ in 0..TOGETHER {
        let (client, encrypted, seed) = (client.clone(), encrypted.clone(), seed.clone());
        calls.spawn(async move { opens(&client, &encrypted, &seed).await });
    }
    calls.join_all().await.into_iter().collect()
}

/// Errors end in logs: neither the seed nor what it is encrypted as belongs there.
fn refusals_hide(
    refusals: &[Status],
    encrypted: &EncryptResponse,
    seed: &Seed,
) -> Result<(), String> {
    let secrets = [&seed.as_bytes()[..], &encrypted.ciphertext];
    let telling = |status: &&Status| {
        let text = status.message().as_bytes();
        secrets.iter().any(|secret| shows(text, secret))
    };
    match refusals.iter().find(telling) {
        Some(_) => Err("a refusal shows the seed or the ciphertext".to_owned()),
        None => Ok(()),
    }
}

/// Whether bytes hold a part of a secret, as it is, in hexadecimal or as a list of numbers.
fn shows(bytes: &[u8], secret: &[u8]) -> bool {
    let holds = |part: &[u8]| bytes.windows(part.len()).any(|window| window == part);
    secret.chunks_exact(TELLING).take(SEED_LEN).any(|part| {
        let list: Vec<_> = part.iter().map(u8::to_string).collect();
        holds(part) || holds(hex(part).as_bytes()) || holds(list.join(", ").as_bytes())
    })
}

fn flipped(encrypted: &EncryptResponse) -> EncryptResponse {
    let mut flipped = encrypted.clone();
    if let Some(last) = flipped.ciphertext.last_mut() {
        *last ^= 1;
    }
    flipped
}

fn with_key_id(encrypted: &EncryptResponse, key_id: &str) -> EncryptResponse {
    EncryptResponse {
        key_id: key_id.to_owned(),
        ..encrypted.clone()
    }
}

fn ensure(holds: bool, otherwise: impl FnOnce() -> String) -> Result<(), String> {
    if holds { Ok(()) } else { Err(otherwise()) }
}

fn said(status: &Status) -> String {
    format!("{:?}: {}", status.code(), status.message())
}
