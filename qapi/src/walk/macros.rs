//! Implementations for generated types, besides the trait that each implements itself. Attributes
//! before a type's name go on all of them: `#[allow(deprecated)]` for a deprecated type.
//!
//! The bodies are single calls: rustc checks each of them for each type.

/// For a type that implements [`Object`](crate::rt::Object).
#[doc(hidden)]
#[macro_export]
macro_rules! __object {
    ($(#[$attribute:meta])* $type:ident) => {
        $crate::__debug!($(#[$attribute])* $type);
        $crate::__serde!($(#[$attribute])* $type);
    };
}

/// `Debug` by way of the walker.
#[doc(hidden)]
#[macro_export]
macro_rules! __debug {
    ($(#[$attribute:meta])* $type:ident) => {
        $(#[$attribute])*
        impl ::core::fmt::Debug for $type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                $crate::rt::debug(self, f)
            }
        }
    };
}

/// `read` and `write` of [`Object`](crate::rt::Object) for a struct, by the method of the reader
/// and writer for each member in schema order. `match` takes rustc less time than `?`.
#[doc(hidden)]
#[macro_export]
macro_rules! __members {
    ($($(#[$attribute:meta])* $method:ident($field:ident),)*) => {
        #[inline]
        fn read(
            r: &mut $crate::rt::Reader<'_>,
        ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
            ::core::result::Result::Ok(Self {
                $($(#[$attribute])* $field: match r.$method() {
                    ::core::result::Result::Ok(value) => value,
                    ::core::result::Result::Err(stop) => {
                        return ::core::result::Result::Err(stop);
                    }
                },)*
            })
        }

        #[inline]
        fn write(&self, w: &mut $crate::rt::Writer<'_>) {
            $($(#[$attribute])* w.$method(&self.$field);)*
        }
    };
}

/// For a struct around the one type that has the members.
#[doc(hidden)]
#[macro_export]
macro_rules! __newtype {
    ($type:ident($inner:ty)) => {
        #[allow(deprecated)]
        impl $crate::rt::Field for $type {
            #[inline]
            fn read(
                r: &mut $crate::rt::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                <$inner as $crate::rt::Field>::read(r).map(Self)
            }

            #[inline]
            fn write(&self, w: &mut $crate::rt::Writer<'_>) {
                $crate::rt::Field::write(&self.0, w);
            }
        }
        #[allow(deprecated)]
        impl ::core::convert::From<$inner> for $type {
            #[inline]
            fn from(inner: $inner) -> Self {
                Self(inner)
            }
        }
        $crate::__serde!(
            #[allow(deprecated)]
            $type
        );
    };
}

/// For a unit struct: an object without members.
#[doc(hidden)]
#[macro_export]
macro_rules! __unit {
    ($(#[$attribute:meta])* $type:ident) => {
        $(#[$attribute])*
        impl $crate::rt::Object for $type {
            #[inline]
            fn shape() -> $crate::rt::Shape {
                $crate::rt::Shape::new(::core::stringify!($type), &[])
            }

            #[inline]
            fn read(
                _: &mut $crate::rt::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                ::core::result::Result::Ok(Self)
            }

            #[inline]
            fn write(&self, _: &mut $crate::rt::Writer<'_>) {}
        }
        $crate::__object!($(#[$attribute])* $type);
    };
}

/// For a type that implements [`Alternate`](crate::rt::Alternate).
#[doc(hidden)]
#[macro_export]
macro_rules! __alternate {
    ($(#[$attribute:meta])* $type:ident) => {
        $(#[$attribute])*
        impl $crate::rt::Field for $type {
            #[inline]
            fn read(
                r: &mut $crate::rt::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                <Self as $crate::rt::Alternate>::read(r)
            }

            #[inline]
            fn write(&self, w: &mut $crate::rt::Writer<'_>) {
                <Self as $crate::rt::Alternate>::write(self, w);
            }
        }
        $crate::__serde!($(#[$attribute])* $type);
    };
}

/// For a type that implements [`Enum`](crate::rt::Enum).
#[doc(hidden)]
#[macro_export]
macro_rules! __enumeration {
    ($(#[$attribute:meta])* $type:ident) => {
        $(#[$attribute])*
        impl $type {
            /// All values, in schema order.
            pub const VALUES: &'static [Self] = <Self as $crate::rt::Enum>::VALUES;

            /// The value's name in the schema and on the wire.
            #[inline]
            pub fn as_str(&self) -> &'static str {
                $crate::rt::name(self)
            }
        }
        $(#[$attribute])*
        impl ::core::fmt::Display for $type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
        $(#[$attribute])*
        impl ::core::str::FromStr for $type {
            type Err = $crate::UnknownValue;

            fn from_str(name: &str) -> ::core::result::Result<Self, $crate::UnknownValue> {
                $crate::rt::parse(name)
            }
        }
        $(#[$attribute])*
        impl $crate::rt::Field for $type {
            #[inline]
            fn read(
                r: &mut $crate::rt::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                r.enumeration()
            }

            #[inline]
            fn write(&self, w: &mut $crate::rt::Writer<'_>) {
                w.enumeration(self);
            }
        }
        $crate::__serde!($(#[$attribute])* $type);
    };
}

/// For a type that implements [`OpenEnum`](crate::rt::OpenEnum).
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enumeration {
    ($(#[$attribute:meta])* $type:ident) => {
        $(#[$attribute])*
        impl $type {
            /// All values that the schema knows, in its order.
            pub const VALUES: &'static [Self] = <Self as $crate::rt::OpenEnum>::VALUES;

            /// The value's name on the wire.
            #[inline]
            pub fn as_str(&self) -> &str {
                $crate::rt::open_name(self)
            }
        }
        $(#[$attribute])*
        impl ::core::fmt::Display for $type {
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
        $(#[$attribute])*
        impl ::core::str::FromStr for $type {
            type Err = ::core::convert::Infallible;

            fn from_str(name: &str) -> ::core::result::Result<Self, ::core::convert::Infallible> {
                $crate::rt::parse_open(name)
            }
        }
        $(#[$attribute])*
        impl $crate::rt::Field for $type {
            #[inline]
            fn read(
                r: &mut $crate::rt::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                r.open_enumeration()
            }

            #[inline]
            fn write(&self, w: &mut $crate::rt::Writer<'_>) {
                w.open_enumeration(self);
            }
        }
        $crate::__serde!($(#[$attribute])* $type);
    };
}

/// `Serialize` and `Deserialize` by way of the walker.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "serde")]
macro_rules! __serde {
    ($(#[$attribute:meta])* $type:ident) => {
        $(#[$attribute])*
        impl $crate::rt::serde::Serialize for $type {
            fn serialize<S: $crate::rt::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::rt::serialize(self, serializer)
            }
        }
        $(#[$attribute])*
        impl<'de> $crate::rt::serde::Deserialize<'de> for $type {
            fn deserialize<D: $crate::rt::serde::Deserializer<'de>>(
                deserializer: D,
            ) -> ::core::result::Result<Self, D::Error> {
                $crate::rt::deserialize(deserializer)
            }
        }
    };
}

/// Nothing: feature `serde` is off.
#[doc(hidden)]
#[macro_export]
#[cfg(not(feature = "serde"))]
macro_rules! __serde {
    ($(#[$attribute:meta])* $type:ident) => {};
}
