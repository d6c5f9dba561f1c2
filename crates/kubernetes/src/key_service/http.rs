//! One HTTP exchange: bounded in time and length, its bodies wiped.

use std::path::Path;
use std::time::Duration;

use axum::body::Bytes;
use reqwest::header::HeaderMap;
use reqwest::redirect::Policy;
use reqwest::{Certificate, Client, Method, StatusCode, Url};
use tsutsumi::key_protect::REPLY_LEN_MAX;
use zeroize::Zeroizing;

use super::failure::{Failure, Kind};

const CONNECT_TIMEOUT: Duration = Duration::from_millis(800);
/// Connections that nothing goes over are closed before a load balancer drops them silently.
const IDLE_TIMEOUT: Duration = Duration::from_secs(45);

/// What was answered.
pub(crate) struct Answer {
    pub(crate) status: StatusCode,
    pub(crate) body: Zeroizing<Vec<u8>>,
}

/// What is asked.
pub(crate) struct Ask<'a> {
    pub(crate) method: Method,
    pub(crate) url: Url,
    pub(crate) headers: HeaderMap,
    pub(crate) body: &'a [u8],
}

/// Makes the client; `authority` is a certificate to trust besides those of the platform.
pub(crate) fn client(authority: Option<&Path>) -> Result<Client, String> {
    // Somebody else in this process may have chosen the same provider already.
    drop(rustls::crypto::aws_lc_rs::default_provider().install_default());
    let mut builder = Client::builder()
        .redirect(Policy::none())
        .connect_timeout(CONNECT_TIMEOUT)
        .pool_idle_timeout(IDLE_TIMEOUT)
        .tcp_nodelay(true);
    if let Some(path) = authority {
        let shown = path.display();
        let pem = std::fs::read(path).map_err(|error| format!("cannot read `{shown}`: {error}"))?;
        let certificates = Certificate::from_pem_bundle(&pem)
            .map_err(|_| format!("`{shown}` holds no certificate, PEM"))?;
        builder = builder.tls_certs_only(certificates);
    }
    builder
        .build()
        .map_err(|error| format!("the HTTP client does not start: {error}"))
}

/// A URL to call: `https`, or `http` on this machine, because API keys and tokens go there.
pub(crate) fn base(text: &str) -> Result<Url, String> {
    let url: Url = text.parse().map_err(|_| format!("`{text}` is no URL"))?;
    let host = url.host_str().unwrap_or_default().trim_matches(['[', ']']);
    let address = host.parse::<std::net::IpAddr>();
    let near = host == "localhost" || address.is_ok_and(|address| address.is_loopback());
    match url.scheme() {
        "https" => Ok(url),
        "http" if near => Ok(url),
        _ => Err(format!("`{text}` must be an https URL")),
    }
}

/// `path` under a base URL, which may have a path of its own.
pub(crate) fn under(base: &Url, path: &str) -> Url {
    let mut url = base.clone();
    url.set_path(&format!("{}{path}", base.path().trim_end_matches('/')));
    url
}

/// Sends a request and reads the whole answer, within `timeout`.
pub(crate) async fn send(
    client: &Client,
    ask: Ask<'_>,
    timeout: Duration,
) -> Result<Answer, Failure> {
    let exchange = async {
        let body = Bytes::from_owner(Zeroizing::new(ask.body.to_vec()));
        let request = client.request(ask.method, ask.url).headers(ask.headers);
        let mut response = request
            .body(body)
            .send()
            .await
            .map_err(|error| failed(&error))?;
        let status = response.status();
        let mut body = Zeroizing::new(Vec::with_capacity(4096));
        while let Some(chunk) = response.chunk().await.map_err(|error| failed(&error))? {
            if body.len() + chunk.len() > REPLY_LEN_MAX {
                return Err(Failure::new(Kind::Protocol, "the answer is too long"));
            }
            body.extend_from_slice(&chunk);
        }
        Ok(Answer { status, body })
    };
    match tokio::time::timeout(timeout, exchange).await {
        Ok(outcome) => outcome,
        Err(_) => Err(Failure::new(Kind::TimedOut, "")),
    }
}

fn failed(error: &reqwest::Error) -> Failure {
    if error.is_timeout() {
        return Failure::new(Kind::TimedOut, "");
    }
    let what = if error.is_connect() {
        "no connection"
    } else {
        "the connection broke"
    };
    Failure::new(Kind::Unavailable, what)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn keys_go_over_tls_or_stay_on_this_machine() {
        for fine in [
            "https://kms.example",
            "http://127.0.0.1:1",
            "http://[::1]:1",
        ] {
            assert!(base(fine).is_ok(), "{fine}");
        }
        for bad in ["http://kms.example", "ftp://127.0.0.1", "kms.example", ""] {
            assert!(base(bad).is_err(), "{bad}");
        }
    }

    #[test]
    fn a_path_goes_under_the_base() {
        let url = under(&base("https://kms.example/x/").unwrap(), "/api/v2/keys");
        assert_eq!(url.as_str(), "https://kms.example/x/api/v2/keys");
    }
}
