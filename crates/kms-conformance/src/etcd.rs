//! A store for records: etcd, or memory.

use std::collections::BTreeMap;

use tokio::task::JoinSet;
use tonic::transport::{Channel, Endpoint};

/// How many values go at a time.
const AT_ONCE: usize = 64;
const PAGE: i64 = 1000;
/// What kube-apiserver's own client takes in one answer.
const ANSWER_LEN_MAX: usize = 64 * 1024 * 1024;

/// Asks for the values of a range of keys.
#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    range_end: Vec<u8>,
    #[prost(int64, tag = "3")]
    limit: i64,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct RangeResponse {
    #[prost(message, repeated, tag = "2")]
    kvs: Vec<KeyValue>,
    #[prost(bool, tag = "3")]
    more: bool,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct KeyValue {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct PutRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
pub(crate) struct PutResponse {}

#[allow(
    missing_docs,
    unused_qualifications,
    unreachable_pub,
    dead_code,
    clippy::pedantic,
    clippy::restriction
)]
mod generated {
    include!(concat!(env!("OUT_DIR"), "/etcdserverpb.KV.rs"));
}

use generated::k_v_client::KVClient;

/// Records by their places.
pub type Records = BTreeMap<String, Vec<u8>>;

/// Where records are kept.
pub struct Store(Kind);

enum Kind {
    Etcd(KVClient<Channel>),
    Memory(Records),
}

impl Store {
    /// A store in memory.
    #[must_use]
    pub const fn memory() -> Self {
        Self(Kind::Memory(Records::new()))
    }

    /// The etcd at a URL; version 3 of its interface.
    ///
    /// # Errors
    /// A sentence, if it cannot be reached.
    pub async fn etcd(url: &str) -> Result<Self, String> {
        let unreachable = |error| format!("etcd at `{url}` cannot be reached: {error}");
        let endpoint = Endpoint::from_shared(url.to_owned()).map_err(unreachable)?;
        let channel = endpoint.connect().await.map_err(unreachable)?;
        let client = KVClient::new(channel).max_decoding_message_size(ANSWER_LEN_MAX);
        Ok(Self(Kind::Etcd(client)))
    }

    /// Keeps records.
    ///
    /// # Errors
    /// A sentence, if one is not kept.
    pub async fn put(&mut self, records: Records) -> Result<(), String> {
        let client = match &mut self.0 {
            Kind::Memory(kept) => {
                kept.extend(records);
                return Ok(());
            }
            Kind::Etcd(client) => client,
        };
        let mut under_way = JoinSet::new();
        for (place, value) in records {
            if under_way.len() >= AT_ONCE {
                finished(under_way.join_next().await)?;
            }
            let mut client = client.clone();
            let request = PutRequest {
                key: place.into_bytes(),
                value,
            };
            under_way.spawn(async move { client.put(request).await.map(drop) });
        }
        while !under_way.is_empty() {
            finished(under_way.join_next().await)?;
        }
        Ok(())
    }

    /// All records whose places begin with `prefix`.
    ///
    /// # Errors
    /// A sentence, if etcd does not answer.
    pub async fn get(&mut self, prefix: &str) -> Result<Records, String> {
        let client = match &mut self.0 {
            Kind::Memory(kept) => {
                let wanted = kept.iter().filter(|(place, _)| place.starts_with(prefix));
                return Ok(wanted
                    .map(|(place, value)| (place.clone(), value.clone()))
                    .collect());
            }
            Kind::Etcd(client) => client,
        };
        let mut range_end = prefix.as_bytes().to_vec();
        if let Some(last) = range_end.last_mut() {
            *last = last.saturating_add(1);
        }
        let (mut records, mut key) = (Records::new(), prefix.as_bytes().to_vec());
        loop {
            let request = RangeRequest {
                key: key.clone(),
                range_end: range_end.clone(),
                limit: PAGE,
            };
            let answer = client.range(request).await;
            let answer = answer.map_err(|status| format!("etcd: {}", status.message()))?;
            let page = answer.into_inner();
            for KeyValue { key: place, value } in page.kvs {
                key.clone_from(&place);
                let place = String::from_utf8(place).map_err(|_| "etcd: a key is no text")?;
                records.insert(place, value);
            }
            // The least key that comes after the last one.
            key.push(0);
            if !page.more {
                return Ok(records);
            }
        }
    }
}

type Put = Result<Result<(), tonic::Status>, tokio::task::JoinError>;

fn finished(put: Option<Put>) -> Result<(), String> {
    match put {
        Some(Ok(Err(status))) => Err(format!("etcd: {}", status.message())),
        Some(Err(error)) => Err(format!("etcd: {error}")),
        _ => Ok(()),
    }
}
