//! Headers, contexts, slots and frames.

use hkdf::Hkdf;
use sha2::Sha512;
use tsutsumi::message::{Commitment, Header, Limits, Opener, inspect};
use tsutsumi::{BranchKey, Class, Context, DataKey, Secret, SecretBytes, WrappingKey};

const KEY: [u8; 32] = [7; 32];

fn data_key() -> DataKey {
    DataKey::from_secret(Secret::from_slice(&KEY).expect("32 bytes"))
}

/// What is read of a header does not hang on how much of it has arrived.
pub(crate) fn header(data: &[u8]) {
    let limits = Limits::default();
    for commitment in [Commitment::Required, Commitment::AllowUncommitted] {
        match Header::read_allowing(data, &limits, commitment) {
            Ok(Some(header)) => {
                let len = header.encoded_len();
                assert!(len <= data.len() && len <= limits.header_len as usize);
                assert!(header.slots().len() <= usize::from(limits.slots));
                let exact = Header::read_allowing(&data[..len], &limits, commitment);
                assert!(exact.is_ok_and(|again| again.is_some()));
                let cut = usize::from(data[len - 1]) % len;
                let part = Header::read_allowing(&data[..cut], &limits, commitment);
                assert!(part.is_ok_and(|again| again.is_none()));
            }
            Ok(None) => (),
            Err(error) => {
                assert!(error.offset() <= data.len() as u64);
                assert_ne!(error.code().class(), Class::Internal);
            }
        }
    }
    if let Ok(inspection) = inspect(data, &limits) {
        let mut end = 0;
        for field in &inspection.fields {
            assert_eq!(field.offset, end);
            end += field.length;
        }
        assert_eq!(end, inspection.header_len);
    }
}

/// A header around a context: what is accepted is written again as it was, but for its order.
pub(crate) fn context(data: &[u8]) {
    let Ok(len) = u16::try_from(data.len()) else {
        return;
    };
    let mut header = vec![2, 4, 0x78];
    header.extend([0; 32]);
    header.extend(len.to_be_bytes());
    header.extend(data);
    header.extend([0, 1, 0, 1, b'p', 0, 0, 0, 0, 2, 0, 0, 0, 1]);
    header.extend([0; 48]);
    let Ok(header) = Header::read_whole(&header, &Limits::default()) else {
        return;
    };
    let pairs: Vec<_> = header.context().iter().collect();
    assert!(pairs.windows(2).all(|two| two[0].0 < two[1].0));
    assert_eq!(header.context().encode().len(), data.len());
    if let Ok(again) = Context::new(pairs) {
        assert_eq!(again.encode(), header.context().encode());
    }
}

/// A message whose commitment and header tag are made good: whatever the pieces, the outcome is
/// the same, and no more comes out than went in.
pub(crate) fn open(data: &[u8]) {
    let Some((piece, data)) = data.split_first() else {
        return;
    };
    let limits = Limits::default();
    let Ok(header) = Header::read_whole(data, &limits) else {
        return;
    };
    let mut message = data.to_vec();
    let len = header.encoded_len();
    let hkdf = Hkdf::<Sha512>::new(Some(&data[3..35]), &KEY);
    hkdf.expand(b"COMMITKEY", &mut message[len - 48..len - 16])
        .expect("32 bytes are few");
    message[len - 16..len].fill(0);
    let run = |piece: usize| {
        let header = Header::read_whole(&message, &limits).expect("it was read before");
        let mut plaintext = SecretBytes::new();
        let mut opener = Opener::new(&header, &data_key())?;
        for bytes in message[len..].chunks(piece) {
            opener.push(bytes, &mut plaintext)?;
        }
        opener.finish()?;
        Ok::<_, tsutsumi::Error>(plaintext.as_bytes().to_vec())
    };
    let (whole, pieces) = (run(message.len()), run(usize::from(*piece) + 1));
    assert_eq!(
        whole.as_ref().map_err(|error| error.problem()),
        pieces.as_ref().map_err(|error| error.problem())
    );
    if let Ok(plaintext) = whole {
        assert!(plaintext.len() + len < message.len());
    }
}

/// The slots of a header under a branch key.
pub(crate) fn branch(data: &[u8]) {
    let Ok(header) = Header::read_whole(data, &Limits::default()) else {
        return;
    };
    for slot in header.slots() {
        let Ok(root) = BranchKey::root_slot(slot, "root") else {
            continue;
        };
        let Ok(branch) = BranchKey::new(&data_key(), &root) else {
            continue;
        };
        drop(branch.unwrap(slot, header.context()));
    }
}

/// The slots of a header under a wrapping key.
pub(crate) fn wrapping(data: &[u8]) {
    let Ok(header) = Header::read_whole(data, &Limits::default()) else {
        return;
    };
    let secret = Secret::from_slice(&KEY).expect("32 bytes");
    let key = WrappingKey::new("n", "k", &secret).expect("good names");
    for slot in header.slots() {
        let owned = key.owns(slot);
        assert!(owned || key.unwrap(slot, header.context()).is_err());
    }
}
