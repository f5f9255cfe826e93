//! A property of the return path: a message has one spelling, and pieces of any size mean what the
//! whole means.

use qemu_stream::return_path::{Message, ReturnPathError, ReturnPathReader};

/// Checks it for a return path; the first byte is the size of the pieces.
pub fn check(bytes: &[u8]) {
    let [size, path @ ..] = bytes else { return };
    let (messages, used, end) = read(path, usize::MAX);
    let mut written = Vec::new();
    messages.iter().for_each(|message| message.write(&mut written));
    assert!(path.starts_with(&written), "what was read is written byte for byte");
    assert!(written.len() <= used);
    for size in [1, usize::from(*size) + 2] {
        let pieces = read(path, size);
        assert_eq!((&pieces.0, &pieces.2), (&messages, &end), "pieces of {size}");
    }
    if let Err(error) = end {
        assert!(!error.to_string().is_empty());
    }
}

fn read(path: &[u8], size: usize) -> (Vec<Message>, usize, Result<(), ReturnPathError>) {
    let mut reader = ReturnPathReader::new(1 << 12);
    let (mut messages, mut at, mut end) = (Vec::new(), 0, 0);
    loop {
        match reader.step(&path[at..end]) {
            Err(error) => return (messages, at, Err(error)),
            Ok(step) => {
                at += step.used;
                match step.message {
                    Some(message) => messages.push(message),
                    None if end == path.len() => return (messages, at, Ok(())),
                    None => end = end.saturating_add(size).min(path.len()),
                }
            }
        }
    }
}
