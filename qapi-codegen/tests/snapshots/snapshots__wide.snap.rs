// Generated from `wide.json` by qapi-codegen. Changes made here are lost.

/// More members than one function reads.
///
/// **Since:** 1.0
#[allow(dead_code, clippy::all)]
#[derive(::core::clone::Clone, ::core::cmp::PartialEq)]
pub struct Wide {
    /// number 0
    pub m0: ::core::option::Option<i64>,
    /// number 1
    pub m1: ::std::string::String,
    /// number 2
    pub m2: bool,
    /// number 3
    pub m3: ::core::option::Option<u8>,
    /// number 4
    pub m4: i64,
    /// number 5
    pub m5: ::std::string::String,
    /// number 6
    pub m6: ::core::option::Option<bool>,
    /// number 7
    pub m7: u8,
    /// number 8
    pub m8: i64,
    /// number 9
    pub m9: ::core::option::Option<::std::string::String>,
    /// number 10
    pub m10: bool,
    /// number 11
    pub m11: u8,
    /// number 12
    pub m12: ::core::option::Option<i64>,
    /// number 13
    pub m13: ::std::string::String,
    /// number 14
    pub m14: bool,
    /// number 15
    pub m15: ::core::option::Option<u8>,
    /// number 16
    pub m16: i64,
    /// number 17
    pub m17: ::std::string::String,
    /// number 18
    pub m18: ::core::option::Option<bool>,
    /// number 19
    pub m19: u8,
    /// number 20
    pub m20: i64,
    /// number 21
    pub m21: ::core::option::Option<::std::string::String>,
    /// number 22
    pub m22: bool,
    /// number 23
    pub m23: u8,
    /// number 24
    pub m24: ::core::option::Option<i64>,
    /// number 25
    pub m25: ::std::string::String,
    /// number 26
    pub m26: bool,
    /// number 27
    pub m27: ::core::option::Option<u8>,
    /// number 28
    pub m28: i64,
    /// number 29
    pub m29: ::std::string::String,
    /// number 30
    pub m30: ::core::option::Option<bool>,
    /// number 31
    pub m31: u8,
    /// number 32
    pub m32: i64,
    /// number 33
    pub m33: ::core::option::Option<::std::string::String>,
    /// number 34
    pub m34: bool,
    /// number 35
    pub m35: u8,
    /// number 36
    pub m36: ::core::option::Option<i64>,
    /// number 37
    pub m37: ::std::string::String,
    /// number 38
    pub m38: bool,
    /// number 39
    pub m39: ::core::option::Option<u8>,
    /// number 40
    ///
    /// **If:** `CONFIG_FORTY`
    #[cfg(CONFIG_FORTY)]
    pub m40: i64,
    /// number 41
    pub m41: ::std::string::String,
    /// number 42
    pub m42: ::core::option::Option<bool>,
    /// number 43
    pub m43: u8,
    /// number 44
    pub m44: i64,
    /// number 45
    pub m45: ::core::option::Option<::std::string::String>,
    /// number 46
    pub m46: bool,
    /// number 47
    pub m47: u8,
    /// number 48
    pub m48: ::core::option::Option<i64>,
    /// number 49
    pub m49: ::std::string::String,
    /// number 50
    pub m50: bool,
    /// number 51
    pub m51: ::core::option::Option<u8>,
    /// number 52
    pub m52: i64,
    /// number 53
    pub m53: ::std::string::String,
    /// number 54
    pub m54: ::core::option::Option<bool>,
    /// number 55
    pub m55: u8,
    /// number 56
    pub m56: i64,
    /// number 57
    pub m57: ::core::option::Option<::std::string::String>,
    /// number 58
    pub m58: bool,
    /// number 59
    pub m59: u8,
    /// number 60
    pub m60: ::core::option::Option<i64>,
    /// number 61
    pub m61: ::std::string::String,
    /// number 62
    pub m62: bool,
    /// number 63
    pub m63: ::core::option::Option<u8>,
    /// number 64
    pub m64: i64,
    /// number 65
    pub m65: ::std::string::String,
    /// number 66
    pub m66: ::core::option::Option<bool>,
    /// number 67
    pub m67: u8,
    /// number 68
    pub m68: i64,
    /// number 69
    pub m69: ::core::option::Option<::std::string::String>,
}

