//! Types as generated code has them, one per shape of the schema language.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(
    clippy::let_unit_value,
    clippy::unit_arg,
    reason = "generated code treats all types alike"
)]

pub mod commands;
pub mod events;
pub mod server;

use qapi::rt;

#[derive(Clone, PartialEq)]
pub struct Stats {
    pub transferred: i64,
    pub rate: u32,
    pub page: Option<i64>,
    pub flags: Option<Vec<i8>>,
}

impl Stats {
    pub fn new(transferred: i64, rate: u32) -> Self {
        Stats { transferred, rate, page: None, flags: None }
    }
}

impl rt::Object for Stats {
    fn shape() -> rt::Shape {
        rt::Shape::new(
            "Stats",
            const {
                &[
                    rt::member("transferred"),
                    rt::member("rate"),
                    rt::optional("page"),
                    rt::optional("flags"),
                ]
            },
        )
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        Ok(Self {
            transferred: r.required()?,
            rate: r.required()?,
            page: r.optional()?,
            flags: r.optional()?,
        })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.required(&self.transferred);
        w.required(&self.rate);
        w.optional(&self.page);
        w.optional(&self.flags);
    }
}
rt::object!(Stats);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Inet,
    Unix,
    None,
}

impl rt::Enum for Transport {
    fn shape() -> rt::EnumShape {
        rt::EnumShape::new(
            "Transport",
            const { &rt::ordered([rt::value("inet"), rt::value("unix"), rt::value("none")]) },
        )
    }
    const VALUES: &'static [Self] = &[Self::Inet, Self::Unix, Self::None];

    fn index(&self) -> usize {
        *self as usize
    }
}
rt::enumeration!(Transport);

macro_rules! one_string {
    ($type:ident, $field:ident) => {
        #[derive(Clone, PartialEq)]
        pub struct $type {
            pub $field: String,
        }

        impl rt::Object for $type {
            fn shape() -> rt::Shape {
                rt::Shape::new(stringify!($type), const { &[rt::member(stringify!($field))] })
            }

            fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
                Ok(Self { $field: r.required()? })
            }

            fn write(&self, w: &mut rt::Writer<'_>) {
                w.required(&self.$field);
            }
        }
        rt::object!($type);
    };
}

one_string!(Inet, host);
one_string!(Unix, path);

#[derive(Debug, Clone, PartialEq)]
pub enum EndpointBranch {
    Inet(Inet),
    Unix(Unix),
    None,
}

impl EndpointBranch {
    pub fn discriminator(&self) -> Transport {
        match self {
            Self::Inet(_) => Transport::Inet,
            Self::Unix(_) => Transport::Unix,
            Self::None => Transport::None,
        }
    }
}

/// A union with more than the tag in its base.
#[derive(Clone, PartialEq)]
pub struct Endpoint {
    pub id: String,
    pub kind: EndpointBranch,
}

impl rt::Object for Endpoint {
    fn shape() -> rt::Shape {
        rt::Shape::new("Endpoint", const { &[rt::member("id"), rt::member("kind")] })
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        let id = r.required()?;
        let kind = match r.required::<Transport>()? {
            Transport::Inet => EndpointBranch::Inet(r.branch()?),
            Transport::Unix => EndpointBranch::Unix(r.branch()?),
            Transport::None => EndpointBranch::None,
        };
        Ok(Self { id, kind })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.required(&self.id);
        w.required(&self.kind.discriminator());
        match &self.kind {
            EndpointBranch::Inet(branch) => w.branch(branch),
            EndpointBranch::Unix(branch) => w.branch(branch),
            EndpointBranch::None => {}
        }
    }
}
rt::object!(Endpoint);

#[derive(Clone, PartialEq, Default)]
pub struct Tree {
    pub children: Option<Vec<Tree>>,
    pub endpoint: Option<Endpoint>,
}

