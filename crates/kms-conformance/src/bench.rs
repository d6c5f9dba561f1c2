//! How long calls take.

use std::time::Duration;

use tokio::task::JoinSet;
use tsutsumi_kms_api::EncryptResponse;

use crate::client::{Client, Method};

const PERCENTILES: [(f64, &str); 4] = [(0.5, "p50"), (0.9, "p90"), (0.99, "p99"), (1.0, "max")];

/// Calls `Encrypt` and `Decrypt` so many times each, so many at a time.
///
/// # Returns
/// A table with a line for each.
///
/// # Errors
/// What a call was answered with, if it failed.
pub async fn run(client: &Client, calls: usize, at_once: usize) -> Result<String, String> {
    let encrypted = many(calls, at_once, |number| {
        let client = client.clone();
        let seed = [u8::try_from(number % 251).unwrap_or_default(); 32];
        async move { client.encrypt(&seed).await }
    })
    .await?;
    let first: &EncryptResponse = encrypted.first().ok_or("no call was made")?;
    many(calls, at_once, |_| {
        let (client, first) = (client.clone(), first.clone());
        async move { client.decrypt(&first).await }
    })
    .await?;
    let mut table = format!("{calls} calls each, {at_once} at a time, in ms\n");
    for (method, name) in [(Method::Encrypt, "Encrypt"), (Method::Decrypt, "Decrypt")] {
        let mut times = client.take_times(method);
        let times = percentiles(&mut times)
            .map(|(name, time)| format!("{name} {:.2}", time.as_secs_f64() * 1000.0));
        table.push_str(&format!("{name}  {}\n", times.join("  ")));
    }
    Ok(table)
}

async fn many<T: Send + 'static, F>(
    calls: usize,
    at_once: usize,
    call: impl Fn(usize) -> F,
) -> Result<Vec<T>, String>
where
    F: Future<Output = Result<T, tonic::Status>> + Send + 'static,
{
    let (mut under_way, mut answers) = (JoinSet::new(), Vec::with_capacity(calls));
    for number in 0..calls + at_once {
        if number < calls {
            under_way.spawn(call(number));
        }
        if (number + 1 >= at_once || number >= calls)
            && let Some(answer) = under_way.join_next().await
        {
            let answer = answer.map_err(|error| error.to_string())?;
            answers.push(answer.map_err(|status| status.message().to_owned())?);
        }
    }
    Ok(answers)
}

fn percentiles(times: &mut [Duration]) -> [(&'static str, Duration); 4] {
    times.sort_unstable();
    PERCENTILES.map(|(part, name)| {
        #[allow(clippy::cast_possible_truncation, clippy::cast_sign_loss)]
        let at = ((times.len() as f64 * part).ceil() as usize).max(1) - 1;
        (name, times.get(at).copied().unwrap_or_default())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn percentiles_are_those_of_sorted_times() {
        let mut times: Vec<_> = (1..=100).rev().map(Duration::from_millis).collect();
        let found = percentiles(&mut times).map(|(_, time)| time.as_millis());
        assert_eq!(found, [50, 90, 99, 100]);
        assert_eq!(
            percentiles(&mut []).map(|(_, time)| time.as_millis()),
            [0; 4]
        );
    }
}
