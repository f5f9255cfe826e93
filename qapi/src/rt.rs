//! Re-exports for generated code. Code written by hand uses [`walk`](crate::walk).

pub use crate::event::{AnyEvent, EventData};
pub use crate::json::Kind;
#[cfg(feature = "server")]
pub use crate::qmp::dispatch::{Call, Running};
pub use crate::value::UnknownBranch;
pub use crate::walk::debug::debug;
pub use crate::walk::names::{name, open_name, parse, parse_open};
#[cfg(feature = "serde")]
pub use crate::walk::serde::{deserialize, serialize};
pub use crate::walk::{
    Alternate, Enum, EnumShape, EnumValue, Field, Member, Object, OpenEnum, ReadError, Reader,
    Shape, Writer, member, members, optional, ordered, value, values,
};
pub use crate::{
    __alternate as alternate, __enumeration as enumeration, __members as methods,
    __newtype as newtype, __object as object, __open_enumeration as open_enumeration,
    __unit as unit,
};
#[cfg(feature = "serde")]
pub use ::serde;
