//! Checks `block-bitmap-mapping`.

use std::collections::BTreeSet;

use crate::api::BitmapMigrationNodeAlias;

/// Error that refuses a mapping.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum MappingError {
    /// A node with two aliases.
    #[error("The node name '{0}' is mapped twice")]
    NodeTwice(String),
    /// An alias for two nodes.
    #[error("The node alias '{0}' is used twice")]
    NodeAliasTwice(String),
    /// An alias that is not an id.
    #[error("The node alias '{0}' is not well-formed")]
    NodeAliasForm(String),
    /// An alias that is too long for the stream.
    #[error("The node alias '{0}' is longer than 255 bytes")]
    NodeAliasLong(String),
    /// A node name that is too long.
    #[error("The node name '{0}' is longer than 31 bytes")]
    NodeNameLong(String),
    /// A bitmap with two aliases: node and bitmap.
    #[error("The bitmap '{0}'/'{1}' is mapped twice")]
    BitmapTwice(String, String),
    /// An alias for two bitmaps: node alias and bitmap alias.
    #[error("The bitmap alias '{0}'/'{1}' is used twice")]
    BitmapAliasTwice(String, String),
    /// An alias that is too long for the stream.
    #[error("The bitmap alias '{0}' is longer than 255 bytes")]
    BitmapAliasLong(String),
    /// A bitmap name that is too long.
    #[error("The bitmap name '{0}' is longer than 1023 bytes")]
    BitmapNameLong(String),
}

/// Returns true if the text is a valid id of an object, a job or a bitmap alias: a letter, then
/// letters, digits and `-._`.
pub fn is_id(text: &str) -> bool {
    text.starts_with(|c: char| c.is_ascii_alphabetic())
        && text.chars().all(|c| c.is_ascii_alphanumeric() || "-._".contains(c))
}

pub(super) fn check(mapping: &[BitmapMigrationNodeAlias]) -> Result<(), MappingError> {
    use MappingError as E;
    let refuse = |broken: bool, error: fn(String) -> E, name: &str| {
        if broken { Err(error(name.to_owned())) } else { Ok(()) }
    };
    let (mut names, mut aliases) = (BTreeSet::new(), BTreeSet::new());
    for node in mapping {
        let (name, alias) = (node.node_name.as_str(), node.alias.as_str());
        refuse(!is_id(alias), E::NodeAliasForm, alias)?;
        refuse(alias.len() > 255, E::NodeAliasLong, alias)?;
        refuse(name.len() > 31, E::NodeNameLong, name)?;
        refuse(!names.insert(name), E::NodeTwice, name)?;
        refuse(!aliases.insert(alias), E::NodeAliasTwice, alias)?;
        let (mut bitmap_names, mut bitmap_aliases) = (BTreeSet::new(), BTreeSet::new());
        for bitmap in &node.bitmaps {
            let (bitmap_name, bitmap_alias) = (bitmap.name.as_str(), bitmap.alias.as_str());
            refuse(bitmap_alias.len() > 255, E::BitmapAliasLong, bitmap_alias)?;
            refuse(bitmap_name.len() > 1023, E::BitmapNameLong, bitmap_name)?;
            if !bitmap_names.insert(bitmap_name) {
                return Err(E::BitmapTwice(name.into(), bitmap_name.into()));
            }
            if !bitmap_aliases.insert(bitmap_alias) {
                return Err(E::BitmapAliasTwice(alias.into(), bitmap_alias.into()));
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn text(json: &str) -> String {
        let mapping: Vec<BitmapMigrationNodeAlias> =
            qapi::from_text(json, &qapi::Rules::STRICT).unwrap();
        check(&mapping).map_or_else(|error| error.to_string(), |()| String::new())
    }

    #[test]
    fn contradictions_are_found() {
        let node = |name: &str, alias: &str, bitmaps: &str| {
            format!("{{'node-name': '{name}', 'alias': '{alias}', 'bitmaps': [{bitmaps}]}}")
        };
        let bitmap = |name: &str, alias: &str| format!("{{'name': '{name}', 'alias': '{alias}'}}");
        let two = |a: String, b: String| format!("[{a}, {b}]");
        assert_eq!(text(&format!("[{}]", node("", "a", &bitmap("", "")))), "");
        assert_eq!(
            text(&two(node("n", "a", ""), node("n", "b", ""))),
            "The node name 'n' is mapped twice"
        );
        assert_eq!(
            text(&two(node("n", "a", ""), node("m", "a", ""))),
            "The node alias 'a' is used twice"
        );
        assert_eq!(
            text(&format!("[{}]", node("n", "1", ""))),
            "The node alias '1' is not well-formed"
        );
        let twice = format!("{}, {}", bitmap("x", "y"), bitmap("x", "z"));
        assert_eq!(
            text(&format!("[{}]", node("n", "a", &twice))),
            "The bitmap 'n'/'x' is mapped twice"
        );
        let aliased = format!("{}, {}", bitmap("x", "y"), bitmap("w", "y"));
        assert_eq!(
            text(&format!("[{}]", node("n", "a", &aliased))),
            "The bitmap alias 'a'/'y' is used twice"
        );
        let long = "a".repeat(256);
        assert!(text(&format!("[{}]", node("n", &long, ""))).ends_with("is longer than 255 bytes"));
    }
}
