//! Forms of the schema language from before QEMU 10.0 that the schemas of QEMU 4.1 and later, and
//! of its forks, still use.
//!
//! Each file translates one form into today's, which is all that the later stages see, and
//! reports it as a style finding with a code `old-…`. QEMU's `scripts/qapi` of the release that
//! wrote the form is the measure of what is accepted.
//!
//! | file | form | last written by | translated |
//! |---|---|---|---|
//! | [`conditions`] | `'if'` with C text, or a list of it | 6.1 | by the loader |
//! | [`pragmas`] | `returns-whitelist`, `name-case-whitelist` | 5.2 | by the loader |
//! | [`names`] | names by the rules of that time | 5.2 | by the checks of names |
//! | [`unions`] | unions without base and discriminator | 6.1 | between `expr` and `schema` |
//! | [`arguments`] | descriptions of what a definition does not have | 4.1 | behind `expr` |
//! | [`documentation`] | unindented text, headings | 9.0 | before its parser |

pub(crate) mod arguments;
pub(crate) mod conditions;
pub(crate) mod documentation;
mod error;
pub(crate) mod names;
pub(crate) mod pragmas;
pub(crate) mod unions;

pub(crate) use error::OldForm;
