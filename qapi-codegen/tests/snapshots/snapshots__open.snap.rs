// Generated from `open.json` by qapi-codegen. Changes made here are lost.

/// A value is called what open enums call all others.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone)]
#[derive(
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::cmp::PartialOrd,
    ::core::cmp::Ord
)]
#[derive(::core::hash::Hash)]
pub enum Colour {
    /// red
    Red,
    /// neither
    Other,
    /// A value that the schema does not name.
    Other_(::std::string::String),
}

impl ::qapi::rt::OpenEnum for Colour {
    const SHAPE: &'static ::qapi::rt::EnumShape = &::qapi::rt::EnumShape::new(
        "Colour",
        &[::qapi::rt::value("red"), ::qapi::rt::value("other")],
    );
    const VALUES: &'static [Self] = &[Self::Red, Self::Other];

    #[inline]
    fn index(&self) -> ::core::result::Result<usize, &str> {
        match self {
            Self::Other_(name) => ::core::result::Result::Err(name),
            Self::Red => ::core::result::Result::Ok(0),
            Self::Other => ::core::result::Result::Ok(1),
        }
    }

    #[inline]
    fn other(name: ::std::string::String) -> Self {
        Self::Other_(name)
    }
}
::qapi::rt::open_enumeration!(Colour);

/// Red things.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Red {
    /// how red
    pub depth: i64,
}

#[allow(dead_code)]
impl Red {
    /// A value of the mandatory members; the optional ones are absent.
    #[inline]
    pub fn new(depth: i64) -> Self {
        Self { depth }
    }
}

impl ::qapi::rt::Object for Red {
    const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
        "Red",
        &[::qapi::rt::member("depth")],
    );

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        ::core::result::Result::Ok(Self { depth: r.required()? })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.depth);
    }
}
::qapi::rt::object!(Red);

/// A thing.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum Thing {
    /// red
    Red(Red),
    /// neither
    Other,
    /// A branch that the schema does not know.
    Other_(::qapi::UnknownBranch),
}

#[allow(dead_code)]
impl Thing {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Colour {
        match self {
            Self::Red(_) => Colour::Red,
            Self::Other => Colour::Other,
            Self::Other_(branch) => Colour::Other_(branch.discriminator.clone()),
        }
    }
}

impl ::qapi::rt::Object for Thing {
    const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
        "Thing",
        &[::qapi::rt::member("colour")],
    );

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        ::core::result::Result::Ok(
            match r.required::<Colour>()? {
                Colour::Red => Self::Red(r.branch()?),
                Colour::Other => {
                    r.empty_branch()?;
                    Self::Other
                }
                Colour::Other_(name) => Self::Other_(r.unknown_branch(name)?),
            },
        )
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.discriminator());
        match self {
            Self::Red(branch) => w.branch(branch),
            Self::Other => {}
            Self::Other_(branch) => w.unknown_branch(branch),
        }
    }
}
::qapi::rt::object!(Thing);

/// A thing with a name.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Named {
    /// its name
    pub name: ::std::string::String,
    /// its colour
    pub colour: NamedBranch,
}

#[allow(dead_code)]
impl Named {
    /// A value of the mandatory members; the optional ones are absent.
    #[inline]
    pub fn new(
        name: impl ::core::convert::Into<::std::string::String>,
        colour: NamedBranch,
    ) -> Self {
        Self { name: name.into(), colour }
    }
}

/// The branches of [`Named`](struct@Named): the tag, and the members that it selects.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
#[allow(clippy::large_enum_variant)]
pub enum NamedBranch {
    /// red
    Red(Red),
    /// neither
    Other,
    /// A branch that the schema does not know.
    Other_(::qapi::UnknownBranch),
}

#[allow(dead_code)]
impl NamedBranch {
    /// The tag's value.
    #[inline]
    pub fn discriminator(&self) -> Colour {
        match self {
            Self::Red(_) => Colour::Red,
            Self::Other => Colour::Other,
            Self::Other_(branch) => Colour::Other_(branch.discriminator.clone()),
        }
    }
}

impl ::qapi::rt::Object for Named {
    const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
        "Named",
        &[::qapi::rt::member("name"), ::qapi::rt::member("colour")],
    );

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        let name_ = r.required()?;
        let colour_ = r.required()?;
        ::core::result::Result::Ok(Self {
            name: name_,
            colour: match colour_ {
                Colour::Red => NamedBranch::Red(r.branch()?),
                Colour::Other => {
                    r.empty_branch()?;
                    NamedBranch::Other
                }
                Colour::Other_(name) => NamedBranch::Other_(r.unknown_branch(name)?),
            },
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.name);
        w.required(&self.colour.discriminator());
        match &self.colour {
            NamedBranch::Red(branch) => w.branch(branch),
            NamedBranch::Other => {}
            NamedBranch::Other_(branch) => w.unknown_branch(branch),
        }
    }
}
::qapi::rt::object!(Named);

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
