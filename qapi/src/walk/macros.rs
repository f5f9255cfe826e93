//! Implementations for generated types, besides the trait that each implements itself. The type may
//! be deprecated: code here never warns of that.

/// For a type that implements [`Object`](crate::rt::Object).
#[doc(hidden)]
#[macro_export]
macro_rules! __object {
    ($type:ident) => {
        $crate::__serde!($type);
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
        $crate::__serde!($type);
    };
}

/// For a unit struct: an object without members.
#[doc(hidden)]
#[macro_export]
macro_rules! __unit {
    ($type:ident) => {
        #[allow(deprecated)]
        impl $crate::rt::Object for $type {
            const SHAPE: &'static $crate::rt::Shape =
                &$crate::rt::Shape::new(::core::stringify!($type), &[]);

            #[inline]
            fn read(
                _: &mut $crate::rt::Reader<'_>,
            ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                ::core::result::Result::Ok(Self)
            }

            #[inline]
            fn write(&self, _: &mut $crate::rt::Writer<'_>) {}
        }
        $crate::__object!($type);
    };
}

/// For a type that implements [`Alternate`](crate::rt::Alternate).
#[doc(hidden)]
#[macro_export]
macro_rules! __alternate {
    ($type:ident) => {
        #[allow(deprecated)]
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
        $crate::__serde!($type);
    };
}

/// For a type that implements [`Enum`](crate::rt::Enum).
#[doc(hidden)]
#[macro_export]
macro_rules! __enumeration {
    ($type:ident) => {
        #[allow(deprecated)]
        impl $type {
            /// All values, in schema order.
            pub const VALUES: &'static [Self] = <Self as $crate::rt::Enum>::VALUES;

            /// The value's name in the schema and on the wire.
            #[inline]
            pub fn as_str(&self) -> &'static str {
                <Self as $crate::rt::Enum>::SHAPE.values()[$crate::rt::Enum::index(self)].name()
            }
        }
        #[allow(deprecated)]
        impl ::core::fmt::Display for $type {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
        const _: () = {
            // The one table by which both impls look values up.
            #[allow(deprecated)]
            static ORDER: [u16; <$type as $crate::rt::Enum>::SHAPE.values().len()] =
                <$type as $crate::rt::Enum>::SHAPE.order();

            #[allow(deprecated)]
            impl ::core::str::FromStr for $type {
                type Err = $crate::UnknownValue;

                #[inline]
                fn from_str(name: &str) -> ::core::result::Result<Self, $crate::UnknownValue> {
                    match <Self as $crate::rt::Enum>::SHAPE.find(&ORDER, name) {
                        ::core::option::Option::Some(place) => {
                            ::core::result::Result::Ok(Self::VALUES[place])
                        }
                        ::core::option::Option::None => {
                            ::core::result::Result::Err($crate::UnknownValue {
                                enumeration: <Self as $crate::rt::Enum>::SHAPE.name(),
                                value: ::std::string::String::from(name),
                            })
                        }
                    }
                }
            }

            #[allow(deprecated)]
            impl $crate::rt::Field for $type {
                #[inline]
                fn read(
                    r: &mut $crate::rt::Reader<'_>,
                ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                    r.enumeration(&ORDER)
                }

                #[inline]
                fn write(&self, w: &mut $crate::rt::Writer<'_>) {
                    w.enumeration(self);
                }
            }
        };
        $crate::__serde!($type);
    };
}

/// For a type that implements [`OpenEnum`](crate::rt::OpenEnum).
#[doc(hidden)]
#[macro_export]
macro_rules! __open_enumeration {
    ($type:ident) => {
        #[allow(deprecated)]
        impl $type {
            /// All values that the schema knows, in its order.
            pub const VALUES: &'static [Self] = <Self as $crate::rt::OpenEnum>::VALUES;

            /// The value's name on the wire.
            #[inline]
            pub fn as_str(&self) -> &str {
                match $crate::rt::OpenEnum::index(self) {
                    ::core::result::Result::Ok(place) => {
                        <Self as $crate::rt::OpenEnum>::SHAPE.values()[place].name()
                    }
                    ::core::result::Result::Err(name) => name,
                }
            }
        }
        #[allow(deprecated)]
        impl ::core::fmt::Display for $type {
            #[inline]
            fn fmt(&self, f: &mut ::core::fmt::Formatter<'_>) -> ::core::fmt::Result {
                f.pad(self.as_str())
            }
        }
        const _: () = {
            // The one table by which both impls look values up.
            #[allow(deprecated)]
            static ORDER: [u16; <$type as $crate::rt::OpenEnum>::SHAPE.values().len()] =
                <$type as $crate::rt::OpenEnum>::SHAPE.order();

            #[allow(deprecated)]
            impl ::core::str::FromStr for $type {
                type Err = ::core::convert::Infallible;

                #[inline]
                fn from_str(
                    name: &str,
                ) -> ::core::result::Result<Self, ::core::convert::Infallible> {
                    ::core::result::Result::Ok(
                        match <Self as $crate::rt::OpenEnum>::SHAPE.find(&ORDER, name) {
                            ::core::option::Option::Some(place) => {
                                ::core::clone::Clone::clone(&Self::VALUES[place])
                            }
                            ::core::option::Option::None => <Self as $crate::rt::OpenEnum>::other(
                                ::std::string::String::from(name),
                            ),
                        },
                    )
                }
            }

            #[allow(deprecated)]
            impl $crate::rt::Field for $type {
                #[inline]
                fn read(
                    r: &mut $crate::rt::Reader<'_>,
                ) -> ::core::result::Result<Self, $crate::rt::ReadError> {
                    r.open_enumeration(&ORDER)
                }

                #[inline]
                fn write(&self, w: &mut $crate::rt::Writer<'_>) {
                    w.open_enumeration(self);
                }
            }
        };
        $crate::__serde!($type);
    };
}

/// `Serialize` and `Deserialize` by way of the walker.
#[doc(hidden)]
#[macro_export]
#[cfg(feature = "serde")]
macro_rules! __serde {
    ($type:ident) => {
        #[allow(deprecated)]
        impl $crate::rt::serde::Serialize for $type {
            fn serialize<S: $crate::rt::serde::Serializer>(
                &self,
                serializer: S,
            ) -> ::core::result::Result<S::Ok, S::Error> {
                $crate::rt::serialize(self, serializer)
            }
        }
        #[allow(deprecated)]
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
    ($type:ident) => {};
}
