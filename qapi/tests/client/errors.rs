//! Texts of errors and their causes.

use std::error::Error;
use std::io;
use std::time::Duration;

use qapi::client::{ClientError, ConnectStep};
use qapi::{ErrorClass, QmpError};

/// The text that `anyhow`'s `{:#}` prints.
fn chain(error: &dyn Error) -> String {
    let mut text = error.to_string();
    let mut source = error.source();
    while let Some(cause) = source {
        text.push_str(": ");
        text.push_str(&cause.to_string());
        source = cause.source();
    }
    text
}

#[test]
fn no_text_is_printed_twice() {
    let refused = || ClientError::Io(io::Error::new(io::ErrorKind::ConnectionRefused, "refused"));
    for (error, text) in [
        (ClientError::Qmp(QmpError::generic("no disk")), "no disk"),
        (refused(), "refused"),
        (ClientError::Io(io::Error::other(QmpError::generic("inner"))), "inner"),
        (ClientError::Protocol("a".into()), "the server does not speak QMP: a"),
        (
            ClientError::Connection { command: "stop".into(), cause: Box::new(refused()) },
            "stop: refused",
        ),
        (
            ClientError::Connect {
                address: "qmp".into(),
                step: ConnectStep::Connect,
                within: Some(Duration::from_secs(5)),
                cause: Some(Box::new(refused())),
            },
            "cannot connect to qmp within 5 s: connecting the socket: refused",
        ),
        (
            ClientError::Timeout {
                name: "query-status".into(),
                missing: "answer",
                within: Duration::from_secs(5),
            },
            "query-status: no answer within 5 s",
        ),
    ] {
        assert_eq!(chain(&error), text);
        // A `main` that returns it prints this.
        assert_eq!(format!("{error:?}"), text);
    }
}

#[test]
fn only_a_servers_error_has_a_class() {
    let error = ClientError::Qmp(QmpError::new(ErrorClass::DeviceNotFound, "no device"));
    assert_eq!(error.class(), Some(ErrorClass::DeviceNotFound));
    let closed = ClientError::Closed { command: None, after_quit: false };
    assert_eq!(closed.class(), None);
}
