//! Spans and events of migrations for `tracing`. Without feature `tracing`, all of this compiles
//! to nothing. The crate's documentation lists them with their fields, and this module as their
//! target: change both together.

// The parameters are for the fields.
#![cfg_attr(not(feature = "tracing"), allow(unused_variables))]

use std::fmt::Display;

#[cfg(not(feature = "tracing"))]
use off::{debug_span, display, info, info_span, warn};
#[cfg(feature = "tracing")]
use tracing::field::{Empty, display};
#[cfg(feature = "tracing")]
use tracing::{debug_span, info, info_span, warn};

#[cfg(not(feature = "tracing"))]
pub(crate) use off::Span;
#[cfg(feature = "tracing")]
pub(crate) use tracing::Span;

/// The same names without `tracing`.
#[cfg(not(feature = "tracing"))]
mod off {
    use std::fmt::Display;

    /// Replaces `tracing::Span`.
    #[derive(Debug)]
    pub(crate) struct Span;

    impl Span {
        pub(crate) fn current() -> Self {
            Self
        }

        pub(crate) fn in_scope<T>(&self, work: impl FnOnce() -> T) -> T {
            work()
        }

        pub(super) fn record<T>(&self, field: &str, value: T) -> &Self {
            self
        }
    }

    pub(super) fn display<T: Display>(value: T) -> T {
        value
    }

    macro_rules! span {
        ($($fields:tt)*) => {
            Span
        };
    }
    macro_rules! event {
        ($($fields:tt)*) => {
            ()
        };
    }
    pub(super) use {event as info, event as warn, span as debug_span, span as info_span};
}

/// Makes the span of an attempt, in which its threads run. An incoming attempt
/// [records its capabilities](capabilities) later.
pub(crate) fn attempt(
    direction: impl Display,
    address: &str,
    capabilities: Option<impl Display>,
) -> Span {
    let capabilities = capabilities.map(display);
    info_span!("attempt", %direction, address, capabilities)
}

/// Records the capabilities in the span of the current attempt, once: a subscriber may print every
/// value that a field had.
pub(crate) fn capabilities(capabilities: impl Display) {
    Span::current().record("capabilities", display(capabilities));
}

/// Makes the span of a channel.
pub(crate) fn channel(kind: &str, id: usize, tls: bool) -> Span {
    debug_span!("channel", kind, id, tls)
}

/// Makes the span of a pass.
pub(crate) fn pass(number: u64) -> Span {
    info_span!("pass", number, pages = Empty, bytes = Empty, dirty_rate = Empty, remaining = Empty)
}

/// Ends a pass.
pub(crate) fn end_pass(span: &Span, pages: u64, bytes: u64, dirty_rate: u64, remaining: u64) {
    span.record("pages", pages).record("bytes", bytes);
    span.record("dirty_rate", dirty_rate).record("remaining", remaining);
}

/// Reports a change of a status.
pub(crate) fn status(direction: impl Display, from: impl Display, to: impl Display) {
    info!(%direction, %from, %to, "status");
}

/// Reports the end of an attempt by an error.
pub(crate) fn failed(direction: impl Display, error: impl Display) {
    warn!(%direction, %error, "failed");
}

/// Reports how much the guest is slowed down.
pub(crate) fn throttled(percent: u8) {
    info!(percent, "throttled");
}

/// Reports how many pages a destination requested, and how many bytes were sent in postcopy.
pub(crate) fn postcopy(requests: u64, bytes: u64) {
    info!(requests, bytes, "postcopy");
}
