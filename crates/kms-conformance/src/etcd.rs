//! A store for records: etcd, or memory.

use std::collections::BTreeMap;

use tokio::task::JoinSet;
use tonic::Request;
use tonic::client::Grpc;
use tonic::codegen::http::uri::PathAndQuery;
use tonic::transport::{Channel, Endpoint};
use tonic_prost::ProstCodec;

/// How many values go at a time.
const AT_ONCE: usize = 64;
const PUT: &str = "/etcdserverpb.KV/Put";
const RANGE: &str = "/etcdserverpb.KV/Range";
const PAGE: i64 = 1000;
/// What kube-apiserver's own client takes in one answer.
const ANSWER_LEN_MAX: usize = 64 * 1024 * 1024;

/// Asks for the values of a range of keys.
#[derive(Clone, PartialEq, Eq, prost::Message)]
struct RangeRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    range_end: Vec<u8>,
    #[prost(int64, tag = "3")]
    limit: i64,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct RangeResponse {
    #[prost(message, repeated, tag = "2")]
    kvs: Vec<KeyValue>,
    #[prost(bool, tag = "3")]
    more: bool,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct KeyValue {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "5")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct PutRequest {
    #[prost(bytes = "vec", tag = "1")]
    key: Vec<u8>,
    #[prost(bytes = "vec", tag = "2")]
    value: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq, prost::Message)]
struct PutResponse {}

/// Records by their places.
pub type Records = BTreeMap<String, Vec<u8>>;

/// Where records are kept.
pub struct Store(Kind);

enum Kind {
    Etcd(Channel),
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
        Ok(Self(Kind::Etcd(channel)))
    }

    /// Keeps records.
    ///
    /// # Errors
    /// A sentence, if one is not kept.
    pub async fn put(&mut self, records: Records) -> Result<(), String> {
        let channel = match &mut self.0 {
            Kind::Memory(kept) => {
                kept.extend(records);
                return Ok(());
            }
            Kind::Etcd(channel) => channel,
        };
        let mut under_way = JoinSet::new();
        for (place, value) in records {
            if under_way.len() >= AT_ONCE {
                finished(under_way.join_next().await)?;
            }
            let channel = channel.clone();
            let request = PutRequest {
                key: place.into_bytes(),
                value,
            };
            under_way.spawn(async move { call::<_, PutResponse>(channel, PUT, request).await });
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
        let channel = match &mut self.0 {
            Kind::Memory(kept) => {
                let wanted = kept.iter().filter(|(place, _)| place.starts_with(prefix));
                return Ok(wanted
                    .map(|(place, value)| (place.clone(), value.clone()))
                    .collect());
            }
            Kind::Etcd(channel) => channel,
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
            let page: RangeResponse = call(channel.clone(), RANGE, request).await?;
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

type Put = Result<Result<PutResponse, String>, tokio::task::JoinError>;

fn finished(put: Option<Put>) -> Result<(), String> {
    match put {
        Some(Ok(put)) => put.map(drop),
        Some(Err(error)) => Err(format!("etcd: {error}")),
        None => Ok(()),
    }
}

/// One call of etcd's.
async fn call<Q, A>(channel: Channel, method: &'static str, request: Q) -> Result<A, String>
where
    Q: prost::Message + 'static,
    A: prost::Message + Default + 'static,
{
    let mut grpc = Grpc::new(channel).max_decoding_message_size(ANSWER_LEN_MAX);
    let ready = grpc.ready().await;
    ready.map_err(|error| format!("etcd cannot be reached: {error}"))?;
    let (path, codec) = (PathAndQuery::from_static(method), ProstCodec::default());
    let answer = grpc.unary(Request::new(request), path, codec).await;
    let answer = answer.map_err(|status| format!("etcd: {}", status.message()))?;
    Ok(answer.into_inner())
}