#[allow(dead_code, clippy::all)]
impl Wide {
    /// Makes a value of the mandatory members, without the optional ones.
    #[inline]
    pub fn new(
        m1: impl ::core::convert::Into<::std::string::String>,
        m2: bool,
        m4: i64,
        m5: impl ::core::convert::Into<::std::string::String>,
        m7: u8,
        m8: i64,
        m10: bool,
        m11: u8,
        m13: impl ::core::convert::Into<::std::string::String>,
        m14: bool,
        m16: i64,
        m17: impl ::core::convert::Into<::std::string::String>,
        m19: u8,
        m20: i64,
        m22: bool,
        m23: u8,
        m25: impl ::core::convert::Into<::std::string::String>,
        m26: bool,
        m28: i64,
        m29: impl ::core::convert::Into<::std::string::String>,
        m31: u8,
        m32: i64,
        m34: bool,
        m35: u8,
        m37: impl ::core::convert::Into<::std::string::String>,
        m38: bool,
        #[cfg(CONFIG_FORTY)]
        m40: i64,
        m41: impl ::core::convert::Into<::std::string::String>,
        m43: u8,
        m44: i64,
        m46: bool,
        m47: u8,
        m49: impl ::core::convert::Into<::std::string::String>,
        m50: bool,
        m52: i64,
        m53: impl ::core::convert::Into<::std::string::String>,
        m55: u8,
        m56: i64,
        m58: bool,
        m59: u8,
        m61: impl ::core::convert::Into<::std::string::String>,
        m62: bool,
        m64: i64,
        m65: impl ::core::convert::Into<::std::string::String>,
        m67: u8,
        m68: i64,
    ) -> Self {
        Self {
            m0: ::core::option::Option::None,
            m1: m1.into(),
            m2,
            m3: ::core::option::Option::None,
            m4,
            m5: m5.into(),
            m6: ::core::option::Option::None,
            m7,
            m8,
            m9: ::core::option::Option::None,
            m10,
            m11,
            m12: ::core::option::Option::None,
            m13: m13.into(),
            m14,
            m15: ::core::option::Option::None,
            m16,
            m17: m17.into(),
            m18: ::core::option::Option::None,
            m19,
            m20,
            m21: ::core::option::Option::None,
            m22,
            m23,
            m24: ::core::option::Option::None,
            m25: m25.into(),
            m26,
            m27: ::core::option::Option::None,
            m28,
            m29: m29.into(),
            m30: ::core::option::Option::None,
            m31,
            m32,
            m33: ::core::option::Option::None,
            m34,
            m35,
            m36: ::core::option::Option::None,
            m37: m37.into(),
            m38,
            m39: ::core::option::Option::None,
            #[cfg(CONFIG_FORTY)]
            m40,
            m41: m41.into(),
            m42: ::core::option::Option::None,
            m43,
            m44,
            m45: ::core::option::Option::None,
            m46,
            m47,
            m48: ::core::option::Option::None,
            m49: m49.into(),
            m50,
            m51: ::core::option::Option::None,
            m52,
            m53: m53.into(),
            m54: ::core::option::Option::None,
            m55,
            m56,
            m57: ::core::option::Option::None,
            m58,
            m59,
            m60: ::core::option::Option::None,
            m61: m61.into(),
            m62,
            m63: ::core::option::Option::None,
            m64,
            m65: m65.into(),
            m66: ::core::option::Option::None,
            m67,
            m68,
            m69: ::core::option::Option::None,
        }
    }
}

