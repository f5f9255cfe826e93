// Generated from `enum.json` by qapi-codegen. Changes made here are lost.

/// Values whose names Rust cannot take as they are.
///
/// **Since:** 2.0
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::cmp::PartialOrd,
    ::core::cmp::Ord
)]
#[derive(::core::hash::Hash)]
pub enum Speed {
    /// two and a half
    _2_5,
    /// twenty-five
    _25,
    /// itself
    Self_,
    /// a word with a hyphen
    PreSwitchover,
    /// a keyword, but not as a variant
    Type,
}

impl ::qapi::rt::Enum for Speed {
    const SHAPE: &'static ::qapi::rt::EnumShape = &::qapi::rt::EnumShape::new(
        "Speed",
        &[
            ::qapi::rt::value("2_5"),
            ::qapi::rt::value("25"),
            ::qapi::rt::value("self"),
            ::qapi::rt::value("pre-switchover"),
            ::qapi::rt::value("type"),
        ],
    );
    const VALUES: &'static [Self] = &[
        Self::_2_5,
        Self::_25,
        Self::Self_,
        Self::PreSwitchover,
        Self::Type,
    ];

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Speed);

/// No values.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::cmp::PartialOrd,
    ::core::cmp::Ord
)]
#[derive(::core::hash::Hash)]
pub enum Void {}

impl ::qapi::rt::Enum for Void {
    const SHAPE: &'static ::qapi::rt::EnumShape = &::qapi::rt::EnumShape::new(
        "Void",
        &[],
    );
    const VALUES: &'static [Self] = &[];

    #[inline]
    fn index(&self) -> usize {
        Self::VALUES.iter().position(|value| value == self).unwrap_or(0)
    }
}
::qapi::rt::enumeration!(Void);

/// The commands: a type for the arguments of each.
///
/// A client sends a value of such a type. Its optional members are `None` unless they are set:
/// `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code)]
pub mod commands {}

/// The events: a type for the data of each, and `Event` for any of them.
#[allow(dead_code)]
pub mod events {
    /// An event of whatever kind.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    #[allow(clippy::large_enum_variant)]
    pub enum Event {
        /// One that the schema does not name.
        Unknown(::qapi::RawEvent),
    }

    impl ::qapi::rt::AnyEvent for Event {
        #[inline]
        fn read(
            name: &str,
            data: ::qapi::rt::EventData<'_>,
        ) -> ::core::result::Result<Self, ::qapi::DecodeError> {
            ::core::result::Result::Ok(Self::Unknown(data.raw(name)))
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::Unknown(event) => w.value(&event.data),
            }
        }
    }
}

/// What a server implements: a trait for the commands of each module of the schema.
/// Commands that it leaves out are answered as unknown ones are.
#[allow(dead_code)]
pub mod server {
    /// The dispatch tables of all modules.
    pub fn commands<H: 'static>() -> [&'static [::qapi::Handler<H>]; 0] {
        []
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: 'static>() -> [&'static [::qapi::AsyncHandler<H>]; 0] {
        []
    }
}

/// The introspection data of the schema.
#[allow(dead_code)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &["[]"];
}

/// All items, for `use prelude::*`. Names of Rust's own prelude keep their meaning.
#[allow(unused_imports)]
pub mod prelude {
    pub use super::*;
}
