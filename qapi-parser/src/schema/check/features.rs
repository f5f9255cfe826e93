//! Features: their clashes, the places of special ones, and their number.

use std::collections::{HashMap, HashSet};

use super::Checker;
use crate::ast;
use crate::schema::error::SchemaError;
use crate::schema::fold::folded;
use crate::schema::source_definition::SourceDefinition;
use crate::schema::types::Feature;

/// The features with a meaning of their own. They count even if unused.
const SPECIAL: [&str; 2] = ["deprecated", "unstable"];

/// Maximum number of different features, which generated C numbers.
const MAX_FEATURES: usize = 64;

impl<'a> Checker<'a> {
    /// Returns the features in finished form.
    pub(super) fn features(
        &self,
        features: &[ast::Feature],
        source: SourceDefinition<'a>,
    ) -> Vec<Feature> {
        features
            .iter()
            .map(|feature| Feature {
                name: feature.name.text.clone(),
                cond: feature.cond.clone(),
                doc: self.feature_doc(source, &feature.name.text),
                span: Some(feature.name.span),
            })
            .collect()
    }

    pub(super) fn check_feature_clash(
        &mut self,
        features: &[ast::Feature],
        source: SourceDefinition<'a>,
    ) {
        let mut seen = HashMap::new();
        for feature in features {
            if let Some(first) = seen.insert(folded(&feature.name.text), &feature.name.text) {
                let error = SchemaError::Clash {
                    second: format!("feature '{}'", feature.name.text),
                    first: format!("feature '{first}'"),
                };
                self.reporter.error(source, feature.name.span, error);
            }
        }
    }

    /// Checks the features of a type, which can be neither deprecated nor unstable as a whole.
    pub(super) fn check_type_features(&mut self, source: SourceDefinition<'a>) {
        self.check_feature_clash(&source.ast.features, source);
        for feature in &source.ast.features {
            if SPECIAL.contains(&feature.name.text.as_str()) {
                let error = SchemaError::SpecialFeature { name: feature.name.text.clone() };
                self.reporter.error(source, feature.name.span, error);
            }
        }
    }

    pub(super) fn check_number_of_features(&mut self, definitions: &[SourceDefinition<'a>]) {
        let mut seen: HashSet<&str> = SPECIAL.into();
        for source in definitions {
            for feature in source.ast.all_features() {
                if seen.insert(&feature.name.text) && seen.len() > MAX_FEATURES {
                    self.reporter.error(*source, feature.name.span, SchemaError::TooManyFeatures);
                    return;
                }
            }
        }
    }
}
