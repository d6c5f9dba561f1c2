//! Frames: their order, their lengths, their tags.

use super::{List, PAIRS, PLAINTEXT, draft, flipped};
use crate::draft::{Draft, Kind, LABELS, nonce};

const INVALID: &str = "ERR_FORMAT_INVALID";
const TRUNCATED: &str = "ERR_FORMAT_TRUNCATED";
const OPEN_FAILED: &str = "ERR_OPEN_FAILED";

pub(super) fn add(list: &mut List) {
    good(list);
    nonces(list);
    order(list);
    ends(list);
    tags(list);
    single(list);
}

fn good(list: &mut List) {
    for (name, plaintext) in [
        ("plaintext_empty", &b""[..]),
        ("plaintext_1", b"x"),
        ("plaintext_15", &PLAINTEXT[..15]),
        ("plaintext_16", &PLAINTEXT[..16]),
        ("plaintext_17", &PLAINTEXT[..17]),
        ("plaintext_32", &PLAINTEXT[..32]),
    ] {
        let message = draft(name).message(plaintext);
        list.opens(
            (name, "M-22", "lengths around a frame"),
            PAIRS,
            &message,
            plaintext,
        );
    }
    let name = "frames_of_1";
    let mut ones = draft(name);
    ones.frame_len = 1;
    let message = ones.message(PLAINTEXT);
    list.opens(
        (name, "M-22", "frames of one byte"),
        PAIRS,
        &message,
        PLAINTEXT,
    );
    let name = "final_frame_empty";
    let empty = draft(name);
    let frames = [empty.regular(1, &PLAINTEXT[..16]), empty.last(2, b"")].concat();
    let message = [empty.header(), frames].concat();
    let about = (name, "M-23", "an empty final frame after a full one");
    list.opens(about, PAIRS, &message, &PLAINTEXT[..16]);
}

fn nonces(list: &mut List) {
    let name = "nonces_of_their_own";
    let draft = draft(name);
    let (head, tail) = PLAINTEXT.split_at(16);
    let frames = [
        draft.frame_with(Kind::Regular, 1, b"twelve bytes", head),
        draft.frame_with(Kind::Final, 2, &[0xFF; 12], &tail[..10]),
    ];
    let message = [draft.header(), frames.concat()].concat();
    let about = (name, "M-21", "nonces that do not count");
    list.opens(about, PAIRS, &message, &PLAINTEXT[..26]);
}

/// A message with frames of the caller's making.
fn framed(name: &str, make: impl FnOnce(&Draft, Vec<Vec<u8>>) -> Vec<Vec<u8>>) -> Vec<u8> {
    let draft = draft(name);
    let frames = make(&draft, draft.frames(PLAINTEXT));
    [draft.header(), frames.concat()].concat()
}

fn order(list: &mut List) {
    type Make = fn(&Draft, Vec<Vec<u8>>) -> Vec<Vec<u8>>;
    let cases: [(&str, &str, Make); 8] = [
        (
            "frames_swapped",
            "the first two change places",
            |_, mut frames| {
                frames.swap(0, 1);
                frames
            },
        ),
        (
            "frame_first_missing",
            "the first is left out",
            |_, frames| frames[1..].to_vec(),
        ),
        (
            "frame_second_missing",
            "the second is left out",
            |_, mut frames| {
                frames.remove(1);
                frames
            },
        ),
        (
            "frame_twice",
            "the first is there twice",
            |_, mut frames| {
                frames.insert(0, frames[0].clone());
                frames
            },
        ),
        ("frames_from_0", "counted from 0", |draft, _| {
            vec![draft.regular(0, &PLAINTEXT[..16]), draft.last(1, b"")]
        }),
        ("frames_from_2", "counted from 2", |draft, _| {
            vec![draft.regular(2, &PLAINTEXT[..16]), draft.last(3, b"")]
        }),
        (
            "final_frame_number",
            "the final one skips a number",
            |draft, _| vec![draft.regular(1, &PLAINTEXT[..16]), draft.last(3, b"")],
        ),
        (
            "final_frame_only_0",
            "the only one is number 0",
            |draft, _| vec![draft.last(0, b"")],
        ),
    ];
    for (name, comment, make) in cases {
        list.refused((name, "M-24", comment), INVALID, &framed(name, make));
    }
    let name = "final_frame_too_long";
    let message = framed(name, |draft, _| vec![draft.last(1, &PLAINTEXT[..17])]);
    let about = (
        name,
        "M-25",
        "a byte longer than the frame length, with a good tag",
    );
    list.refused(about, INVALID, &message);
    let name = "final_frame_claims";
    let message = framed(name, |draft, _| {
        let mut frame = draft.last(1, &PLAINTEXT[..16]);
        frame[20..24].fill(0xFF);
        vec![frame]
    });
    list.refused((name, "M-25", "claims 4 GiB"), INVALID, &message);
}

