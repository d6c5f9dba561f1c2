//! The cipher of `src/aead/simd` and the `aes-gcm` crate in one module: whether they agree, in
//! whatever engine runs it.

mod agree;
mod wycheproof;

// A build of the sources themselves, and not of a crate that would have to export them.
#[path = "../../../src/aead"]
mod aead {
    pub(crate) mod portable;
    pub(crate) mod simd;
}

/// Compares seal and open for the messages of `from` to `to - 1` bytes; returns how many cases
/// differ. Of `flaw`, 0 is none, and others are flaws that have to show.
#[unsafe(no_mangle)]
pub extern "C" fn disagreements(from: usize, to: usize, flaw: u32) -> u32 {
    (from..to).map(|len| agree::disagreements(len, flaw)).sum()
}

/// Cases that [`disagreements`] compares for each length.
#[unsafe(no_mangle)]
pub extern "C" fn cases() -> usize {
    agree::AADS.len()
}

/// Blocks of key stream up to counter 2³² − 1 that differ.
#[unsafe(no_mangle)]
pub extern "C" fn late_disagreements() -> u32 {
    agree::late()
}

/// Cases of Wycheproof that are decided as they say; 0 if one is not.
#[unsafe(no_mangle)]
pub extern "C" fn wycheproof() -> u32 {
    wycheproof::decided().unwrap_or(0)
}
