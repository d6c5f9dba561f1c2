//! The token: had for an API key, kept, and renewed ahead of time.

use std::io::Read;
use std::path::PathBuf;
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant, SystemTime};

use reqwest::header::{ACCEPT, CONTENT_TYPE, HeaderMap, HeaderValue};
use reqwest::{Client, Method, Url};
use serde::Deserialize;
use zeroize::Zeroizing;

use super::failure::{Failure, Kind};
use super::http::{self, Ask};

const GRANT: &str = "urn:ibm:params:oauth:grant-type:apikey";
const API_KEY_LEN_MAX: usize = 4096;
/// A token is not used for the last moments of its life: it has to arrive before it expires.
const MARGIN: Duration = Duration::from_secs(20);
/// What part of its life a token has behind it when it is renewed.
const RENEW_AT: f64 = 0.8;
const LIFE_MAX_S: u64 = 24 * 3600;

/// Where tokens come from, and the one at hand.
pub(crate) struct Tokens {
    url: Url,
    file: PathBuf,
    at_hand: Mutex<Option<Token>>,
    /// Held while a token is fetched, so that one call fetches for all that wait.
    fetching: tokio::sync::Mutex<()>,
}

#[derive(Clone)]
struct Token {
    bearer: HeaderValue,
    renew: Instant,
    end: Instant,
    /// When the file with the API key was last written.
    written: Option<SystemTime>,
}

#[derive(Deserialize)]
struct Granted<'a> {
    /// Borrowed, and wiped with the answer.
    access_token: &'a str,
    expires_in: u64,
}

impl Tokens {
    /// * `url` - the identity service's endpoint for tokens.
    /// * `file` - holds the API key; read whenever a token is fetched.
    pub(crate) fn new(url: Url, file: PathBuf) -> Self {
        Self {
            url,
            file,
            at_hand: Mutex::new(None),
            fetching: tokio::sync::Mutex::new(()),
        }
    }

    /// A token that is still good, fetched if there is none.
    pub(crate) async fn bearer(
        &self,
        client: &Client,
        timeout: Duration,
    ) -> Result<HeaderValue, Failure> {
        if let Some(token) = self.good() {
            return Ok(token);
        }
        let fetch = async {
            let _turn = self.fetching.lock().await;
            match self.good() {
                Some(token) => Ok(token),
                None => self.fetch(client, timeout).await,
            }
        };
        let fetched = tokio::time::timeout(timeout, fetch).await;
        fetched.unwrap_or_else(|_| Err(Failure::new(Kind::TimedOut, "no token yet")))
    }

    /// Renews the token if that is due, or if the file with the API key was written since.
    pub(crate) async fn renew(&self, client: &Client, timeout: Duration) -> Result<(), Failure> {
        let due = match &*self.lock() {
            Some(token) => Instant::now() >= token.renew || token.written != self.written(),
            None => true,
        };
        if due {
            let _turn = self.fetching.lock().await;
            self.fetch(client, timeout).await?;
        }
        Ok(())
    }

    /// Forgets the token, which the key service did not take.
    pub(crate) fn forget(&self) {
        *self.lock() = None;
    }

    fn good(&self) -> Option<HeaderValue> {
        let at_hand = self.lock();
        let token = at_hand.as_ref()?;
        (Instant::now() < token.end).then(|| token.bearer.clone())
    }

    async fn fetch(&self, client: &Client, timeout: Duration) -> Result<HeaderValue, Failure> {
        let written = self.written();
        let form = self.form()?;
        let mut headers = HeaderMap::new();
        headers.insert(ACCEPT, HeaderValue::from_static("application/json"));
        headers.insert(
            CONTENT_TYPE,
            HeaderValue::from_static("application/x-www-form-urlencoded"),
        );
        let ask = Ask {
            method: Method::POST,
            url: self.url.clone(),
            headers,
            body: form.as_bytes(),
        };
        let asked = Instant::now();
        let answer = http::send(client, ask, timeout).await?;
        if !answer.status.is_success() {
            let failure = Failure::of_answer(answer.status, b"");
            return Err(if failure.is_passing() {
                failure
            } else {
                Failure::new(
                    Kind::Credentials,
                    format!("status {}", answer.status.as_u16()),
                )
            });
        }
        let granted: Granted<'_> = serde_json::from_slice(&answer.body)
            .map_err(|_| Failure::new(Kind::Protocol, "no token in the answer"))?;
        let token = token(&granted, asked, written)?;
        let bearer = token.bearer.clone();
        *self.lock() = Some(token);
        Ok(bearer)
    }

    fn form(&self) -> Result<Zeroizing<String>, Failure> {
        let mut text = Zeroizing::new(String::with_capacity(API_KEY_LEN_MAX));
        let read = std::fs::File::open(&self.file)
            .and_then(|file| file.take(API_KEY_LEN_MAX as u64).read_to_string(&mut text));
        read.map_err(|error| {
            Failure::new(
                Kind::Credentials,
                format!("`{}` cannot be read: {error}", self.file.display()),
            )
        })?;
        let fields = [("grant_type", GRANT), ("apikey", text.trim())];
        serde_urlencoded::to_string(fields)
            .map(Zeroizing::new)
            .map_err(|_| Failure::new(Kind::Credentials, "the API key is no text"))
    }

    fn written(&self) -> Option<SystemTime> {
        std::fs::metadata(&self.file).ok()?.modified().ok()
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, Option<Token>> {
        self.at_hand.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

fn token(
    granted: &Granted<'_>,
    asked: Instant,
    written: Option<SystemTime>,
) -> Result<Token, Failure> {
    let text = Zeroizing::new(format!("Bearer {}", granted.access_token));
    let mut bearer = HeaderValue::from_str(&text)
        .map_err(|_| Failure::new(Kind::Protocol, "the token is no header"))?;
    bearer.set_sensitive(true);
    let life = Duration::from_secs(granted.expires_in.min(LIFE_MAX_S));
    Ok(Token {
        bearer,
        renew: asked + life.mul_f64(RENEW_AT),
        end: asked + life.saturating_sub(MARGIN).max(life.mul_f64(RENEW_AT)),
        written,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_token_is_renewed_well_before_it_ends_and_not_printed() {
        let asked = Instant::now();
        let granted = Granted {
            access_token: "a.b.c",
            expires_in: 3600,
        };
        let token = token(&granted, asked, None).unwrap();
        assert_eq!(token.renew - asked, Duration::from_secs(2880));
        assert_eq!(token.end - asked, Duration::from_secs(3580));
        assert!(!format!("{:?}", token.bearer).contains("a.b.c"));
    }

    #[tokio::test]
    async fn a_file_that_is_not_there_is_a_failure_that_names_it() {
        let url = http::base("http://127.0.0.1:1").unwrap();
        let tokens = Tokens::new(url, "/nowhere/api-key".into());
        let client = http::client(None).unwrap();
        let failure = tokens
            .bearer(&client, Duration::from_secs(1))
            .await
            .unwrap_err();
        assert_eq!(failure.kind(), Kind::Credentials);
        assert!(failure.to_string().contains("/nowhere/api-key"));
    }
}
