//! Checking that no event was changed, removed, moved or added.

use std::collections::BTreeMap;
use std::fmt;

use subtle::ConstantTimeEq;

use super::log::{ChainRecord, EventRecord, seal, tag};
use crate::service::{Service, ServiceError};
use crate::store::typed::{Record, load_all};

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

impl Service {
    /// Checks every event against the chain it is in.
    ///
    /// Costs reading all of them.
    ///
    /// # Errors
    /// [`ServiceError::Store`] if they cannot be read. Tampering is no error but an answer.
    pub async fn verify_activity(&self) -> Result<Result<Verified, Tampering>, ServiceError> {
        let mut chains: BTreeMap<String, Vec<EventRecord>> = BTreeMap::new();
        let mut events = 0;
        for held in load_all::<EventRecord>(self.store(), "").await? {
            events += 1;
            chains
                .entry(held.value.chain.clone())
                .or_default()
                .push(held.value);
        }
        let ends = load_all::<ChainRecord>(self.store(), "").await?;
        let count = ends.len();
        for end in ends {
            let end = end.value;
            let list = chains.remove(&end.id).unwrap_or_default();
            if let Err(number) = self.verify_chain(&end, list)? {
                return Ok(Err(Tampering {
                    chain: end.id,
                    number,
                }));
            }
        }
        Ok(match chains.pop_first() {
            Some((chain, _)) => Err(Tampering { chain, number: 1 }),
            None => Ok(Verified {
                events,
                chains: count,
            }),
        })
    }

    /// Checks one chain; `Err` holds the number of the first event that does not fit.
    fn verify_chain(
        &self,
        end: &ChainRecord,
        mut list: Vec<EventRecord>,
    ) -> Result<Result<(), u64>, ServiceError> {
        let key = self.activity_key();
        let same = |a: &str, b: &str| bool::from(a.as_bytes().ct_eq(b.as_bytes()));
        list.sort_by_key(|record| record.number);
        let mut previous = String::new();
        for (record, number) in list.iter().zip(1..) {
            let expected = tag(key, &previous, &record.row_id(), &record.event)?;
            if record.number != number || !same(&expected, &record.tag) {
                return Ok(Err(number));
            }
            previous = expected;
        }
        let whole = end.number == list.len() as u64
            && same(&end.tag, &previous)
            && same(&end.seal, &seal(key, end));
        Ok(if whole {
            Ok(())
        } else {
            Err(list.len() as u64 + 1)
        })
    }
}