impl rt::Object for Tree {
    fn shape() -> rt::Shape {
        rt::Shape::new("Tree", const { &[rt::optional("children"), rt::optional("endpoint")] })
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        Ok(Self { children: r.optional()?, endpoint: r.optional()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional(&self.children);
        w.optional(&self.endpoint);
    }
}
rt::object!(Tree);

#[derive(Clone, PartialEq, Default)]
pub struct Link {
    pub child: Option<Box<Link>>,
}

impl rt::Object for Link {
    fn shape() -> rt::Shape {
        rt::Shape::new("Link", const { &[rt::optional("child")] })
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        Ok(Self { child: r.optional_box()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional_box(&self.child);
    }
}
rt::object!(Link);

#[derive(Debug, Clone, PartialEq)]
pub enum Reference {
    Nothing(qapi::Null),
    Definition(Box<Holder>),
    Name(String),
}

impl rt::Alternate for Reference {
    const NAME: &'static str = "Reference";

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        match r.kind() {
            rt::Kind::Null => Ok(Self::Nothing(r.value()?)),
            rt::Kind::Dict => Ok(Self::Definition(r.boxed()?)),
            rt::Kind::String => Ok(Self::Name(r.value()?)),
            _ => Err(r.no_alternative(Self::NAME)),
        }
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        match self {
            Self::Nothing(value) => w.value(value),
            Self::Definition(value) => w.boxed(value),
            Self::Name(value) => w.value(value),
        }
    }
}
rt::alternate!(Reference);

#[derive(Clone, PartialEq, Default)]
pub struct Holder {
    pub backing: Option<Reference>,
    pub any: Option<qapi::Value>,
}

impl rt::Object for Holder {
    fn shape() -> rt::Shape {
        rt::Shape::new("Holder", const { &[rt::optional("backing"), rt::optional("any")] })
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        Ok(Self { backing: r.optional()?, any: r.optional()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional(&self.backing);
        w.optional(&self.any);
    }
}
rt::object!(Holder);

#[derive(Debug, Clone, PartialEq)]
pub enum Colour {
    Red,
    Other(String),
}

impl rt::OpenEnum for Colour {
    fn shape() -> rt::EnumShape {
        rt::EnumShape::new("Colour", const { &rt::ordered([rt::value("red")]) })
    }
    const VALUES: &'static [Self] = &[Self::Red];

    fn other(name: String) -> Self {
        Self::Other(name)
    }

    fn index(&self) -> Result<usize, &str> {
        match self {
            Self::Red => Ok(0),
            Self::Other(name) => Err(name),
        }
    }
}
rt::open_enumeration!(Colour);

/// An open union whose base is just the tag.
#[derive(Clone, PartialEq)]
pub enum Painted {
    Red(Stats),
    Other(qapi::UnknownBranch),
}

impl rt::Object for Painted {
    fn shape() -> rt::Shape {
        rt::Shape::new("Painted", const { &[rt::member("colour")] })
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        Ok(match r.required::<Colour>()? {
            Colour::Red => Self::Red(r.branch()?),
            Colour::Other(name) => Self::Other(r.unknown_branch(name)),
        })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        match self {
            Self::Red(branch) => {
                w.required(&Colour::Red);
                w.branch(branch);
            }
            Self::Other(branch) => {
                w.required(&Colour::Other(branch.discriminator.clone()));
                w.unknown_branch(branch);
            }
        }
    }
}
rt::object!(Painted);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    Red,
    Puce,
}

impl rt::Enum for Shade {
    fn shape() -> rt::EnumShape {
        rt::EnumShape::new(
            "Shade",
            const {
                &rt::ordered([
                    rt::value("red"),
                    rt::value("puce").deprecated().features(&["deprecated"]),
                ])
            },
        )
    }
    const VALUES: &'static [Self] = &[Self::Red, Self::Puce];

    fn index(&self) -> usize {
        *self as usize
    }
}
rt::enumeration!(Shade);

#[derive(Clone, PartialEq)]
pub struct Old {
    pub size: Option<i64>,
    pub colour: Shade,
}

impl rt::Object for Old {
    fn shape() -> rt::Shape {
        rt::Shape::new(
            "Old",
            const {
                &[rt::optional("size").deprecated().features(&["deprecated"]), rt::member("colour")]
            },
        )
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        Ok(Self { size: r.optional()?, colour: r.required()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional(&self.size);
        w.required(&self.colour);
    }
}
rt::object!(Old);

#[derive(Clone, PartialEq)]
pub struct Mandatory {
    pub x: i64,
}

impl rt::Object for Mandatory {
    fn shape() -> rt::Shape {
        rt::Shape::new("Mandatory", const { &[rt::member("x").unstable().features(&["unstable"])] })
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
        Ok(Self { x: r.required()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.required(&self.x);
    }
}
rt::object!(Mandatory);
