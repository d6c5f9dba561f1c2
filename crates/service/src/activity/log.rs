//! Writing events, and reading them again.

use std::sync::{Mutex, PoisonError};

use base64ct::{Base64, Encoding};
use serde::{Deserialize, Serialize};
use tsutsumi::{Secret, kdf};

use super::Event;
use crate::service::{Service, new_id};
use crate::store::StoreError;
use crate::store::typed::{Batch, Held, Record, load_page};
use crate::vault::bind;

/// An event as it is stored.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct EventRecord {
    pub(crate) instance: String,
    pub(crate) time: i64,
    pub(crate) chain: String,
    /// Counts the events of the chain from 1.
    pub(crate) number: u64,
    pub(crate) event: Event,
    pub(crate) tag: String,
}

impl EventRecord {
    /// The id of a row; they sort by time.
    pub(crate) fn row(instance: &str, time: i64, chain: &str, number: u64) -> String {
        format!("{instance}/{time:012}/{chain}/{number:010}")
    }
}

impl Record for EventRecord {
    const KIND: &'static str = "event";

    fn row_id(&self) -> String {
        Self::row(&self.instance, self.time, &self.chain, self.number)
    }
}

/// The end of a chain.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct ChainRecord {
    pub(crate) id: String,
    pub(crate) number: u64,
    pub(crate) tag: String,
    /// A tag over the end itself, so that a chain cannot be made shorter.
    pub(crate) seal: String,
}

impl Record for ChainRecord {
    const KIND: &'static str = "chain";

    fn row_id(&self) -> String {
        self.id.clone()
    }
}

/// The events of this process that wait to be written, and the chain they go to.
pub(crate) struct ActivityLog {
    waiting: Mutex<Waiting>,
    /// Held while a batch is written.
    written: async_lock::Mutex<Written>,
}

/// Events in the order in which they came.
#[derive(Default)]
struct Waiting {
    events: Vec<(i64, Event)>,
    /// How many have come since the start, those that are written included.
    count: u64,
}

/// What is written.
#[derive(Default)]
struct Written {
    /// How many events have been, or are lost.
    count: u64,
    /// The end of the chain, which is this process's own; `None` before the first event and after
    /// a failure.
    end: Option<Held<ChainRecord>>,
}

impl Default for ActivityLog {
    fn default() -> Self {
        Self {
            waiting: Mutex::default(),
            written: async_lock::Mutex::new(Written::default()),
        }
    }
}

impl ActivityLog {
    /// Writes an event. Returns once it is stored; events that arrive while others are written go
    /// together, so that many callers share the cost of one write.
    ///
    /// A store that fails is logged, and does not fail the call, which has happened.
    pub(crate) async fn append(&self, service: &Service, time: i64, event: Event) {
        let number = {
            let mut waiting = self.waiting();
            waiting.events.push((time, event));
            waiting.count += 1;
            waiting.count
        };
        let mut written = self.written.lock().await;
        if written.count >= number {
            // Somebody else has taken it along
            return;
        }
        let (batch, count) = {
            let mut waiting = self.waiting();
            (std::mem::take(&mut waiting.events), waiting.count)
        };
        let len = batch.len();
        // Taken out: a failure leaves none behind
        match write(service, written.end.take(), batch).await {
            Ok(end) => written.end = Some(end),
            Err(error) => tracing::error!(%error, len, "activity events are lost"),
        }
        written.count = count;
    }

    fn waiting(&self) -> std::sync::MutexGuard<'_, Waiting> {
        self.waiting.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

/// Adds events to a chain, or begins a new one; returns its new end.
async fn write(
    service: &Service,
    held: Option<Held<ChainRecord>>,
    events: Vec<(i64, Event)>,
) -> Result<Held<ChainRecord>, StoreError> {
    let key = service.activity_key();
    let (mut batch, fresh) = (Batch::default(), held.is_none());
    let mut held = match held {
        Some(held) => held,
        None => Held::inserted(ChainRecord {
            id: new_id().map_err(|_| StoreError::Unavailable)?,
            number: 0,
            tag: String::new(),
            seal: String::new(),
        }),
    };
    let end = &mut held.value;
    for (time, event) in events {
        end.number += 1;
        let instance = event.request_data.instance_id.clone();
        let row = EventRecord::row(&instance, time, &end.id, end.number);
        end.tag = tag(key, &end.tag, &row, &event)?;
        let (chain, number, tag) = (end.id.clone(), end.number, end.tag.clone());
        batch.insert(&EventRecord {
            instance,
            time,
            chain,
            number,
            event,
            tag,
        })?;
    }
    end.seal = seal(key, end);
    if fresh {
        batch.insert(&held.value)?;
    } else {
        batch.update(&held)?;
    }
    batch.commit(service.store()).await?;
    if !fresh {
        held.updated();
    }
    Ok(held)
}

/// The tag of an event, over its place, its content and the tag before it.
pub(super) fn tag(
    key: &Secret<32>,
    previous: &str,
    row: &str,
    event: &Event,
) -> Result<String, StoreError> {
    let event = serde_json::to_string(event).map_err(|_| StoreError::Corrupt)?;
    Ok(keyed(key, &["activity event v1", previous, row, &event]))
}

/// The tag over the end of a chain.
pub(super) fn seal(key: &Secret<32>, end: &ChainRecord) -> String {
    keyed(
        key,
        &[
            "activity chain v1",
            &end.id,
            &end.number.to_string(),
            &end.tag,
        ],
    )
}

fn keyed(key: &Secret<32>, parts: &[&str]) -> String {
    let tag = kdf::derive_32(key.as_bytes(), b"", &[&bind(parts)]);
    Base64::encode_string(tag.as_bytes())
}

impl Service {
    /// Reads events of an instance in the order of their time.
    ///
    /// * `after` - the row after which to begin; empty for the first.
    pub(crate) async fn events(
        &self,
        instance: &str,
        after: &str,
        limit: usize,
    ) -> Result<Vec<EventRecord>, StoreError> {
        let rows = load_page(self.store(), &format!("{instance}/"), after, limit).await?;
        Ok(rows.into_iter().map(|held| held.value).collect())
    }
}