impl ::qapi::rt::Object for Wide {
    #[inline]
    fn shape() -> ::qapi::rt::Shape {
        ::qapi::rt::Shape::new(
            "Wide",
            const {
                &::qapi::rt::members([
                    "*m0",
                    "m1",
                    "m2",
                    "*m3",
                    "m4",
                    "m5",
                    "*m6",
                    "m7",
                    "m8",
                    "*m9",
                    "m10",
                    "m11",
                    "*m12",
                    "m13",
                    "m14",
                    "*m15",
                    "m16",
                    "m17",
                    "*m18",
                    "m19",
                    "m20",
                    "*m21",
                    "m22",
                    "m23",
                    "*m24",
                    "m25",
                    "m26",
                    "*m27",
                    "m28",
                    "m29",
                    "*m30",
                    "m31",
                    "m32",
                    "*m33",
                    "m34",
                    "m35",
                    "*m36",
                    "m37",
                    "m38",
                    "*m39",
                    #[cfg(CONFIG_FORTY)]
                    "m40",
                    "m41",
                    "*m42",
                    "m43",
                    "m44",
                    "*m45",
                    "m46",
                    "m47",
                    "*m48",
                    "m49",
                    "m50",
                    "*m51",
                    "m52",
                    "m53",
                    "*m54",
                    "m55",
                    "m56",
                    "*m57",
                    "m58",
                    "m59",
                    "*m60",
                    "m61",
                    "m62",
                    "*m63",
                    "m64",
                    "m65",
                    "*m66",
                    "m67",
                    "m68",
                    "*m69",
                ])
            },
        )
    }

