//! Version, suite, limits, commitment and tag.

use super::{List, PAIRS, PLAINTEXT, draft, draft_with, flipped};
use crate::draft::{Draft, LABELS};

const INVALID: &str = "ERR_FORMAT_INVALID";
const VERSION: &str = "ERR_FORMAT_VERSION";
const TRUNCATED: &str = "ERR_FORMAT_TRUNCATED";
const OPEN_FAILED: &str = "ERR_OPEN_FAILED";

pub(super) fn add(list: &mut List) {
    versions(list);
    suites(list);
    fields(list);
    cuts(list);
    authenticity(list);
}

/// A message changed before anything in it was computed: all but the change is in order.
fn made(name: &str, change: impl FnOnce(&mut Draft)) -> Vec<u8> {
    let mut draft = draft(name);
    change(&mut draft);
    draft.message(PLAINTEXT)
}

fn versions(list: &mut List) {
    for (name, byte, comment) in [
        ("version_0", 0, "no such version"),
        ("version_3", 3, "no such version"),
        ("version_255", 0xFF, "no such version"),
        ("version_json", b'{', "not a message at all"),
    ] {
        let message = made(name, |draft| draft.version = byte);
        list.refused((name, "M-1", comment), VERSION, &message);
    }
    let name = "version_1_type";
    let mut message = made(name, |draft| {
        draft.version = 1;
        draft.suite = 0x8103;
    });
    message[3] = 0x78;
    list.refused(
        (name, "M-1", "version 1, but of another type"),
        VERSION,
        &message,
    );
    for (name, text) in [
        ("base64_version_2", "AgR4"),
        ("base64_version_1", "AYADeA=="),
    ] {
        let about = (name, "M-2", "a message as base64 text");
        let message = format!("{text}{}", "A".repeat(400));
        list.refused(about, INVALID, message.as_bytes());
    }
}

fn suites(list: &mut List) {
    for (name, suite, comment) in [
        (
            "suite_0178",
            0x0178,
            "version 1, which does not commit to its key",
        ),
        ("suite_0078", 0x0078, "version 1, without key derivation"),
    ] {
        let mut draft = draft(name);
        (draft.version, draft.suite) = (1, suite);
        let message = draft.version_1(b"uncommitted");
        list.refused((name, "M-3", comment), "ERR_POLICY_SUITE", &message);
    }
    for (name, suite, comment) in [
        ("suite_0000", 0x0000, "the number that is never given"),
        ("suite_0479", 0x0479, "one more than a known one"),
        ("suite_7804", 0x7804, "in the wrong order of bytes"),
        (
            "suite_0178_version_2",
            0x0178,
            "a suite of version 1 in version 2",
        ),
        ("suite_6701", 0x6701, "of another format of the same family"),
    ] {
        let message = made(name, |draft| draft.suite = suite);
        list.refused((name, "M-4", comment), "ERR_FORMAT_SUITE", &message);
    }
}

fn fields(list: &mut List) {
    for (name, content, comment) in [
        ("content_type_0", 0, "neither framed nor in one piece"),
        ("content_type_3", 3, "neither framed nor in one piece"),
    ] {
        let message = made(name, |draft| draft.content = content);
        list.refused((name, "M-9", comment), INVALID, &message);
    }
    let name = "content_single_frame_length";
    let message = made(name, |draft| draft.content = 1);
    list.refused(
        (name, "M-9", "in one piece, with a frame length"),
        INVALID,
        &message,
    );
    let name = "content_framed_zero";
    let mut draft_zero = draft(name);
    draft_zero.frame_len = 0;
    let message = [draft_zero.header(), draft_zero.last(1, b"")].concat();
    list.refused((name, "M-9", "frames of no length"), INVALID, &message);
    for (name, frame_len) in [
        ("frame_length_over", (1 << 20) + 1),
        ("frame_length_max", u32::MAX),
    ] {
        let mut draft = draft(name);
        draft.frame_len = frame_len;
        let message = [draft.header(), draft.last(1, PLAINTEXT)].concat();
        list.refused(
            (name, "M-10", "frames over the limit"),
            "ERR_LIMIT",
            &message,
        );
    }
    let name = "frame_length_limit";
    let mut draft = draft(name);
    draft.frame_len = 1 << 20;
    let message = [draft.header(), draft.last(1, PLAINTEXT)].concat();
    list.opens(
        (name, "M-10", "frames as long as the limit"),
        PAIRS,
        &message,
        PLAINTEXT,
    );
}

