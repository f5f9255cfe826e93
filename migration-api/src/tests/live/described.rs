//! Sources that end without a description, as QEMU with machine option `suppress-vmdesc`.

use super::source::Source;
use super::*;
use crate::stream::return_path::Message;

#[test]
fn a_source_without_a_description_is_answered() {
    for late in [false, true] {
        let target = super::faults::target(&[]);
        let mut source = Source::begin(&target);
        source.section();
        source.pages(&[(1, 7)]);
        source.end();
        // It keeps the connection until it has the answer.
        assert_eq!(source.hear(), Some(Message::Shut(0)));
        if late {
            // A description that comes after all is read.
            source.described();
            assert!(source.is_read());
        }
        drop(source);
        target.until(Status::Completed);
        assert_eq!(target.memory()[4096..8192], [7; 4096]);
    }
}
