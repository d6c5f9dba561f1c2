//! Randomness in small pieces: in the modules out of one bulk draw, natively from the platform.

#[cfg(target_arch = "wasm32")]
use core::cell::RefCell;

use crate::error::Error;
use crate::secret::random;
#[cfg(any(test, target_arch = "wasm32"))]
use crate::secret::wipe;

#[cfg(any(test, target_arch = "wasm32"))]
const POOL_LEN: usize = 4096;
/// More than this at a time comes from the platform: it is no small piece.
#[cfg(any(test, target_arch = "wasm32"))]
const PIECE_MAX: usize = 256;

#[cfg(target_arch = "wasm32")]
thread_local! {
    // Zeros until the first draw, so nothing that is made at the start of a program is in it.
    static POOL: RefCell<Pool> = const { RefCell::new(Pool::new()) };
}

/// Fills `buffer` with randomness that nobody else gets.
///
/// # Errors
/// `ERR_INTERNAL` if the platform gives none; the buffer is then all zeros.
#[cfg(target_arch = "wasm32")]
pub(crate) fn draw(buffer: &mut [u8]) -> Result<(), Error> {
    // Taken already is the pool if the platform's randomness is a function that calls the core.
    POOL.with(|pool| match pool.try_borrow_mut() {
        Ok(mut pool) => pool.take(buffer, random),
        Err(_) => random(buffer),
    })
}

/// Fills `buffer` from the platform: a process may fork, and both would have the same pool.
///
/// # Errors
/// `ERR_INTERNAL` if the platform gives none; the buffer is then all zeros.
#[cfg(not(target_arch = "wasm32"))]
pub(crate) fn draw(buffer: &mut [u8]) -> Result<(), Error> {
    random(buffer)
}

/// Random bytes that are handed out once each, from the front; zeros stand in place of the others.
#[cfg(any(test, target_arch = "wasm32"))]
struct Pool {
    bytes: [u8; POOL_LEN],
    left: usize,
}

#[cfg(any(test, target_arch = "wasm32"))]
impl Pool {
    const fn new() -> Self {
        Self {
            bytes: [0; POOL_LEN],
            left: 0,
        }
    }

    fn take(
        &mut self,
        buffer: &mut [u8],
        fill: impl FnOnce(&mut [u8]) -> Result<(), Error>,
    ) -> Result<(), Error> {
        if buffer.len() > PIECE_MAX {
            return fill(buffer);
        }
        if self.left < buffer.len() {
            self.left = 0;
            if let Err(error) = fill(&mut self.bytes) {
                wipe(&mut self.bytes);
                wipe(buffer);
                return Err(error);
            }
            self.left = POOL_LEN;
        }
        let start = POOL_LEN - self.left;
        let piece = &mut self.bytes[start..start + buffer.len()];
        buffer.copy_from_slice(piece);
        wipe(piece);
        self.left -= buffer.len();
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::error::Problem;

    /// Fills with bytes that count the fills, from 1.
    fn counting(fills: &mut u8) -> impl FnMut(&mut [u8]) -> Result<(), Error> {
        |bytes| {
            *fills += 1;
            bytes.fill(*fills);
            Ok(())
        }
    }

    #[test]
    fn nothing_is_drawn_before_it_is_needed_and_one_draw_serves_many() {
        let (mut pool, mut fills) = (Pool::new(), 0);
        assert_eq!((pool.left, pool.bytes), (0, [0; POOL_LEN]));
        let mut piece = [0; 32];
        for _ in 0..POOL_LEN / 32 {
            pool.take(&mut piece, counting(&mut fills)).unwrap();
            assert_eq!(piece, [1; 32]);
        }
        assert_eq!(fills, 1);
        pool.take(&mut piece, counting(&mut fills)).unwrap();
        assert_eq!((piece, fills), ([2; 32], 2));
    }

    #[test]
    fn no_byte_is_handed_out_twice_and_none_stays() {
        let fill = |bytes: &mut [u8]| {
            for (at, byte) in bytes.chunks_exact_mut(2).zip(1_u16..) {
                at.copy_from_slice(&byte.to_be_bytes());
            }
            Ok(())
        };
        let mut pool = Pool::new();
        let mut handed = Vec::new();
        for len in [24, 0, 32, 2, PIECE_MAX] {
            let mut piece = vec![0; len];
            pool.take(&mut piece, fill).unwrap();
            handed.extend(piece);
            let (spent, unspent) = pool.bytes.split_at(handed.len());
            assert!(spent.iter().all(|&byte| byte == 0));
            let mut all = vec![0; POOL_LEN];
            fill(&mut all).unwrap();
            assert_eq!((&handed[..], unspent), all.split_at(handed.len()));
        }
    }

    #[test]
    fn what_is_left_over_is_overwritten_by_the_next_draw() {
        let (mut pool, mut fills) = (Pool::new(), 0);
        let mut piece = [0; 250];
        for _ in 0..=POOL_LEN / 250 {
            pool.take(&mut piece, counting(&mut fills)).unwrap();
        }
        assert_eq!((piece, fills), ([2; 250], 2));
        assert!(!pool.bytes.contains(&1));
    }

    #[test]
    fn much_at_a_time_passes_the_pool_by() {
        let (mut pool, mut fills) = (Pool::new(), 0);
        let mut much = [0; PIECE_MAX + 1];
        pool.take(&mut much, counting(&mut fills)).unwrap();
        assert_eq!((much[PIECE_MAX], pool.left), (1, 0));
    }

    #[test]
    fn a_platform_without_randomness_leaves_zeros() {
        let (mut pool, mut piece) = (Pool::new(), [7; 32]);
        let fails = |bytes: &mut [u8]| {
            bytes.fill(7);
            Err(Problem::RandomUnavailable.into())
        };
        assert_eq!(
            pool.take(&mut piece, fails).unwrap_err(),
            Problem::RandomUnavailable.into()
        );
        assert_eq!((piece, pool.left, pool.bytes), ([0; 32], 0, [0; POOL_LEN]));
    }
}
