//! The built-in types as members.

use super::{Field, Object, ReadError, Reader, Writer};

/// One impl for all structs and unions: rustc takes longer for an impl of each. No type that must
/// be generic here may be a `Box`, for which other crates could implement `Object`.
impl<T: Object> Field for T {
    #[inline]
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        r.object()
    }

    #[inline]
    fn write(&self, w: &mut Writer<'_>) {
        w.object(self);
    }
}

impl<T: Field> Field for Vec<T> {
    #[inline]
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        r.nested(Reader::list)
    }

    #[inline]
    fn write(&self, w: &mut Writer<'_>) {
        w.nested(|w| w.list(self));
    }
}

/// The result of a command that returns nothing: an object whose members are ignored.
impl Field for () {
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        r.dict().map(|_| ())
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.empty_object();
    }
}

impl Field for String {
    #[inline]
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        r.str().map(str::to_owned)
    }

    #[inline]
    fn write(&self, w: &mut Writer<'_>) {
        w.string(self);
    }
}

macro_rules! field {
    ($($type:ty: |$reader:ident| $read:expr, |$writer:ident, $value:ident| $write:expr;)*) => {$(
        impl Field for $type {
            #[inline]
            fn read($reader: &mut Reader<'_>) -> Result<Self, ReadError> {
                $read
            }

            #[inline]
            fn write(&self, $writer: &mut Writer<'_>) {
                let $value = *self;
                $write
            }
        }
    )*};
}

field! {
    bool: |r| r.bool(), |w, value| w.bool(value);
    f64: |r| r.number(), |w, value| w.number(value);
    i8: |r| r.small_int("int8_t"), |w, value| w.int(value.into());
    i16: |r| r.small_int("int16_t"), |w, value| w.int(value.into());
    i32: |r| r.small_int("int32_t"), |w, value| w.int(value.into());
    i64: |r| r.int(), |w, value| w.int(value);
    u8: |r| r.small_uint("uint8_t"), |w, value| w.uint(value.into());
    u16: |r| r.small_uint("uint16_t"), |w, value| w.uint(value.into());
    u32: |r| r.small_uint("uint32_t"), |w, value| w.uint(value.into());
    u64: |r| r.uint(), |w, value| w.uint(value);
}
