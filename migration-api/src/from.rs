//! Conversions between errors.

/// Implements `From` for variants of an error: `from!(Failure: TransportError => Transport)`.
macro_rules! from {
    ($error:ident: $($from:ty => $variant:ident),*) => {$(
        impl From<$from> for $error {
            fn from(error: $from) -> Self {
                Self::$variant(error)
            }
        }
    )*};
}
pub(crate) use from;