    #[inline]
    fn read(
        r: &mut ::qapi::rt::Reader<'_>,
    ) -> ::core::result::Result<Self, ::qapi::rt::ReadError> {
        let (
            m0_,
            m1_,
            m2_,
            m3_,
            m4_,
            m5_,
            m6_,
            m7_,
            m8_,
            m9_,
            m10_,
            m11_,
            m12_,
            m13_,
            m14_,
            m15_,
            m16_,
            m17_,
            m18_,
            m19_,
            m20_,
            m21_,
            m22_,
            m23_,
            m24_,
            m25_,
            m26_,
            m27_,
            m28_,
            m29_,
            m30_,
            m31_,
        ) = {
            #[allow(clippy::type_complexity)]
            fn part(
                r: &mut ::qapi::rt::Reader<'_>,
            ) -> ::core::result::Result<
                (
                    ::core::option::Option<i64>,
                    ::std::string::String,
                    bool,
                    ::core::option::Option<u8>,
                    i64,
                    ::std::string::String,
                    ::core::option::Option<bool>,
                    u8,
                    i64,
                    ::core::option::Option<::std::string::String>,
                    bool,
                    u8,
                    ::core::option::Option<i64>,
                    ::std::string::String,
                    bool,
                    ::core::option::Option<u8>,
                    i64,
                    ::std::string::String,
                    ::core::option::Option<bool>,
                    u8,
                    i64,
                    ::core::option::Option<::std::string::String>,
                    bool,
                    u8,
                    ::core::option::Option<i64>,
                    ::std::string::String,
                    bool,
                    ::core::option::Option<u8>,
                    i64,
                    ::std::string::String,
                    ::core::option::Option<bool>,
                    u8,
                ),
                ::qapi::rt::ReadError,
            > {
                ::core::result::Result::Ok((
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                ))
            }
            part(r)?
        };
        let (m32_, m33_, m34_, m35_, m36_, m37_, m38_, m39_) = {
            #[allow(clippy::type_complexity)]
            fn part(
                r: &mut ::qapi::rt::Reader<'_>,
            ) -> ::core::result::Result<
                (
                    i64,
                    ::core::option::Option<::std::string::String>,
                    bool,
                    u8,
                    ::core::option::Option<i64>,
                    ::std::string::String,
                    bool,
                    ::core::option::Option<u8>,
                ),
                ::qapi::rt::ReadError,
            > {
                ::core::result::Result::Ok((
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                ))
            }
            part(r)?
        };
        #[cfg(CONFIG_FORTY)]
        let m40_ = r.required()?;
        let (
            m41_,
            m42_,
            m43_,
            m44_,
            m45_,
            m46_,
            m47_,
            m48_,
            m49_,
            m50_,
            m51_,
            m52_,
            m53_,
            m54_,
            m55_,
            m56_,
            m57_,
            m58_,
            m59_,
            m60_,
            m61_,
            m62_,
            m63_,
            m64_,
            m65_,
            m66_,
            m67_,
            m68_,
            m69_,
        ) = {
            #[allow(clippy::type_complexity)]
            fn part(
                r: &mut ::qapi::rt::Reader<'_>,
            ) -> ::core::result::Result<
                (
                    ::std::string::String,
                    ::core::option::Option<bool>,
                    u8,
                    i64,
                    ::core::option::Option<::std::string::String>,
                    bool,
                    u8,
                    ::core::option::Option<i64>,
                    ::std::string::String,
                    bool,
                    ::core::option::Option<u8>,
                    i64,
                    ::std::string::String,
                    ::core::option::Option<bool>,
                    u8,
                    i64,
                    ::core::option::Option<::std::string::String>,
                    bool,
                    u8,
                    ::core::option::Option<i64>,
                    ::std::string::String,
                    bool,
                    ::core::option::Option<u8>,
                    i64,
                    ::std::string::String,
                    ::core::option::Option<bool>,
                    u8,
                    i64,
                    ::core::option::Option<::std::string::String>,
                ),
                ::qapi::rt::ReadError,
            > {
                ::core::result::Result::Ok((
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                    r.required()?,
                    r.required()?,
                    r.optional()?,
                ))
            }
            part(r)?
        };
        ::core::result::Result::Ok(Self {
            m0: m0_,
            m1: m1_,
            m2: m2_,
            m3: m3_,
            m4: m4_,
            m5: m5_,
            m6: m6_,
            m7: m7_,
            m8: m8_,
            m9: m9_,
            m10: m10_,
            m11: m11_,
            m12: m12_,
            m13: m13_,
            m14: m14_,
            m15: m15_,
            m16: m16_,
            m17: m17_,
            m18: m18_,
            m19: m19_,
            m20: m20_,
            m21: m21_,
            m22: m22_,
            m23: m23_,
            m24: m24_,
            m25: m25_,
            m26: m26_,
            m27: m27_,
            m28: m28_,
            m29: m29_,
            m30: m30_,
            m31: m31_,
            m32: m32_,
            m33: m33_,
            m34: m34_,
            m35: m35_,
            m36: m36_,
            m37: m37_,
            m38: m38_,
            m39: m39_,
            #[cfg(CONFIG_FORTY)]
            m40: m40_,
            m41: m41_,
            m42: m42_,
            m43: m43_,
            m44: m44_,
            m45: m45_,
            m46: m46_,
            m47: m47_,
            m48: m48_,
            m49: m49_,
            m50: m50_,
            m51: m51_,
            m52: m52_,
            m53: m53_,
            m54: m54_,
            m55: m55_,
            m56: m56_,
            m57: m57_,
            m58: m58_,
            m59: m59_,
            m60: m60_,
            m61: m61_,
            m62: m62_,
            m63: m63_,
            m64: m64_,
            m65: m65_,
            m66: m66_,
            m67: m67_,
            m68: m68_,
            m69: m69_,
        })
    }

