//! Checking that no event was changed, removed, moved or added.

use std::collections::BTreeMap;
use std::fmt;

use subtle::ConstantTimeEq;

use super::log::{ChainRecord, EventRecord, seal, tag};
use crate::service::{Service, ServiceError};
use crate::store::typed::{Record, load_all, load_page};

/// What was checked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Verified {
    /// How many events are as they were written.
    pub events: usize,
    /// How many chains they are in.
    pub chains: usize,
}

/// Where the events are not as they were written.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Tampering {
    /// The chain.
    pub chain: String,
    /// The number of the first event that does not fit.
    pub number: u64,
}

impl fmt::Display for Tampering {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { chain, number } = self;
        write!(
            f,
            "event {number} of chain `{chain}` is missing or is not as it was written"
        )
    }
}

/// A chain as far as it is checked.
#[derive(Default)]
struct Checked {
    /// The last event that fits.
    number: u64,
    tag: String,
    /// The tag at the end that the chain had when the check began.
    tag_at_end: Option<String>,
    /// Events that were read before the one that precedes them.
    early: BTreeMap<u64, EventRecord>,
}

type Ends = BTreeMap<String, ChainRecord>;

impl Service {
    /// Checks every event against the chain it is in. The service may go on meanwhile: what is
    /// written after the check has begun is left for the next one.
    ///
    /// Costs reading all events, a thousand at a time.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if they cannot be read. Tampering is no error but an answer.
    pub async fn verify_activity(&self) -> Result<Result<Verified, Tampering>, ServiceError> {
        const PAGE: usize = 1000;
        let ends = self.ends().await?;
        let (mut chains, mut events) = (BTreeMap::<String, Checked>::new(), 0);
        let mut after = String::new();
        loop {
            let page = load_page::<EventRecord>(self.store(), "", &after, PAGE).await?;
            let Some(last) = page.last() else { break };
            after = last.value.row_id();
            for held in page {
                let chain = held.value.chain.clone();
                let end = ends.get(&chain).map_or(0, |end| end.number);
                let checked = chains.entry(chain.clone()).or_default();
                if let Err(number) = self.extend(checked, held.value, end)? {
                    return Ok(Err(Tampering { chain, number }));
                }
                events += 1;
            }
        }
        let now = self.ends().await?;
        for (chain, end) in &ends {
            let checked = chains.entry(chain.clone()).or_default();
            let sealed = now.get(chain).is_some_and(|now| now.number >= end.number);
            if !sealed || checked.tag_at_end.as_ref() != Some(&end.tag) {
                let number = (checked.number + 1).min(end.number + 1);
                let chain = chain.clone();
                return Ok(Err(Tampering { chain, number }));
            }
        }
        for (chain, checked) in chains {
            // What is beyond the end of the beginning has to be before that of now
            let last = checked.early.keys().next_back().copied();
            let last = last.unwrap_or(checked.number);
            if now.get(&chain).is_none_or(|end| end.number < last) {
                let number = ends.get(&chain).map_or(0, |end| end.number) + 1;
                return Ok(Err(Tampering { chain, number }));
            }
        }
        let chains = now.len();
        Ok(Ok(Verified { events, chains }))
    }

    /// The ends of all chains whose seal is good. One whose seal is not has no end.
    async fn ends(&self) -> Result<Ends, ServiceError> {
        let key = self.activity_key();
        let ends = load_all::<ChainRecord>(self.store(), "").await?;
        let ends = ends.into_iter().map(|held| {
            let mut end = held.value;
            if !same(&end.seal, &seal(key, &end)) {
                // An end that no event reaches
                end.tag = String::new();
            }
            (end.id.clone(), end)
        });
        Ok(ends.collect())
    }

    /// Adds an event to its chain; `Err` holds the number of the first event that does not fit.
    fn extend(
        &self,
        checked: &mut Checked,
        record: EventRecord,
        end: u64,
    ) -> Result<Result<(), u64>, ServiceError> {
        let number = record.number;
        if number <= checked.number || checked.early.insert(number, record).is_some() {
            return Ok(Err(number));
        }
        while let Some(record) = checked.early.remove(&(checked.number + 1)) {
            let row = record.row_id();
            let expected = tag(self.activity_key(), &checked.tag, &row, &record.event)?;
            if !same(&expected, &record.tag) {
                return Ok(Err(record.number));
            }
            (checked.number, checked.tag) = (record.number, expected);
            if checked.number == end {
                checked.tag_at_end = Some(checked.tag.clone());
            }
        }
        Ok(Ok(()))
    }
}

fn same(a: &str, b: &str) -> bool {
    a.as_bytes().ct_eq(b.as_bytes()).into()
}
