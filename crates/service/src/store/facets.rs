//! What a row is found, counted and sorted by, beside its id.

/// The part of a row's document that a store keeps in columns of its own, so that it answers
/// [`Store::find`](super::Store::find) without reading documents. Nothing in it is secret.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Facets {
    /// What the row belongs to; only rows of one owner are found together.
    pub owner: String,
    /// The group within its owner.
    pub ring: String,
    /// The state of the row as long as its time has not run out: 1, 2 or 5.
    pub life: u8,
    /// Whether what the row stands for may be read.
    pub extractable: bool,
    /// Whether it was brought by its owner.
    pub imported: bool,
    /// When it was made, in seconds since 1970; all that follow too.
    pub created: i64,
    /// When it was last changed.
    pub updated: i64,
    /// When it was last renewed.
    pub rotated: Option<i64>,
    /// When its time runs out: from then on its state is 3, unless it is 5.
    pub expires: Option<i64>,
    /// When it was deleted.
    pub deleted: Option<i64>,
    /// When something is to be done to it by itself.
    pub due: Option<i64>,
}

/// The states whose time may run out.
pub(crate) const LIVING: [u8; 2] = [1, 2];
/// The state of what has run out of time.
pub(crate) const EXPIRED: u8 = 3;
/// The state of what is deleted.
pub(crate) const GONE: u8 = 5;

impl Facets {
    /// The facets of a row made now, in state 1, with nothing else to tell.
    #[must_use]
    pub const fn new(owner: String, ring: String, created: i64) -> Self {
        Self {
            owner,
            ring,
            life: LIVING[0],
            extractable: false,
            imported: false,
            created,
            updated: created,
            rotated: None,
            expires: None,
            deleted: None,
            due: None,
        }
    }

    /// The state at `now`.
    pub(crate) fn state(&self, now: i64) -> u8 {
        let expired = self.expires.is_some_and(|expires| expires <= now);
        if expired && self.life != GONE {
            EXPIRED
        } else {
            self.life
        }
    }
}