    #[inline]
    fn write(&self, w: &mut ::qapi::rt::Writer<'_>) {
        w.optional(&self.m0);
        w.required(&self.m1);
        w.required(&self.m2);
        w.optional(&self.m3);
        w.required(&self.m4);
        w.required(&self.m5);
        w.optional(&self.m6);
        w.required(&self.m7);
        w.required(&self.m8);
        w.optional(&self.m9);
        w.required(&self.m10);
        w.required(&self.m11);
        w.optional(&self.m12);
        w.required(&self.m13);
        w.required(&self.m14);
        w.optional(&self.m15);
        w.required(&self.m16);
        w.required(&self.m17);
        w.optional(&self.m18);
        w.required(&self.m19);
        w.required(&self.m20);
        w.optional(&self.m21);
        w.required(&self.m22);
        w.required(&self.m23);
        w.optional(&self.m24);
        w.required(&self.m25);
        w.required(&self.m26);
        w.optional(&self.m27);
        w.required(&self.m28);
        w.required(&self.m29);
        w.optional(&self.m30);
        w.required(&self.m31);
        w.required(&self.m32);
        w.optional(&self.m33);
        w.required(&self.m34);
        w.required(&self.m35);
        w.optional(&self.m36);
        w.required(&self.m37);
        w.required(&self.m38);
        w.optional(&self.m39);
        #[cfg(CONFIG_FORTY)] w.required(&self.m40);
        w.required(&self.m41);
        w.optional(&self.m42);
        w.required(&self.m43);
        w.required(&self.m44);
        w.optional(&self.m45);
        w.required(&self.m46);
        w.required(&self.m47);
        w.optional(&self.m48);
        w.required(&self.m49);
        w.required(&self.m50);
        w.optional(&self.m51);
        w.required(&self.m52);
        w.required(&self.m53);
        w.optional(&self.m54);
        w.required(&self.m55);
        w.required(&self.m56);
        w.optional(&self.m57);
        w.required(&self.m58);
        w.required(&self.m59);
        w.optional(&self.m60);
        w.required(&self.m61);
        w.required(&self.m62);
        w.optional(&self.m63);
        w.required(&self.m64);
        w.required(&self.m65);
        w.optional(&self.m66);
        w.required(&self.m67);
        w.required(&self.m68);
        w.optional(&self.m69);
    }
}
::qapi::rt::object!(Wide);

/// The commands: for each a type with its arguments.
///
/// A client executes a value of such a type and receives its `Command::Response`. Optional
/// members are `None` unless set: `Name { option: Some(..), ..Name::new(required) }`.
#[allow(dead_code, clippy::all)]
pub mod commands {
    /// Takes it.
    ///
    /// **Since:** 1.0
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub struct Take(pub super::Wide);
    ::qapi::rt::newtype!(Take(super::Wide));

    impl ::qapi::Command for Take {
        type Response = ();
        const INFO: &'static ::qapi::CommandInfo = &::qapi::CommandInfo::new("take");
    }
}

/// The events: for each a type with its data, and [`Event`](events::Event), any of them.
#[allow(dead_code, clippy::all)]
pub mod events {
    /// Any event.
    #[derive(::core::fmt::Debug, ::core::clone::Clone, ::core::cmp::PartialEq)]
    pub enum Event {
        /// An event that the schema does not name.
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

/// The traits that a server implements, one for the commands of each schema file, and
/// functions that return their dispatch tables.
///
/// A command without a method of the server's own is answered like an unknown one. The
/// asynchronous form of each trait has the same name after `Async`.
#[allow(dead_code, clippy::all)]
pub mod server {
    /// The commands of `wide.json`.
    pub trait WideCommands {
        /// Takes it.
        ///
        /// Command [`take`](super::commands::Take).
        fn take(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Wide,
        ) -> ::core::result::Result<(), ::qapi::QmpError> {
            let _ = (cx, arguments);
            ::core::result::Result::Err(::qapi::QmpError::command_not_found("take"))
        }
    }

