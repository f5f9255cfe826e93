//! Properties of XBZRLE: a delta turns the old page into the new one, and malformed data changes
//! nothing.

use qemu_stream::xbzrle::{Encoded, MAX_RUN, decode, encode, runs};

/// Checks them for an old and a new page of half the input each, and for the input as a delta.
pub fn check(bytes: &[u8]) {
    let (old, new) = bytes.split_at(bytes.len() / 2);
    let new = &new[..old.len()];
    for room in [old.len(), old.len() / 2, old.len() + old.len() / 8 + 8] {
        let mut delta = vec![0; room];
        match encode(old, new, &mut delta) {
            Encoded::Unchanged => assert_eq!(old, new),
            Encoded::Overflow => assert!(old != new || old.len() > MAX_RUN || room < 2),
            Encoded::Bytes(used) => {
                let mut page = old.to_vec();
                assert!(decode(&delta[..used], &mut page).is_ok());
                assert_eq!(page, new);
            }
        }
    }
    let mut page = vec![0xa5; 4096];
    let mut last = 0;
    let covered = runs(bytes, page.len(), |at, run| {
        assert!(at >= last && !run.is_empty() && at + run.len() <= 4096);
        last = at + run.len();
    });
    let decoded = decode(bytes, &mut page);
    assert_eq!(decoded, covered);
    match decoded {
        Ok(end) => assert!(end == last && page[end..].iter().all(|byte| *byte == 0xa5)),
        Err(_) => assert!(page.iter().all(|byte| *byte == 0xa5)),
    }
}
