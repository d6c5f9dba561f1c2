//! Objects behind numbers.

use wasm_bindgen::prelude::*;

use super::call;
use crate::context::Context;
use crate::error::{Error, Problem};
#[cfg(feature = "formats")]
use crate::key::BranchKey;
use crate::key::{DataKey, LegacyKey, WrappingKey};
#[cfg(feature = "formats")]
use crate::message::MessageRangeOpener;
use crate::message::{Header, Opener, Sealer};
#[cfg(feature = "formats")]
use crate::object::{ObjectOpener, ObjectSealer, RangeOpener};
#[cfg(feature = "formats")]
use crate::table::KeyTable;

/// Bits of a handle that say where; the others say which of the objects that were there.
const INDEX_BITS: u32 = 20;
const INDEX_MASK: u32 = (1 << INDEX_BITS) - 1;

/// Whatever JavaScript can hold.
pub(super) enum Object {
    #[cfg(feature = "formats")]
    BranchKey(Box<BranchKey>),
    Context(Context),
    DataKey(DataKey),
    Header(Box<Header>),
    LegacyKey(LegacyKey),
    #[cfg(feature = "formats")]
    MessageRangeOpener(Box<MessageRangeOpener>),
    #[cfg(feature = "formats")]
    Work(Box<Work>),
    Opener(Box<Opener>),
    Sealer(Box<Sealer>),
    #[cfg(feature = "formats")]
    Table(KeyTable),
    WrappingKey(WrappingKey),
}

/// An object being sealed or opened.
#[cfg(feature = "formats")]
pub(super) enum Work {
    Opener(ObjectOpener),
    Ranges(RangeOpener),
    Sealer(ObjectSealer),
}

/// Functions that find an object of one kind by its handle.
macro_rules! find_shared {
    ($($name:ident: $kind:ty = $variant:ident,)+) => {$(
        pub(super) fn $name(&self, handle: u32) -> Result<&$kind, Error> {
            match self.find(handle) {
                Some(Object::$variant(object)) => Ok(object),
                _ => Err(Problem::HandleUnknown.into()),
            }
        }
    )+};
}

/// The same for objects that the call changes.
macro_rules! find_exclusive {
    ($($name:ident: $kind:ty = $variant:ident,)+) => {$(
        pub(super) fn $name(&mut self, handle: u32) -> Result<&mut $kind, Error> {
            match self.entry(handle) {
                Some(Some(Object::$variant(object))) => Ok(object),
                _ => Err(Problem::HandleUnknown.into()),
            }
        }
    )+};
}

/// The table of all objects. A handle is never 0, and does not find an object that came later.
pub(super) struct Handles {
    entries: Vec<(u32, Option<Object>)>,
    free: Vec<u32>,
}

impl Handles {
    pub(super) const fn new() -> Self {
        Self {
            entries: Vec::new(),
            free: Vec::new(),
        }
    }

    #[inline(never)]
    pub(super) fn insert(&mut self, object: Object) -> Result<u32, Error> {
        let index = match self.free.pop() {
            Some(index) => index,
            None => self.grow()?,
        };
        let (turn, entry) = self
            .entries
            .get_mut(index as usize)
            .ok_or(Problem::Boundary)?;
        *turn = turn.wrapping_add(1);
        *entry = Some(object);
        Ok(*turn << INDEX_BITS | (index + 1))
    }

    /// Takes the object out; dropping it wipes what it held.
    #[inline(never)]
    pub(super) fn remove(&mut self, handle: u32) -> Result<Object, Error> {
        let object = self
            .entry(handle)
            .and_then(Option::take)
            .ok_or(Problem::HandleUnknown)?;
        self.free.push((handle & INDEX_MASK) - 1);
        Ok(object)
    }

    find_shared! {
        context: Context = Context,
        header: Header = Header,
        wrapping_key: WrappingKey = WrappingKey,
    }
    #[cfg(feature = "formats")]
    find_shared! {
        branch_key: BranchKey = BranchKey,
        message_range_opener: MessageRangeOpener = MessageRangeOpener,
        table: KeyTable = Table,
    }
    find_exclusive! {
        opener: Opener = Opener,
        sealer: Sealer = Sealer,
    }
    #[cfg(feature = "formats")]
    find_exclusive! {
        object: Work = Work,
        table_mut: KeyTable = Table,
    }

    /// A context, or none for 0.
    pub(super) fn context_or_none(&self, handle: u32) -> Result<Context, Error> {
        match handle {
            0 => Ok(Context::default()),
            _ => self.context(handle).cloned(),
        }
    }

    pub(super) fn data_key(&self, handle: u32) -> Result<&DataKey, Error> {
        match self.find(handle) {
            Some(Object::DataKey(key)) => Ok(key),
            Some(Object::LegacyKey(_)) => Err(Problem::KeyShort.into()),
            _ => Err(Problem::HandleUnknown.into()),
        }
    }

    /// Takes in a data key of whatever length; only one of 32 bytes is good for everything.
    #[inline(never)]
    pub(super) fn insert_key(&mut self, key: LegacyKey) -> Result<u32, Error> {
        self.insert(match key.as_bytes().len() {
            DataKey::LEN => Object::DataKey(key.into_data_key()?),
            _ => Object::LegacyKey(key),
        })
    }

    /// The bytes of a data key of whatever length.
    #[inline(never)]
    pub(super) fn key_bytes(&self, handle: u32) -> Result<&[u8], Error> {
        match self.find(handle) {
            Some(Object::DataKey(key)) => Ok(key.secret().as_bytes()),
            Some(Object::LegacyKey(key)) => Ok(key.as_bytes()),
            _ => Err(Problem::HandleUnknown.into()),
        }
    }

    #[inline(never)]
    fn find(&self, handle: u32) -> Option<&Object> {
        let (turn, entry) = self
            .entries
            .get((handle & INDEX_MASK).wrapping_sub(1) as usize)?;
        entry
            .as_ref()
            .filter(|_| turn << INDEX_BITS == handle & !INDEX_MASK)
    }

    #[inline(never)]
    fn entry(&mut self, handle: u32) -> Option<&mut Option<Object>> {
        let index = (handle & INDEX_MASK).wrapping_sub(1);
        let (turn, entry) = self.entries.get_mut(index as usize)?;
        Some(entry).filter(|_| *turn << INDEX_BITS == handle & !INDEX_MASK)
    }

    fn grow(&mut self) -> Result<u32, Error> {
        let index = u32::try_from(self.entries.len()).map_err(|_| Problem::Boundary)?;
        if index == INDEX_MASK {
            return Err(Problem::Boundary.into());
        }
        self.entries.push((0, None));
        Ok(index)
    }
}

/// Lets an object of any kind go, and wipes it.
#[wasm_bindgen]
pub fn free(handle: u32) -> Result<u32, JsValue> {
    call(&mut |state| state.handles.remove(handle).map(|_| 0))
}
