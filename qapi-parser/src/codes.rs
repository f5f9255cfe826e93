//! The declaration of a stage's errors: an enum whose variants each have a stable code.

/// Declares an error enum, its list of codes and the way from variant to code.
#[doc(hidden)]
#[macro_export]
macro_rules! coded_errors {
    (
        $(#[$meta:meta])*
        pub enum $name:ident {
            $( $(#[$variant_meta:meta])* $code:literal $variant:ident $({ $($field:ident: $ty:ty),* $(,)? })? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        pub enum $name {
            $( $(#[$variant_meta])* $variant $({ $(#[allow(missing_docs)] $field: $ty),* })? ),*
        }

        impl $name {
            /// The codes of all variants, each once.
            pub const CODES: &'static [&'static str] = &[$($code),*];

            /// The stable code of this error.
            pub fn code(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => $code ),*
                }
            }
        }
    };
}

pub(crate) use coded_errors;
