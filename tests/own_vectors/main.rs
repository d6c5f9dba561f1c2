//! The vectors of this project: made from a seed, one failure each, and read here in every way.
//!
//! `UPDATE=1 cargo test --test own_vectors` writes the files anew. What makes them uses nothing of
//! the core: a mistake in the core shows as a vector that is read wrongly.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

mod chance;
mod draft;
mod keyset;
mod messages;
mod objects;
mod read_messages;
mod read_objects;
mod read_slots;
mod read_tables;
mod records;
mod slots;
#[path = "../support/mod.rs"]
mod support;
mod tables;
mod vector;

use vector::{Vector, compare};

/// Counts for a person, and a floor under them.
fn tell(file: &str, vectors: &[Vector], negative_min: usize) {
    let negative = vectors.iter().filter(|v| v.expect != "ok").count();
    println!("{file}: {} vectors, {negative} negative", vectors.len());
    assert!(negative >= negative_min);
}

#[test]
fn messages_are_what_the_generator_makes() {
    let vectors = messages::vectors();
    compare(messages::FILE, messages::head(), &vectors);
    tell(messages::FILE, &vectors, 100);
}

#[test]
fn objects_are_what_the_generator_makes() {
    let vectors = objects::vectors();
    compare(objects::FILE, objects::head(), &vectors);
    tell(objects::FILE, &vectors, 25);
}

#[test]
fn tables_are_what_the_generator_makes() {
    let vectors = tables::vectors();
    compare(tables::FILE, tables::head(), &vectors);
    tell(tables::FILE, &vectors, 30);
}

#[test]
fn records_are_what_the_generator_makes() {
    let vectors = records::vectors();
    compare(records::FILE, records::head(), &vectors);
    tell(records::FILE, &vectors, 25);
}

#[test]
fn slots_are_what_the_generator_makes() {
    let vectors = slots::vectors();
    compare(slots::FILE, slots::head(), &vectors);
    tell(slots::FILE, &vectors, 25);
}
