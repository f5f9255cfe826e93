//! The declaration of a stage's errors: an enum whose variants each have a stable code.

/// Declares an error enum, its list of codes and the way from variant to code. Shared with
/// qapi-codegen.
#[doc(hidden)]
#[macro_export]
macro_rules! coded_errors {
    (
        $(#[$meta:meta])*
        $vis:vis enum $name:ident {
            $( $(#[$variant_meta:meta])* $code:literal $variant:ident $({ $($field:ident: $ty:ty),* $(,)? })? ),* $(,)?
        }
    ) => {
        $(#[$meta])*
        $vis enum $name {
            $( $(#[$variant_meta])* $variant $({ $(#[allow(missing_docs)] $field: $ty),* })? ),*
        }

        impl $name {
            /// The codes of all variants, each once.
            #[allow(dead_code, reason = "tests compare it with their cases")]
            $vis const CODES: &'static [&'static str] = &[$($code),*];

            /// The stable code of this error.
            $vis fn code(&self) -> &'static str {
                match self {
                    $( Self::$variant { .. } => $code ),*
                }
            }
        }
    };
}

pub(crate) use coded_errors;

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::path::PathBuf;

    use crate::diagnostic::Diagnostics;
    use crate::doc::error::DocErrorKind;
    use crate::expr::ExprError;
    use crate::legacy::OldForm;
    use crate::loader::error::LoadErrorKind;
    use crate::parse::error::SyntaxErrorKind;
    use crate::schema::error::SchemaError;
    use crate::{Options, parse_file};

    /// Codes whose cases are too long for a file; `tests/limits.rs` generates them.
    const GENERATED: [&str; 2] = ["nested-too-deep", "too-many-members"];

    /// Returns the schemas in a folder of cases.
    fn cases(folder: &str) -> Vec<PathBuf> {
        let entries = std::fs::read_dir(folder).expect("a folder of cases");
        let paths = entries.map(|entry| entry.expect("a folder that can be read").path());
        paths.filter(|path| path.extension().is_some_and(|end| end == "json")).collect()
    }

    fn codes(diagnostics: &Diagnostics) -> impl Iterator<Item = &'static str> {
        diagnostics.iter().map(|diagnostic| diagnostic.code)
    }

    #[test]
    fn every_code_has_a_case() {
        let mut seen = BTreeSet::from(GENERATED);
        let cases = [cases("tests/ui/err"), cases("tests/ui/ok"), vec!["no-such-file".into()]];
        for path in cases.concat() {
            match parse_file(&path, Options::new().style(true)) {
                Ok(checked) => seen.extend(codes(&checked.style)),
                Err(error) => seen.extend(codes(error.diagnostics())),
            }
        }
        let all = [
            SyntaxErrorKind::CODES,
            DocErrorKind::CODES,
            LoadErrorKind::CODES,
            ExprError::CODES,
            SchemaError::CODES,
            OldForm::CODES,
        ]
        .concat();
        let unseen: Vec<_> = all.iter().filter(|code| !seen.contains(*code)).collect();
        assert!(unseen.is_empty(), "no case under tests/ui has {unseen:?}");
    }

    #[cfg(feature = "examples")]
    #[test]
    fn every_code_of_examples_has_a_case() {
        use crate::examples::check;
        use crate::examples::error::ExampleError;

        let mut seen = BTreeSet::new();
        for path in cases("tests/ui/examples") {
            let checked = parse_file(path, Options::new()).expect("a schema that is accepted");
            seen.extend(codes(&check(&checked.schema).faults));
        }
        let unseen: Vec<_> =
            ExampleError::CODES.iter().filter(|code| !seen.contains(*code)).collect();
        assert!(unseen.is_empty(), "no case under tests/ui/examples has {unseen:?}");
    }
}
