//! Chunks: their places, their tags, their ends.

use super::{CHUNK, Draft, List, OPEN_FAILED};

const THREE: usize = 2 * CHUNK + 100;

pub(super) fn add(list: &mut List) {
    places(list);
    bits(list);
    ends(list);
    let name = "additional_data";
    let mut draft = Draft::new(name);
    draft.aad = b"context";
    let object = [draft.header(), draft.chunks(100).0.concat()].concat();
    let about = (name, "O-5", "chunks with additional data");
    list.push(about, OPEN_FAILED, &draft.key, &object);
}

/// Adds an object whose chunks are changed after they were made.
fn bad(
    list: &mut List,
    name: &'static str,
    comment: &'static str,
    len: usize,
    change: fn(&Draft, &mut Vec<Vec<u8>>),
) {
    list.refused((name, "O-5", comment), OPEN_FAILED, len, change);
}

fn places(list: &mut List) {
    let comment = "the first two change places";
    bad(list, "chunks_swapped", comment, THREE, |_, c| c.swap(0, 1));
    let comment = "the first is left out";
    bad(list, "chunk_first_missing", comment, THREE, |_, c| {
        drop(c.remove(0));
    });
    let comment = "the second is left out";
    bad(list, "chunk_second_missing", comment, THREE, |_, c| {
        drop(c.remove(1));
    });
    let comment = "the first is there twice";
    bad(list, "chunk_twice", comment, THREE, |_, c| {
        c.insert(0, c[0].clone());
    });
    let comment = "the last one is the only one";
    bad(list, "chunk_last_first", comment, THREE, |_, c| {
        drop(c.drain(..2));
    });
    let comment = "counted from 1";
    bad(list, "chunks_from_1", comment, 100, |draft, c| {
        c[0] = draft.chunk(1, 100).0;
    });
    let comment = "a chunk of another object";
    bad(list, "chunk_of_another", comment, THREE, |_, c| {
        c[0] = Draft::new("another object").chunk(0, CHUNK).0;
    });
}

fn bits(list: &mut List) {
    let comment = "one bit of the first chunk";
    bad(list, "chunk_ciphertext_flipped", comment, THREE, |_, c| {
        c[0][0] = 1;
    });
    let comment = "one bit of the first tag";
    bad(list, "chunk_tag_flipped", comment, THREE, |_, c| {
        c[0][CHUNK] ^= 1;
    });
    let comment = "one bit of the last chunk";
    bad(list, "last_ciphertext_flipped", comment, THREE, |_, c| {
        c[2][99] = 1;
    });
    bad(list, "last_tag_flipped", "the last bit", THREE, |_, c| {
        c[2][115] ^= 1;
    });
}

fn ends(list: &mut List) {
    let comment = "all but the last byte";
    bad(list, "cut_by_a_byte", comment, THREE, |_, c| {
        c[2].truncate(115);
    });
    let comment = "cut inside the second chunk";
    bad(list, "cut_in_a_chunk", comment, THREE, |_, c| {
        c.pop();
        c[1].truncate(5000);
    });
    let comment = "an empty last chunk is left out";
    bad(list, "last_chunk_cut_off", comment, 2 * CHUNK, |_, c| {
        c.pop();
        c[1].pop();
    });
    bad(
        list,
        "trailing",
        "a byte after the last tag",
        100,
        |_, c| c[0].push(0),
    );
    let comment = "a whole chunk after the last one";
    bad(list, "trailing_chunk", comment, 100, |draft, c| {
        c.push(draft.chunk(1, 0).0);
    });
}
