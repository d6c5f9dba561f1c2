//! Slots: whose they are, and what is in them.

use super::{List, PAIRS, PLAINTEXT, draft, keys};
use crate::chance::Chance;
use crate::draft::{Draft, Slot, Wrapping, pairs};

const POLICY_KEY: &str = "ERR_POLICY_KEY";
const OPEN_FAILED: &str = "ERR_OPEN_FAILED";

pub(super) fn add(list: &mut List) {
    counts(list);
    foreign(list);
    altered(list);
    several(list);
}

fn other(provider: &str) -> Slot {
    Slot {
        provider: provider.into(),
        info: b"somebody else".to_vec(),
        ciphertext: b"opaque".to_vec(),
    }
}

fn counts(list: &mut List) {
    let name = "slots_none";
    let mut none = draft(name);
    none.slots.clear();
    let message = none.message(PLAINTEXT);
    list.refused(
        (name, "M-6", "nobody can open it"),
        "ERR_FORMAT_INVALID",
        &message,
    );
    let name = "slots_count_0";
    let mut zero = draft(name);
    zero.slot_count = Some(0);
    let about = (name, "M-6", "a slot is there, and none is counted");
    list.refused(about, "ERR_FORMAT_INVALID", &zero.message(PLAINTEXT));
    let name = "slots_10";
    let mut ten = draft(name);
    ten.slots.splice(0..0, (0..9).map(|_| other("else")));
    list.opens(
        (name, "M-7", "as many as may be"),
        PAIRS,
        &ten.message(PLAINTEXT),
        PLAINTEXT,
    );
    let name = "slots_11";
    let mut eleven = draft(name);
    eleven.slots.extend((0..10).map(|_| other("else")));
    list.refused(
        (name, "M-7", "one too many"),
        "ERR_LIMIT",
        &eleven.message(PLAINTEXT),
    );
    let name = "slots_claimed";
    let mut claimed = draft(name);
    claimed.slot_count = Some(0xFFFF);
    let about = (name, "M-7", "65,535 are counted and one is there");
    list.refused(about, "ERR_LIMIT", &claimed.message(PLAINTEXT));
    let name = "slot_provider_not_utf8";
    let mut bad = draft(name);
    bad.slots[0].provider = vec![0xFF];
    let about = (name, "M-8", "a provider that is no UTF-8");
    list.refused(about, "ERR_FORMAT_INVALID", &bad.message(PLAINTEXT));
}