fn cuts(list: &mut List) {
    for (name, len, comment) in [
        ("header_cut_0", 0, "nothing at all"),
        ("header_cut_1", 1, "after the version"),
        ("header_cut_2", 2, "inside the suite"),
        ("header_cut_34", 34, "inside the message id"),
        ("header_cut_36", 36, "inside the length of the context"),
        ("header_cut_45", 45, "inside the context"),
        ("header_cut_70", 70, "inside a slot"),
    ] {
        let message = made(name, |_| ());
        list.refused((name, "M-12", comment), TRUNCATED, &message[..len]);
    }
    let name = "header_cut_tag";
    let header = draft(name).header();
    let about = (name, "M-12", "one byte before the end of the tag");
    list.refused(about, TRUNCATED, &header[..header.len() - 1]);
    let name = "header_claims_more";
    let mut draft = draft(name);
    draft.slots[0].ciphertext.truncate(0);
    let header = draft.header();
    let at = header.len() - 16 - 32 - 5 - 2;
    let claims = [&header[..at], &[0xFF, 0xFF]].concat();
    let about = (
        name,
        "M-12",
        "a wrapped key of 65,535 bytes, of which there is none",
    );
    list.refused(about, TRUNCATED, &claims);
}

fn authenticity(list: &mut List) {
    let name = "commitment_zero";
    let message = made(name, |draft| draft.commitment = Some([0; 32]));
    list.refused(
        (name, "M-13", "a commitment of zeros, under a good tag"),
        OPEN_FAILED,
        &message,
    );
    let name = "commitment_flipped";
    let header = draft(name).header().len();
    let at = isize::try_from(header - 17).unwrap();
    let message = flipped(made(name, |_| ()), at);
    list.refused(
        (name, "M-13", "one bit of the commitment"),
        OPEN_FAILED,
        &message,
    );
    let name = "message_id_flipped";
    let message = flipped(made(name, |_| ()), 3);
    list.refused(
        (name, "M-13", "one bit of the message id"),
        OPEN_FAILED,
        &message,
    );
    for (name, from_end, comment) in [
        ("header_tag_first", 16, "the first byte of the header tag"),
        ("header_tag_last", 1, "the last byte of the header tag"),
        (
            "frame_length_flipped",
            49,
            "one bit of the frame length, which the tag covers",
        ),
    ] {
        let at = draft(name).header().len() - from_end;
        let message = flipped(made(name, |_| ()), isize::try_from(at).unwrap());
        list.refused((name, "M-14", comment), OPEN_FAILED, &message);
    }
    let name = "unstored_pair";
    let mut unstored = draft(name);
    unstored.unstored = b"\0\x01\0\x01a\0\x01b".to_vec();
    let about = (
        name,
        "M-14",
        "a pair is authenticated that is not stored, and not known",
    );
    list.refused(about, OPEN_FAILED, &unstored.message(PLAINTEXT));
    let name = "control";
    let control = draft_with(name, PAIRS).message(PLAINTEXT);
    list.opens(
        (name, "M-14", "what the others are altered from"),
        PAIRS,
        &control,
        PLAINTEXT,
    );
    let name = "label_of_a_final_frame";
    let message = made(name, |draft| draft.label = Some(LABELS[1]));
    list.refused(
        (name, "M-27", "regular frames labelled as final ones"),
        OPEN_FAILED,
        &message,
    );
}
