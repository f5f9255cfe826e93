//! Connections of clients that are not the source.

use super::source::Source;
use super::*;
use crate::stream::Limits;

/// The most lines of the log that they cause.
const LINES: usize = 5;

/// Lets more strangers connect than have a line each, every one with another text. Checks the
/// number of lines.
fn have_a_few_lines(target: &Host, text: impl Fn(u8) -> Vec<u8>) {
    let address = target.listen();
    for number in 0..3 * LINES as u8 {
        Source::connect(&address).send(&text(number));
    }
    let notices = target.notices.lock().unwrap();
    let mut lines = 0;
    // Longer than a line takes.
    while let Ok(notice) = notices.recv_timeout(Duration::from_secs(1)) {
        lines += usize::from(matches!(notice, Event::Log(_)));
    }
    assert_eq!(lines, LINES);
}

fn target(capabilities: &[Capability]) -> Host {
    let machine = machine(&["idle"], true);
    let limits = Limits { log_lines: LINES, ..Limits::default() };
    let builder = Engine::builder(machine.clone()).limits(limits);
    Host::of(builder, machine, true, capabilities, Parameters::default())
}

#[test]
fn strangers_among_multifd_channels_have_a_few_lines_of_the_log() {
    have_a_few_lines(&target(&[Capability::Multifd]), |number| vec![number; 4]);
}

#[test]
#[cfg(feature = "tls")]
fn strangers_without_tls_have_a_few_lines_of_the_log() {
    use crate::transport::{Endpoint, TlsCredentials, TlsKind};
    let target = target(&[]);
    let credentials = TlsCredentials::new(TlsKind::Anonymous, Endpoint::Server, None);
    crate::tests::tls::secure(&target, credentials);
    // OpenSSL has an error of its own for each of the two.
    have_a_few_lines(&target, |number| match number % 2 {
        0 => b"GET / HTTP/1.1\r\n\r\n".to_vec(),
        _ => vec![0xff; 64],
    });
}
