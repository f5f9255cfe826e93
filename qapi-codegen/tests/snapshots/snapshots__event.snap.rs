// Generated from `event.json` by qapi-codegen. Changes made here are lost.

/// Why it stopped.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::marker::Copy)]
#[derive(
    ::core::cmp::PartialEq,
    ::core::cmp::Eq,
    ::core::cmp::PartialOrd,
    ::core::cmp::Ord
)]
#[derive(::core::hash::Hash)]
pub enum Reason {
    /// the host said so
    Host,
}

impl ::qapi::rt::Enum for Reason {
    const SHAPE: &'static ::qapi::rt::EnumShape = &::qapi::rt::EnumShape::new(
        "Reason",
        &[::qapi::rt::value("host")],
    );
    const VALUES: &'static [Self] = &[Self::Host];

    #[inline]
    fn index(&self) -> usize {
        *self as usize
    }
}
::qapi::rt::enumeration!(Reason);

/// How far it is.
#[allow(dead_code)]
#[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Progress {
    /// what is done
    pub done: u64,
    /// what there is
    pub total: ::core::option::Option<u64>,
}

#[allow(dead_code)]
impl Progress {
    /// A value of the mandatory members; the optional ones are absent.
    #[inline]
    pub fn new(done: u64) -> Self {
        Self {
            done,
            total: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Progress {
    const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
        "Progress",
        &[::qapi::rt::member("done"), ::qapi::rt::optional("total")],
    );

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
        ::core::result::Result::Ok(Self {
            done: r.required()?,
            total: r.optional()?,
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.required(&self.done);
        w.optional(&self.total);
    }
}
::qapi::rt::object!(Progress);

/// The commands: a type for the arguments of each.
///
/// A client sends a value of such a type. Its optional members are `None` unless they are set:
/// `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code)]
pub mod commands {}

/// The events: a type for the data of each, and `Event` for any of them.
#[allow(dead_code)]
pub mod events {
    /// It stopped, which [`RESUME`](super::events::Resume) undoes.
    #[derive(
        ::core::fmt::Debug,
        ::core::clone::Clone,
        ::core::cmp::PartialEq,
        ::core::default::Default
    )]
    pub struct Stop;
    ::qapi::rt::unit!(Stop);

    impl ::qapi::Event for Stop {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("STOP");
    }

    /// It goes on.
    #[derive(
        ::core::fmt::Debug,
        ::core::clone::Clone,
        ::core::cmp::PartialEq,
        ::core::default::Default
    )]
    pub struct Resume {
        /// why it had stopped
        pub reason: ::core::option::Option<super::Reason>,
    }

    impl ::qapi::rt::Object for Resume {
        const SHAPE: &'static ::qapi::rt::Shape = &::qapi::rt::Shape::new(
            "RESUME",
            &[::qapi::rt::optional("reason")],
        );
        #[inline]
        fn read(
            r: &mut ::qapi::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, ::qapi::rt::Stop> {
            ::core::result::Result::Ok(Self { reason: r.optional()? })
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            w.optional(&self.reason);
        }
    }
    ::qapi::rt::object!(Resume);

    impl ::qapi::Event for Resume {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("RESUME");
    }

    /// A type by name.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct JobProgress(pub super::Progress);
    ::qapi::rt::newtype!(JobProgress(super::Progress));

    impl ::qapi::Event for JobProgress {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("JOB_PROGRESS");
    }

    /// A boxed type.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Boxed(pub super::Progress);
    ::qapi::rt::newtype!(Boxed(super::Progress));

    impl ::qapi::Event for Boxed {
        const INFO: &'static ::qapi::EventInfo = &::qapi::EventInfo::new("BOXED");
    }

    /// An event of whatever kind.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    #[allow(clippy::large_enum_variant)]
    pub enum Event {
        /// `STOP`
        Stop(Stop),
        /// `RESUME`
        Resume(Resume),
        /// `JOB_PROGRESS`
        JobProgress(JobProgress),
        /// `BOXED`
        Boxed(Boxed),
        /// One that the schema does not name.
        Unknown(::qapi::RawEvent),
    }

    impl ::qapi::rt::AnyEvent for Event {
        #[inline]
        fn read(
            name: &str,
            data: ::qapi::rt::EventData<'_>,
        ) -> ::core::result::Result<Self, ::qapi::DecodeError> {
            match name {
                "STOP" => ::core::result::Result::Ok(Self::Stop(data.read()?)),
                "RESUME" => ::core::result::Result::Ok(Self::Resume(data.read()?)),
                "JOB_PROGRESS" => {
                    ::core::result::Result::Ok(Self::JobProgress(data.read()?))
                }
                "BOXED" => ::core::result::Result::Ok(Self::Boxed(data.read()?)),
                _ => ::core::result::Result::Ok(Self::Unknown(data.raw(name))),
            }
        }
        #[inline]
        fn info(&self) -> ::core::option::Option<&'static ::qapi::EventInfo> {
            match self {
                Self::Stop(_) => {
                    ::core::option::Option::Some(<Stop as ::qapi::Event>::INFO)
                }
                Self::Resume(_) => {
                    ::core::option::Option::Some(<Resume as ::qapi::Event>::INFO)
                }
                Self::JobProgress(_) => {
                    ::core::option::Option::Some(<JobProgress as ::qapi::Event>::INFO)
                }
                Self::Boxed(_) => {
                    ::core::option::Option::Some(<Boxed as ::qapi::Event>::INFO)
                }
                Self::Unknown(_) => ::core::option::Option::None,
            }
        }
        #[inline]
        fn name(&self) -> &str {
            match self {
                Self::Stop(_) => "STOP",
                Self::Resume(_) => "RESUME",
                Self::JobProgress(_) => "JOB_PROGRESS",
                Self::Boxed(_) => "BOXED",
                Self::Unknown(event) => &event.name,
            }
        }
        #[inline]
        fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
            match self {
                Self::Stop(event) => w.value(event),
                Self::Resume(event) => w.value(event),
                Self::JobProgress(event) => w.value(event),
                Self::Boxed(event) => w.value(event),
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
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"STOP\",\"meta-type\":\"event\",\"arg-type\":\"0\"}",
        ",{\"name\":\"RESUME\",\"meta-type\":\"event\",\"arg-type\":\"1\"}",
        ",{\"name\":\"JOB_PROGRESS\",\"meta-type\":\"event\",\"arg-type\":\"2\"}",
        ",{\"name\":\"BOXED\",\"meta-type\":\"event\",\"arg-type\":\"2\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[{\"name\":\"reason\",\"type\":\"3\",\"default\":null}]}",
        ",{\"name\":\"2\",\"meta-type\":\"object\",\"members\":[{\"name\":\"done\",\"type\":\"int\"},{\"name\":\"total\",\"type\":\"int\",\"default\":null}]}",
        ",{\"name\":\"3\",\"meta-type\":\"enum\",\"members\":[{\"name\":\"host\"}],\"values\":[\"host\"]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}]",
    ];
}

/// All items, for `use prelude::*`. Names of Rust's own prelude keep their meaning.
#[allow(unused_imports)]
pub mod prelude {
    pub use super::*;
}
