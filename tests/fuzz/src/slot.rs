//! Kept slots.

use tsutsumi::slot::StoredSlot;

/// A list as JSON: what is read is written, and what is written is read as the same.
pub(crate) fn list(data: &[u8]) {
    let Ok(text) = str::from_utf8(data) else {
        return;
    };
    let Ok(slots) = StoredSlot::read_all(text) else {
        return;
    };
    assert!(slots.len() <= StoredSlot::COUNT_MAX);
    let written: Vec<_> = slots.iter().map(StoredSlot::to_json).collect();
    let again = StoredSlot::read_all(&format!("[{}]", written.join(","))).expect("we wrote it");
    assert_eq!(again, slots);
}
