//! Opening ranges of objects: only the chunks that cover them are fetched.

use core::fmt;
use core::ops::Range;

use super::derive::Committed;
use super::layout::{CHUNK_LEN, HEADER_LEN, Layout, SEALED_CHUNK_LEN};
use super::open::open_chunk;
use crate::error::{Error, Problem};
use crate::key::DataKey;
use crate::secret::{SecretBytes, scrub_stack};

/// What to fetch for a range, and what to do with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RangePlan {
    chunks: Range<u64>,
    fetch: Range<u64>,
    skip: usize,
    len: u64,
}

impl RangePlan {
    /// The bytes of the object to fetch, besides the header.
    #[must_use]
    pub const fn fetch(&self) -> &Range<u64> {
        &self.fetch
    }
}

/// Opens ranges of one object.
///
/// Every byte it gives is authentic and stands where it says. The length of the object, and so
/// where it ends, is a claim of whoever stores it until a range that reaches the end has been
/// opened.
///
/// # Example
/// ```
/// use tsutsumi::object::{Layout, ObjectSealer, RangeOpener};
/// use tsutsumi::{DataKey, SecretBytes};
///
/// let key = DataKey::generate()?;
/// let mut sealer = ObjectSealer::new(&key, b"")?;
/// let mut object = sealer.header().to_vec();
/// sealer.push(&[7; 100_000], &mut object)?;
/// sealer.finish(&mut object)?;
///
/// let header = object.first_chunk().expect("56 bytes of header");
/// let opener = RangeOpener::new(&key, b"", header, Layout::of(object.len() as u64)?)?;
/// let plan = opener.plan(50_000..50_010)?;
/// let fetched = &object[plan.fetch().start as usize..plan.fetch().end as usize];
/// let mut plaintext = SecretBytes::default();
/// opener.open(&plan, fetched, &mut plaintext)?;
/// assert_eq!(plaintext.as_bytes(), [7; 10]);
/// assert_eq!(fetched.len(), 16_400);
/// # Ok::<(), tsutsumi::Error>(())
/// ```
///
/// # Source
/// <https://c2sp.org/chunked-encryption>, "Random access".
pub struct RangeOpener {
    pub(super) committed: Committed,
    layout: Layout,
}

impl RangeOpener {
    /// Checks the commitment in the header, and so key and context.
    ///
    /// # Errors
    /// `ERR_OPEN_FAILED` if key or context is another one, or the header was altered.
    pub fn new(
        key: &DataKey,
        context: &[u8],
        header: &[u8; HEADER_LEN],
        layout: Layout,
    ) -> Result<Self, Error> {
        let committed = Committed::check(key, header, context)?;
        scrub_stack();
        Ok(Self { committed, layout })
    }

    /// Says what to fetch for a range of the plaintext.
    ///
    /// An empty range fetches the chunk it stands in all the same, so that even nothing is
    /// authenticated.
    ///
    /// # Errors
    /// `ERR_ARGUMENT` if the range is turned round or reaches over the end.
    pub fn plan(&self, range: Range<u64>) -> Result<RangePlan, Error> {
        // spec: O-7
        if range.start > range.end || range.end > self.layout.plaintext_len() {
            return Err(Problem::RangeInvalid.into());
        }
        let first = range.start / CHUNK_LEN as u64;
        let last = range.end.saturating_sub(1).max(range.start) / CHUNK_LEN as u64;
        // A range that ends with the plaintext takes the last chunk along, even where that is
        // empty: it is what proves the end.
        // spec: O-8
        let last = if range.end == self.layout.plaintext_len() {
            self.layout.chunks() - 1
        } else {
            last
        };
        let chunks = first..last + 1;
        let fetch = self.layout.place(&chunks);
        let skip = usize::try_from(range.start % CHUNK_LEN as u64).unwrap_or(0);
        Ok(RangePlan {
            chunks,
            fetch,
            skip,
            len: range.end - range.start,
        })
    }

    /// Opens what was fetched for a plan, and appends the range.
    ///
    /// # Errors
    /// `ERR_FORMAT_TRUNCATED` if more or fewer bytes were fetched than planned; `ERR_OPEN_FAILED`
    /// if a chunk was altered or moved. Nothing is appended then.
    pub fn open(
        &self,
        plan: &RangePlan,
        fetched: &[u8],
        plaintext: &mut SecretBytes,
    ) -> Result<(), Error> {
        if fetched.len() as u64 != plan.fetch.end - plan.fetch.start {
            // spec: O-9
            return Err(Problem::ObjectTruncated.into());
        }
        let mut opened = SecretBytes::with_capacity(fetched.len());
        for (index, chunk) in plan.chunks.clone().zip(fetched.chunks(SEALED_CHUNK_LEN)) {
            open_chunk(&self.committed, index, chunk, &mut opened)?;
        }
        scrub_stack();
        let len = usize::try_from(plan.len).map_err(|_| Problem::RangeInvalid)?;
        let range = opened
            .as_bytes()
            .get(plan.skip..)
            .and_then(|rest| rest.get(..len));
        plaintext.extend_from_slice(range.ok_or(Problem::ObjectTruncated)?);
        Ok(())
    }
}

impl fmt::Debug for RangeOpener {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("RangeOpener")
            .field("layout", &self.layout)
            .finish_non_exhaustive()
    }
}
