//! What a schema says of an event, and events as they come.

use std::time::{SystemTime, UNIX_EPOCH};

use crate::Dict;
use crate::json::{Document, Entry, Node, Token};
use crate::policy::Marks;
use crate::walk::{self, DecodeError, Field, Rules, Writer};

/// An event: its data is the implementing type.
pub trait Event: Field {
    /// What the schema says of it.
    const INFO: &'static EventInfo;
}

/// The properties of an event.
#[derive(Debug)]
pub struct EventInfo {
    name: &'static str,
    pub(crate) marks: Marks,
    features: &'static [&'static str],
}

impl EventInfo {
    /// An event without features.
    pub const fn new(name: &'static str) -> EventInfo {
        EventInfo { name, marks: Marks::NONE, features: &[] }
    }

    /// Feature `deprecated`
    pub const fn deprecated(mut self) -> Self {
        self.marks = self.marks.with(Marks::DEPRECATED);
        self
    }

    /// Feature `unstable`
    pub const fn unstable(mut self) -> Self {
        self.marks = self.marks.with(Marks::UNSTABLE);
        self
    }

    /// All features by name
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
    /// Takes the event `name`; one that the schema does not know is kept raw.
    ///
    /// # Errors
    /// If the data of a known event is not what the schema says.
    fn read(name: &str, data: EventData<'_>) -> Result<Self, DecodeError>;

    /// What the schema says of it, if it knows it.
    fn info(&self) -> Option<&'static EventInfo>;

    /// Its name.
    fn name(&self) -> &str;

    /// Writes its data.
    fn write(&self, w: &mut Writer<'_>);
}

/// When an event happened, by the server's clock.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default)]
pub struct Timestamp {
    /// Since 1970
    pub seconds: i64,
    /// Within the second; -1, as the seconds, if the clock could not be read
    pub microseconds: i64,
}

impl Timestamp {
    /// The present.
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

/// An event's data as it came.
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

    /// Reads it as the data of a certain event.
    ///
    /// # Errors
    /// If it is not.
    pub fn read<T: Field>(self) -> Result<T, DecodeError> {
        walk::read(self.node, self.rules)
    }

    /// Keeps it without a type.
    pub fn raw(self, name: &str) -> RawEvent {
        RawEvent { name: name.to_owned(), data: Dict::of(self.node) }
    }
}