fn ends(list: &mut List) {
    let whole = |name| draft(name).message(PLAINTEXT);
    for (name, extra, comment) in [
        ("trailing_byte", &b"\0"[..], "a byte after the end"),
        (
            "trailing_mark",
            b"\xFF\xFF\xFF\xFF",
            "the mark of a final frame after the end",
        ),
    ] {
        let message = [&whole(name), extra].concat();
        list.refused((name, "M-26", comment), INVALID, &message);
    }
    let name = "trailing_message";
    let message = [whole(name), whole(name)].concat();
    list.refused(
        (name, "M-26", "the same message once more"),
        INVALID,
        &message,
    );
    let name = "final_frame_twice";
    let message = framed(name, |_, mut frames| {
        frames.push(frames[2].clone());
        frames
    });
    list.refused((name, "M-26", "the final frame twice"), INVALID, &message);
    let name = "body_missing";
    list.refused(
        (name, "M-28", "nothing but a header"),
        TRUNCATED,
        &draft(name).header(),
    );
    for (name, cut, comment) in [
        ("final_frame_missing", 50, "all but the final frame"),
        ("final_frame_cut", 1, "all but the last byte"),
        ("regular_frame_cut", 60, "cut inside the second frame"),
        ("mark_cut", 48, "cut inside the mark of the final frame"),
    ] {
        let message = whole(name);
        let cut = &message[..message.len() - cut];
        list.refused((name, "M-28", comment), TRUNCATED, cut);
    }
}

fn tags(list: &mut List) {
    // The three frames take 48, 48 and 50 bytes.
    for (name, at, comment) in [
        (
            "frame_ciphertext_flipped",
            -146 + 16,
            "one bit of the first frame's ciphertext",
        ),
        (
            "frame_tag_flipped",
            -99,
            "the last bit of the first frame's tag",
        ),
        (
            "frame_nonce_flipped",
            -146 + 4,
            "one bit of the first frame's nonce",
        ),
        (
            "final_ciphertext_flipped",
            -17,
            "one bit of the final frame's ciphertext",
        ),
        ("final_tag_flipped", -1, "the last bit of the message"),
    ] {
        let message = flipped(draft(name).message(PLAINTEXT), at);
        list.refused((name, "M-27", comment), OPEN_FAILED, &message);
    }
    let name = "frame_of_another_message";
    let other = draft("another message").frames(PLAINTEXT).remove(0);
    let message = framed(name, |_, mut frames| {
        frames[0] = other;
        frames
    });
    list.refused(
        (name, "M-27", "a frame of another message in its place"),
        OPEN_FAILED,
        &message,
    );
    for (name, label, comment) in [
        (
            "final_labelled_regular",
            LABELS[0],
            "a final frame labelled as a regular one",
        ),
        (
            "final_labelled_single",
            LABELS[2],
            "a final frame labelled as a body in one piece",
        ),
    ] {
        let mut draft = draft(name);
        draft.label = Some(label);
        let message = [draft.header(), draft.last(1, b"short")].concat();
        list.refused((name, "M-27", comment), OPEN_FAILED, &message);
    }
}

fn single(list: &mut List) {
    let make = |name, change: fn(&mut Vec<u8>)| {
        let mut draft = draft(name);
        (draft.content, draft.frame_len) = (1, 0);
        let mut body = draft.frame_with(Kind::Single, 1, &nonce(1), PLAINTEXT);
        change(&mut body);
        [draft.header(), body].concat()
    };
    let name = "single";
    let about = (name, "M-29", "a body in one piece");
    list.opens(about, PAIRS, &make(name, |_| ()), PLAINTEXT);
    let name = "single_claims";
    let message = make(name, |body| body[12..20].fill(0xFF));
    list.refused(
        (name, "M-29", "claims 2^64 - 1 bytes"),
        "ERR_LIMIT",
        &message,
    );
    let name = "single_over";
    let message = make(name, |body| {
        body[12..20].copy_from_slice(&0x10_0001_u64.to_be_bytes());
    });
    list.refused(
        (name, "M-29", "claims a byte more than the limit"),
        "ERR_LIMIT",
        &message,
    );
    let name = "single_cut";
    let message = make(name, |body| body.truncate(body.len() - 1));
    list.refused((name, "M-28", "cut by a byte"), TRUNCATED, &message);
    let name = "single_flipped";
    let message = make(name, |body| body[20] ^= 1);
    list.refused(
        (name, "M-27", "one bit of its ciphertext"),
        OPEN_FAILED,
        &message,
    );
    let name = "single_trailing";
    let message = make(name, |body| body.push(0));
    list.refused((name, "M-26", "a byte after the end"), INVALID, &message);
    let name = "single_shorter";
    let message = make(name, |body| {
        body[19] -= 1;
        body.pop();
    });
    list.refused(
        (name, "M-27", "its length is one less, and so are the bytes"),
        OPEN_FAILED,
        &message,
    );
}
