//! Replies: bodies, vendor content types, headers.

use axum::body::Body;
use axum::http::{HeaderName, HeaderValue, Response, StatusCode, header};
use bytes::Bytes;
use serde::Serialize;
use zeroize::Zeroizing;

use crate::api::SearchView;

/// Room for the longest body that carries key material, so that writing it never moves it and
/// leaves no copy behind: a 7,500-byte payload in base64 with its metadata, or two wrapped keys.
const SECRET_BODY_LEN: usize = 32 * 1024;

/// The head of every collection.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub(crate) struct Metadata {
    collection_type: String,
    collection_total: usize,
    #[serde(skip_serializing_if = "Option::is_none")]
    total_count: Option<usize>,
    #[serde(skip_serializing_if = "Option::is_none")]
    incomplete_search: Option<bool>,
    #[serde(skip_serializing_if = "Option::is_none")]
    search_query: Option<SearchView>,
}

impl Metadata {
    /// * `name` - the `X` of `application/vnd.ibm.kms.X+json`.
    /// * `total` - the number of resources in this reply.
    pub(crate) fn of(name: &str, total: usize) -> Self {
        Self {
            collection_type: vendor_type(name),
            collection_total: total,
            total_count: None,
            incomplete_search: None,
            search_query: None,
        }
    }

    /// Adds the number of resources that exist, when the caller asked for it.
    pub(crate) const fn total_count(mut self, count: Option<usize>) -> Self {
        self.total_count = count;
        self
    }

    /// Adds what a search looked for. Searches here are always complete.
    pub(crate) fn searched(mut self, query: SearchView) -> Self {
        self.incomplete_search = Some(false);
        self.search_query = Some(query);
        self
    }
}

/// The vendor content type of `name`.
pub(crate) fn vendor_type(name: &str) -> String {
    format!("application/vnd.ibm.kms.{name}+json")
}

#[derive(Serialize)]
struct Collection<'a, T> {
    metadata: &'a Metadata,
    #[serde(skip_serializing_if = "<[T]>::is_empty")]
    resources: &'a [T],
}

/// What a call answers.
pub(crate) struct Reply {
    status: StatusCode,
    content_type: Option<String>,
    body: Zeroizing<Vec<u8>>,
    headers: Vec<(HeaderName, HeaderValue)>,
    /// How many resources it lists, if it is a collection.
    listed: Option<usize>,
}

impl Reply {
    /// A status and nothing else.
    pub(crate) fn empty(status: StatusCode) -> Self {
        let body = Zeroizing::default();
        Self {
            status,
            content_type: None,
            body,
            headers: Vec::new(),
            listed: None,
        }
    }

    /// 204.
    pub(crate) fn none() -> Self {
        Self::empty(StatusCode::NO_CONTENT)
    }

    /// A bare document of the given content type.
    pub(crate) fn document(
        status: StatusCode,
        content_type: impl Into<String>,
        document: &impl Serialize,
    ) -> Self {
        Self::roomy(status, content_type, document, SECRET_BODY_LEN)
    }

    /// A bare document that is no longer than `room` bytes: what is longer leaves copies of itself
    /// in memory.
    pub(crate) fn roomy(
        status: StatusCode,
        content_type: impl Into<String>,
        document: &impl Serialize,
        room: usize,
    ) -> Self {
        let mut body = Zeroizing::new(Vec::with_capacity(room));
        if serde_json::to_writer(&mut *body, document).is_err() {
            return Self::empty(StatusCode::INTERNAL_SERVER_ERROR);
        }
        let content_type = Some(content_type.into());
        Self {
            status,
            content_type,
            body,
            headers: Vec::new(),
            listed: None,
        }
    }

    /// `{"metadata":…,"resources":[…]}`; without `resources` if there are none.
    pub(crate) fn collection<T: Serialize>(
        status: StatusCode,
        metadata: Metadata,
        resources: &[T],
    ) -> Self {
        let content_type = metadata.collection_type.clone();
        let document = Collection {
            metadata: &metadata,
            resources,
        };
        let mut reply = Self::document(status, content_type, &document);
        reply.listed = Some(metadata.collection_total);
        reply
    }

    /// How many resources it lists; `None` if it is no collection.
    pub(crate) const fn listed(&self) -> Option<usize> {
        self.listed
    }

    /// Adds a header; one that HTTP does not allow is left out.
    pub(crate) fn header(mut self, name: &'static str, value: &str) -> Self {
        if let Ok(value) = HeaderValue::from_str(value) {
            self.headers.push((HeaderName::from_static(name), value));
        }
        self
    }

    /// Says after how many seconds to try again, if it is a matter of time.
    pub(crate) fn retry_after(self, seconds: Option<u32>) -> Self {
        match seconds {
            Some(seconds) => self.header("retry-after", &seconds.to_string()),
            None => self,
        }
    }

    pub(crate) const fn status(&self) -> StatusCode {
        self.status
    }

    /// The reply as HTTP. The body is wiped once it is sent.
    pub(crate) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Body::from(Bytes::from_owner(self.body)));
        *response.status_mut() = self.status;
        let headers = response.headers_mut();
        if let Some(value) = self
            .content_type
            .and_then(|name| HeaderValue::from_str(&name).ok())
        {
            headers.insert(header::CONTENT_TYPE, value);
        }
        headers.insert(header::CACHE_CONTROL, HeaderValue::from_static("no-store"));
        headers.extend(self.headers);
        response
    }
}
