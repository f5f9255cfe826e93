//! Events, their properties in the schema, and events as they are received.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::json::{Document, Entry, Node, Token};
use crate::policy::FeatureSet;
use crate::value::Dict;
use crate::walk::{self, DecodeError, Field, Rules, Writer};

/// An event. The implementing type holds its data.
pub trait Event: Field {
    /// Its properties.
    const INFO: &'static EventInfo;
}

/// The properties of an event in the schema.
#[derive(Debug)]
pub struct EventInfo {
    name: &'static str,
    pub(crate) feature_set: FeatureSet,
    features: &'static [&'static str],
}

impl EventInfo {
    /// An event without features.
    pub const fn new(name: &'static str) -> EventInfo {
        EventInfo { name, feature_set: FeatureSet::NONE, features: &[] }
    }

    // As in `CommandInfo` and the shapes: a trait could share these, but cannot make them `const`.

    /// Adds feature `deprecated`.
    #[must_use]
    pub const fn deprecated(mut self) -> Self {
        self.feature_set = self.feature_set.with(FeatureSet::DEPRECATED);
        self
    }

    /// Adds feature `unstable`.
    #[must_use]
    pub const fn unstable(mut self) -> Self {
        self.feature_set = self.feature_set.with(FeatureSet::UNSTABLE);
        self
    }

    /// Sets all features by name.
    #[must_use]
    pub const fn features(mut self, features: &'static [&'static str]) -> Self {
        self.features = features;
        self
    }

    /// The QAPI name.
    pub const fn name(&self) -> &'static str {
        self.name
    }

    /// The names of its features.
    pub const fn feature_names(&self) -> &'static [&'static str] {
        self.features
    }
}

/// All events of a schema in one type: a generated enum, or [`RawEvent`].
pub trait AnyEvent: Sized {
    /// Reads the event `name`. An event that the schema does not know is kept raw.
    ///
    /// # Errors
    /// If the data of a known event does not match the schema.
    fn read(name: &str, data: EventData<'_>) -> Result<Self, DecodeError>;

    /// Its properties, if the schema knows it.
    fn info(&self) -> Option<&'static EventInfo>;

    /// Its name.
    fn name(&self) -> &str;

    /// Writes its data.
    fn write(&self, w: &mut Writer<'_>);
}

/// The time of an event by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Seconds since 1970
    pub seconds: i64,
    /// Microseconds of the second; both are -1 if the clock could not be read
    pub microseconds: i64,
}

impl Timestamp {
    /// The current time.
    pub fn now() -> Timestamp {
        match SystemTime::now().duration_since(UNIX_EPOCH) {
            Ok(since) => Timestamp {
                seconds: i64::try_from(since.as_secs()).unwrap_or(i64::MAX),
                microseconds: since.subsec_micros().into(),
            },
            Err(_) => Timestamp { seconds: -1, microseconds: -1 },
        }
    }
}

/// An event without a type.
#[derive(Debug, Clone, PartialEq)]
pub struct RawEvent {
    /// Its name.
    pub name: String,
    /// Its data; empty if it has none.
    pub data: Dict,
}

impl AnyEvent for RawEvent {
    fn read(name: &str, data: EventData<'_>) -> Result<Self, DecodeError> {
        Ok(data.raw(name))
    }

    fn info(&self) -> Option<&'static EventInfo> {
        None
    }

    fn name(&self) -> &str {
        &self.name
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.value(&self.data);
    }
}

/// The data of an event, not read yet.
#[derive(Debug, Clone, Copy)]
pub struct EventData<'d> {
    node: Node<'d>,
    rules: &'d Rules,
}

/// An object without members, for data and arguments that are absent.
pub(crate) static EMPTY: Document<'static> = Document {
    text: "",
    arena: "",
    entries: &[Entry { payload: 0, next: 1, hash: 0, token: Token::Dict }],
};

impl<'d> EventData<'d> {
    #[cfg(feature = "client")]
    pub(crate) fn new(node: Option<Node<'d>>, rules: &'d Rules) -> EventData<'d> {
        EventData { node: node.unwrap_or(EMPTY.root()), rules }
    }

    /// Reads it as the data of one event.
    ///
    /// # Errors
    /// If it does not match the type.
    pub fn read<T: Field>(self) -> Result<T, DecodeError> {
        walk::decode(self.node, self.rules)
    }

    /// Keeps it without a type.
    pub fn raw(self, name: &str) -> RawEvent {
        RawEvent { name: name.to_owned(), data: Dict::of(self.node) }
    }
}
