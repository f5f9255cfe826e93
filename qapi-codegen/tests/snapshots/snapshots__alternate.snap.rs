// Generated from `alternate.json` by qapi-codegen. Changes made here are lost.

/// A level.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::cmp::PartialOrd,
    ::core::cmp::Ord
)]
#[derive(::core::hash::Hash)]
pub enum Level {
    /// little
    Low,
    /// much
    High,
}

impl ::qapi::rt::Enum for Level {
    const SHAPE: &'static ::qapi::rt::EnumShape = &::qapi::rt::EnumShape::new(
        "Level",
        &[::qapi::rt::value("low"), ::qapi::rt::value("high")],
    );
    const VALUES: &'static [Self] = &[Self::Low, Self::High];

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Level);

/// More than a level.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Details {
    /// the level
    pub level: Level,
}

#[allow(dead_code)]
impl Details {
    /// A value of the mandatory members; the optional ones are absent.
    #[inline]
    pub fn new(level: Level) -> Self {
        Self { level }
    }
}

impl ::qapi::rt::Object for Details {
    const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
        "Details",
        &[::qapi::rt::member("level")],
    );

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        ::core::result::Result::Ok(Self { level: r.required()? })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.level);
    }
}
::qapi::rt::object!(Details);

/// Each kind of JSON value but lists.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Setting {
    /// an object
    Details(Details),
    /// a string
    Level(Level),
    /// a number
    Count(i64),
    /// a boolean
    On(bool),
    /// nothing
    Default(::qapi::Null),
}

impl ::qapi::rt::Alternate for Setting {
    const NAME: &'static str = "Setting";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        match r.kind() {
            ::qapi::rt::Kind::Dict => {
                ::core::result::Result::Ok(Self::Details(r.value()?))
            }
            ::qapi::rt::Kind::String => {
                ::core::result::Result::Ok(Self::Level(r.value()?))
            }
            ::qapi::rt::Kind::Number => {
                ::core::result::Result::Ok(Self::Count(r.value()?))
            }
            ::qapi::rt::Kind::Bool => ::core::result::Result::Ok(Self::On(r.value()?)),
            ::qapi::rt::Kind::Null => {
                ::core::result::Result::Ok(Self::Default(r.value()?))
            }
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Details(value) => w.value(value),
            Self::Level(value) => w.value(value),
            Self::Count(value) => w.value(value),
            Self::On(value) => w.value(value),
            Self::Default(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(Setting);

/// An absent setting is another than one that is null.
#[allow(dead_code)]
#[derive(
    ::core::fmt::Debug,
    ::core::clone::Clone,
    ::core::cmp::PartialEq,
    ::core::default::Default
)]
pub struct Settings {
    /// a setting
    pub one: ::core::option::Option<Setting>,
    /// settings, or one
    pub more: ::core::option::Option<OneOrMany>,
}

impl ::qapi::rt::Object for Settings {
    const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
        "Settings",
        &[::qapi::rt::optional("one"), ::qapi::rt::optional("more")],
    );

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        ::core::result::Result::Ok(Self {
            one: r.optional()?,
            more: r.optional()?,
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.optional(&self.one);
        w.optional(&self.more);
    }
}
::qapi::rt::object!(Settings);

/// One or many.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum OneOrMany {
    /// many
    Many(::std::vec::Vec<Setting>),
    /// one
    One(::std::string::String),
}

impl ::qapi::rt::Alternate for OneOrMany {
    const NAME: &'static str = "OneOrMany";

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        match r.kind() {
            ::qapi::rt::Kind::List => ::core::result::Result::Ok(Self::Many(r.value()?)),
            ::qapi::rt::Kind::String => ::core::result::Result::Ok(Self::One(r.value()?)),
            _ => ::core::result::Result::Err(r.no_alternative(Self::NAME)),
        }
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        match self {
            Self::Many(value) => w.value(value),
            Self::One(value) => w.value(value),
        }
    }
}
::qapi::rt::alternate!(OneOrMany);

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