fn foreign(list: &mut List) {
    type Case = (&'static str, &'static str, &'static str, fn(&mut Draft));
    let cases: [Case; 9] = [
        ("slot_other_provider", "M-16", "another provider", |draft| {
            draft.slots[0].provider = b"tsutsumi-vectorz".to_vec();
        }),
        (
            "slot_provider_longer",
            "M-16",
            "a provider that only begins as ours",
            |draft| {
                draft.slots[0].provider.push(b'x');
            },
        ),
        (
            "slot_provider_case",
            "M-16",
            "a provider in capital letters",
            |draft| {
                draft.slots[0].provider.make_ascii_uppercase();
            },
        ),
        ("slot_other_name", "W-2", "another name", |draft| {
            draft.slots[0].info[0] ^= 1;
        }),
        (
            "slot_name_longer",
            "W-2",
            "a name that only begins as ours",
            |draft| {
                draft.slots[0].info.insert(5, b'x');
            },
        ),
        ("slot_tag_length", "W-2", "tags of 96 bits", |draft| {
            draft.slots[0].info[8] = 96;
        }),
        ("slot_nonce_length", "W-2", "nonces of 16 bytes", |draft| {
            draft.slots[0].info[12] = 16;
        }),
        ("slot_nonce_short", "W-2", "a nonce of 11 bytes", |draft| {
            draft.slots[0].info.pop();
        }),
        ("slot_nonce_long", "W-2", "a nonce of 13 bytes", |draft| {
            draft.slots[0].info.push(0);
        }),
    ];
    for (name, clause, comment, change) in cases {
        let mut draft = draft(name);
        change(&mut draft);
        list.refused(
            (name, clause, comment),
            POLICY_KEY,
            &draft.message(PLAINTEXT),
        );
    }
    let name = "slot_of_the_second_key";
    let mut second = draft(name);
    let mut chance = Chance::new("slot", name);
    second.slots[0] = keys()[1].slot(&second.data_key, &second.context, &mut chance);
    let about = (
        name,
        "M-16",
        "wrapped by a key that this reader does not hold",
    );
    list.refused(about, POLICY_KEY, &second.message(PLAINTEXT));
}

fn altered(list: &mut List) {
    type Case = (&'static str, &'static str, fn(&mut Vec<u8>));
    let cases: [Case; 5] = [
        (
            "slot_ciphertext_flipped",
            "one bit of the wrapped key",
            |c| c[0] ^= 1,
        ),
        ("slot_tag_flipped", "one bit of its tag", |c| c[47] ^= 0x80),
        ("slot_ciphertext_cut", "a byte of the tag is missing", |c| {
            c.truncate(47);
        }),
        ("slot_ciphertext_empty", "nothing is wrapped", Vec::clear),
        ("slot_ciphertext_longer", "a byte follows the tag", |c| {
            c.push(0);
        }),
    ];
    for (name, comment, change) in cases {
        let mut draft = draft(name);
        change(&mut draft.slots[0].ciphertext);
        list.refused(
            (name, "W-3", comment),
            OPEN_FAILED,
            &draft.message(PLAINTEXT),
        );
    }
    for (name, len) in [("slot_key_31", 31), ("slot_key_33", 33)] {
        let mut draft = draft(name);
        let (mut chance, context) = (Chance::new("slot", name), draft.context.clone());
        let key = chance.vec(len);
        draft.slots[0] = keys()[0].slot(&key, &context, &mut chance);
        let about = (name, "W-3", "well wrapped, but not 32 bytes");
        list.refused(about, OPEN_FAILED, &draft.message(PLAINTEXT));
    }
    let name = "slot_other_context";
    let mut moved = draft(name);
    let mut chance = Chance::new("slot", name);
    moved.slots[0] = keys()[0].slot(&moved.data_key, &pairs(&[("a", "b")]), &mut chance);
    let about = (name, "W-3", "wrapped under another context");
    list.refused(about, OPEN_FAILED, &moved.message(PLAINTEXT));
    let name = "slot_namesake";
    let mut namesake = draft(name);
    let key = Wrapping {
        key: chance.bytes(),
        ..keys()[0]
    };
    namesake.slots[0] = key.slot(&namesake.data_key, &namesake.context, &mut chance);
    let about = (name, "W-3", "wrapped by another key of the same name");
    list.refused(about, OPEN_FAILED, &namesake.message(PLAINTEXT));
    let name = "slot_other_data_key";
    let mut swapped = draft(name);
    let context = swapped.context.clone();
    swapped.slots[0] = keys()[0].slot(&chance.vec(32), &context, &mut chance);
    let about = (
        name,
        "M-13",
        "a slot of another message of the same context",
    );
    list.refused(about, OPEN_FAILED, &swapped.message(PLAINTEXT));
}

fn several(list: &mut List) {
    let name = "slot_second_is_ours";
    let mut second = draft(name);
    second.slots.insert(0, other("aws-kms"));
    let about = (name, "M-16", "behind one of another provider");
    list.opens(about, PAIRS, &second.message(PLAINTEXT), PLAINTEXT);
    let name = "slot_empty_parts";
    let mut empty = draft(name);
    empty.slots.push(Slot {
        provider: Vec::new(),
        info: Vec::new(),
        ciphertext: Vec::new(),
    });
    let about = (name, "M-8", "beside one whose parts are all empty");
    list.opens(about, PAIRS, &empty.message(PLAINTEXT), PLAINTEXT);
    let name = "slot_first_is_damaged";
    let mut damaged = draft(name);
    let mut copy = damaged.slots[0].clone();
    copy.ciphertext[0] ^= 1;
    damaged.slots.insert(0, copy);
    let about = (
        name,
        "M-16",
        "every slot of ours is tried, not only the first",
    );
    list.opens(about, PAIRS, &damaged.message(PLAINTEXT), PLAINTEXT);
}
