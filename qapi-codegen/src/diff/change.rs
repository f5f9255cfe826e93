//! A change between two interfaces, as plain data.

use std::fmt;
use std::sync::Arc;

use serde::Serialize;

/// One change between two interfaces.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
#[non_exhaustive]
pub struct Change {
    /// The effect on a client that was built for the old interface.
    pub verdict: Verdict,
    /// The kind of change.
    pub code: Code,
    /// The first command or event that reaches the change.
    pub user: User,
    /// The JSON path in `user`, such as `arguments.channels[].addr{transport=socket}.host`: `[]`
    /// stands for the elements of an array, `{transport=socket}` for a branch of a union. Empty if
    /// the change is about `user` as a whole.
    pub path: String,
    /// The member, value, branch, alternative or feature that is added or removed; else empty.
    pub name: String,
    /// The change in words, without `user` and `path`.
    pub message: String,
    /// The direction of the data.
    pub direction: Direction,
    /// The name of the changed type in the old interface, unless it is implicit or masked.
    pub old_type: Option<String>,
    /// The name of the changed type in the new interface, unless it is implicit or masked.
    pub new_type: Option<String>,
    /// The place in the old interface: of the part itself, or of the type that lacks it.
    pub old: Option<Place>,
    /// The place in the new interface: of the part itself, or of the type that lacks it.
    pub new: Option<Place>,
    /// The commands and events that reach the change, `user` first; at most
    /// [`MOST_USERS`](Change::MOST_USERS).
    pub users: Vec<User>,
}

impl Change {
    /// The number of users that a change names at most.
    pub const MOST_USERS: usize = 64;
}

/// The effect of a change on a client that was built for the old interface and talks to a server
/// of the new one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Verdict {
    /// Every such client works on.
    Compatible,
    /// A client that refuses unknown members, values or events in what it receives breaks.
    Strict,
    /// A client that uses the changed part breaks.
    Breaking,
}

impl Verdict {
    /// All verdicts, the worst first.
    pub const ALL: [Verdict; 3] = [Verdict::Breaking, Verdict::Strict, Verdict::Compatible];

    /// The verdict in words.
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Compatible => "compatible",
            Verdict::Strict => "breaking for strict clients",
            Verdict::Breaking => "breaking",
        }
    }
}

impl fmt::Display for Verdict {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

/// The direction of data, seen from the client.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Direction {
    /// The client sends it: commands and their arguments.
    Sent,
    /// The client receives it: replies and events.
    Received,
    /// The type is used in both directions.
    Both,
}

impl fmt::Display for Direction {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(match self {
            Direction::Sent => "sent",
            Direction::Received => "received",
            Direction::Both => "sent and received",
        })
    }
}

/// A command or event that reaches a change, or a type that was selected by its name.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[non_exhaustive]
pub struct User {
    /// The kind of entity.
    pub kind: UserKind,
    /// Its name.
    pub name: String,
}

/// The kind of a [`User`].
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
#[non_exhaustive]
pub enum UserKind {
    /// A command.
    Command,
    /// An event.
    Event,
    /// A type that was selected by its name.
    Type,
}

impl fmt::Display for User {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let kind = match self.kind {
            UserKind::Command => "command",
            UserKind::Event => "event",
            UserKind::Type => "type",
        };
        write!(f, "{kind} {}", self.name)
    }
}

/// A place in an interface.
#[derive(Debug, Clone, PartialEq, Eq, Hash, Serialize)]
#[serde(untagged)]
#[non_exhaustive]
pub enum Place {
    /// A line of a schema file.
    Line {
        /// The file.
        file: Arc<str>,
        /// The line, counted from 1.
        line: usize,
    },
    /// An element of a `query-qmp-schema` reply.
    Entity {
        /// The file of the reply.
        file: Arc<str>,
        /// The JSON path in the file, such as `[12].members[3]`.
        element: String,
    },
}

impl fmt::Display for Place {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Place::Line { file, line } => write!(f, "{file}:{line}"),
            Place::Entity { file, element } => write!(f, "{file}:{element}"),
        }
    }
}

macro_rules! codes {
    ($($(#[$doc:meta])* $name:ident => $text:literal,)*) => {
        /// The kind of a change. The text of a code is stable.
        #[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
        #[non_exhaustive]
        pub enum Code {
            $($(#[$doc])* $name,)*
        }

        impl Code {
            /// All codes.
            pub const ALL: &[Code] = &[$(Code::$name),*];

            /// The code in kebab case.
            pub fn as_str(self) -> &'static str {
                match self {
                    $(Code::$name => $text,)*
                }
            }
        }
    };
}

codes! {
    /// A command is gone or has another name.
    CommandRemoved => "command-removed",
    /// A command is new.
    CommandAdded => "command-added",
    /// An event is gone or has another name.
    EventRemoved => "event-removed",
    /// An event is new.
    EventAdded => "event-added",
    /// A command can no longer be sent with `exec-oob`.
    OobRemoved => "oob-removed",
    /// A command can now be sent with `exec-oob`.
    OobAdded => "oob-added",
    /// A member is gone or has another name.
    MemberRemoved => "member-removed",
    /// A member is new.
    MemberAdded => "member-added",
    /// An optional member is now mandatory.
    MemberNowMandatory => "member-now-mandatory",
    /// A mandatory member is now optional.
    MemberNowOptional => "member-now-optional",
    /// The new type takes neither all values of the old one nor only those.
    TypeChanged => "type-changed",
    /// The new type takes a part of the old one's values.
    TypeNarrowed => "type-narrowed",
    /// The new type takes more values than the old one.
    TypeWidened => "type-widened",
    /// As `type-changed`, for the ranges of two integer types. Only between schemas.
    IntegerChanged => "integer-changed",
    /// As `type-narrowed`, for the ranges of two integer types. Only between schemas.
    IntegerNarrowed => "integer-narrowed",
    /// As `type-widened`, for the ranges of two integer types. Only between schemas.
    IntegerWidened => "integer-widened",
    /// A value of an enum is gone or has another name.
    ValueRemoved => "value-removed",
    /// A value of an enum is new.
    ValueAdded => "value-added",
    /// The discriminator of a union is another member.
    DiscriminatorChanged => "discriminator-changed",
    /// A branch of a union is gone, or has no members any more.
    BranchRemoved => "branch-removed",
    /// A branch of a union is new, or has members now.
    BranchAdded => "branch-added",
    /// An alternate no longer takes a type.
    AlternativeRemoved => "alternative-removed",
    /// An alternate takes a further type.
    AlternativeAdded => "alternative-added",
    /// A feature is gone.
    FeatureRemoved => "feature-removed",
    /// A feature is new.
    FeatureAdded => "feature-added",
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

impl Serialize for Code {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}
