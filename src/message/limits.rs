//! What a reader is willing to take, and what a writer makes.

/// Plaintext bytes in every frame but the last that [`Sealer`](super::Sealer) makes.
pub const FRAME_LEN: u32 = 65_536;

/// What a reader takes before any key is at hand; everything over it is refused with `ERR_LIMIT`.
///
/// # Example
/// ```
/// let mut limits = tsutsumi::message::Limits::default();
/// limits.slots = 100;
/// assert_eq!(limits.frame_len, 1 << 20);
/// ```
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// Slots in a message. Default: 10.
    pub slots: u16,
    /// Bytes of the header, its tag included. Default: 128 KiB.
    pub header_len: u32,
    /// Plaintext bytes of a frame, which is what a reader has to hold. Default: 1 MiB.
    pub frame_len: u32,
}

impl Default for Limits {
    fn default() -> Self {
        Self {
            slots: 10,
            header_len: 128 << 10,
            frame_len: 1 << 20,
        }
    }
}