    /// Dispatches the commands of [`WideCommands`].
    pub fn wide_commands<H: WideCommands + 'static>() -> &'static [::qapi::Handler<H>] {
        const {
            &[
                ::qapi::Handler::new(
                    <super::commands::Take as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run(|cx, arguments: super::commands::Take| {
                            handler.take(cx, arguments.0)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn commands<H: WideCommands + 'static>() -> [&'static [::qapi::Handler<H>]; 1] {
        [wide_commands()]
    }

    /// The commands of `wide.json`.
    pub trait AsyncWideCommands: ::core::marker::Sync {
        /// Takes it.
        ///
        /// Command [`take`](super::commands::Take).
        fn take(
            &self,
            cx: &::qapi::Context<'_>,
            arguments: super::Wide,
        ) -> impl ::core::future::Future<
            Output = ::core::result::Result<(), ::qapi::QmpError>,
        > + ::core::marker::Send {
            let _ = (cx, arguments);
            ::core::future::ready(
                ::core::result::Result::Err(::qapi::QmpError::command_not_found("take")),
            )
        }
    }

    /// Dispatches the commands of [`AsyncWideCommands`].
    pub fn async_wide_commands<H: AsyncWideCommands + 'static>() -> &'static [::qapi::AsyncHandler<
        H,
    >] {
        const {
            &[
                ::qapi::AsyncHandler::new(
                    <super::commands::Take as ::qapi::Command>::INFO,
                    |handler, call| {
                        call.run_async(|cx, arguments: super::commands::Take| {
                            handler.take(cx, arguments.0)
                        })
                    },
                ),
            ]
        }
    }

    /// The dispatch tables of all modules.
    pub fn async_commands<H: AsyncWideCommands + 'static>() -> [&'static [::qapi::AsyncHandler<
        H,
    >]; 1] {
        [async_wide_commands()]
    }
}

/// The introspection data of the schema, for replies to `query-qmp-schema`.
#[allow(dead_code, clippy::all)]
pub mod schema {
    /// The reply to `query-qmp-schema`, a JSON text in pieces.
    pub const PIECES: &[&str] = &[
        "[{\"name\":\"take\",\"meta-type\":\"command\",\"arg-type\":\"0\",\"ret-type\":\"1\"}",
        ",{\"name\":\"0\",\"meta-type\":\"object\",\"members\":[{\"name\":\"m0\",\"type\":\"int\",\"default\":null},{\"name\":\"m1\",\"type\":\"str\"},{\"name\":\"m2\",\"type\":\"bool\"},{\"name\":\"m3\",\"type\":\"int\",\"default\":null},{\"name\":\"m4\",\"type\":\"int\"},{\"name\":\"m5\",\"type\":\"str\"},{\"name\":\"m6\",\"type\":\"bool\",\"default\":null},{\"name\":\"m7\",\"type\":\"int\"},{\"name\":\"m8\",\"type\":\"int\"},{\"name\":\"m9\",\"type\":\"str\",\"default\":null},{\"name\":\"m10\",\"type\":\"bool\"},{\"name\":\"m11\",\"type\":\"int\"},{\"name\":\"m12\",\"type\":\"int\",\"default\":null},{\"name\":\"m13\",\"type\":\"str\"},{\"name\":\"m14\",\"type\":\"bool\"},{\"name\":\"m15\",\"type\":\"int\",\"default\":null},{\"name\":\"m16\",\"type\":\"int\"},{\"name\":\"m17\",\"type\":\"str\"},{\"name\":\"m18\",\"type\":\"bool\",\"default\":null},{\"name\":\"m19\",\"type\":\"int\"},{\"name\":\"m20\",\"type\":\"int\"},{\"name\":\"m21\",\"type\":\"str\",\"default\":null},{\"name\":\"m22\",\"type\":\"bool\"},{\"name\":\"m23\",\"type\":\"int\"},{\"name\":\"m24\",\"type\":\"int\",\"default\":null},{\"name\":\"m25\",\"type\":\"str\"},{\"name\":\"m26\",\"type\":\"bool\"},{\"name\":\"m27\",\"type\":\"int\",\"default\":null},{\"name\":\"m28\",\"type\":\"int\"},{\"name\":\"m29\",\"type\":\"str\"},{\"name\":\"m30\",\"type\":\"bool\",\"default\":null},{\"name\":\"m31\",\"type\":\"int\"},{\"name\":\"m32\",\"type\":\"int\"},{\"name\":\"m33\",\"type\":\"str\",\"default\":null},{\"name\":\"m34\",\"type\":\"bool\"},{\"name\":\"m35\",\"type\":\"int\"},{\"name\":\"m36\",\"type\":\"int\",\"default\":null},{\"name\":\"m37\",\"type\":\"str\"},{\"name\":\"m38\",\"type\":\"bool\"},{\"name\":\"m39\",\"type\":\"int\",\"default\":null}",
        #[cfg(CONFIG_FORTY)]
        ",{\"name\":\"m40\",\"type\":\"int\"}",
        ",{\"name\":\"m41\",\"type\":\"str\"},{\"name\":\"m42\",\"type\":\"bool\",\"default\":null},{\"name\":\"m43\",\"type\":\"int\"},{\"name\":\"m44\",\"type\":\"int\"},{\"name\":\"m45\",\"type\":\"str\",\"default\":null},{\"name\":\"m46\",\"type\":\"bool\"},{\"name\":\"m47\",\"type\":\"int\"},{\"name\":\"m48\",\"type\":\"int\",\"default\":null},{\"name\":\"m49\",\"type\":\"str\"},{\"name\":\"m50\",\"type\":\"bool\"},{\"name\":\"m51\",\"type\":\"int\",\"default\":null},{\"name\":\"m52\",\"type\":\"int\"},{\"name\":\"m53\",\"type\":\"str\"},{\"name\":\"m54\",\"type\":\"bool\",\"default\":null},{\"name\":\"m55\",\"type\":\"int\"},{\"name\":\"m56\",\"type\":\"int\"},{\"name\":\"m57\",\"type\":\"str\",\"default\":null},{\"name\":\"m58\",\"type\":\"bool\"},{\"name\":\"m59\",\"type\":\"int\"},{\"name\":\"m60\",\"type\":\"int\",\"default\":null},{\"name\":\"m61\",\"type\":\"str\"},{\"name\":\"m62\",\"type\":\"bool\"},{\"name\":\"m63\",\"type\":\"int\",\"default\":null},{\"name\":\"m64\",\"type\":\"int\"},{\"name\":\"m65\",\"type\":\"str\"},{\"name\":\"m66\",\"type\":\"bool\",\"default\":null},{\"name\":\"m67\",\"type\":\"int\"},{\"name\":\"m68\",\"type\":\"int\"},{\"name\":\"m69\",\"type\":\"str\",\"default\":null}]}",
        ",{\"name\":\"1\",\"meta-type\":\"object\",\"members\":[]}",
        ",{\"name\":\"int\",\"meta-type\":\"builtin\",\"json-type\":\"int\"}",
        ",{\"name\":\"str\",\"meta-type\":\"builtin\",\"json-type\":\"string\"}",
        ",{\"name\":\"bool\",\"meta-type\":\"builtin\",\"json-type\":\"boolean\"}]",
    ];
}

/// All items, for `use prelude::*`. Names of Rust's own prelude keep their meaning.
///
/// # The generated code
///
/// | schema | Rust |
/// |---|---|
/// | struct | struct; an optional member is an `Option` |
/// | enum | enum with `VALUES`, `as_str`, `Display` and `FromStr` |
/// | alternate | enum with a variant for each alternative |
/// | union with no other common member than its discriminator | enum of its branches |
/// | any other union | struct; the field of its discriminator has the enum of branches, `NameBranch` |
/// | command | type of its arguments in [`commands`]; its reply is `Command::Response` |
/// | event | type of its data in [`events`]; [`Event`](events::Event) is any of them |
/// | command in a server | method of a trait in [`server`], which has a trait for each schema file |
/// | `query-qmp-schema` | its reply in [`schema`] |
///
/// # Values
///
/// `Name::new(..)` takes the mandatory members. Set optional ones by struct update:
/// `Name { option: Some(value), ..Name::new(required) }`. A type without mandatory members has
/// `default` in place of `new`.
///
/// # Unions
///
/// A branch is a variant with the type of its members, or without one if it has no members.
/// `discriminator()` returns the value that selects it on the wire.
///
/// # Open enums
///
/// An open enum has one more variant, `Other`, for values that the schema does not name. A union on it
/// keeps unknown branches in such a variant. A program can thus read, and send on, what a newer peer
/// sends. In code for clients, the enums in replies and events are open. The option `open` opens others.
/// The option `closed` closes them, so that a `match` must cover the schema's values only.
#[allow(unused_imports)]
pub mod prelude {
    pub use super::*;
}
