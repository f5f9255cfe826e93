//! Attributes: documentation, conditions, deprecation, and what the user asked for.

use qapi_parser::cond::IfCond;
use qapi_parser::doc::DocText;
use qapi_parser::schema::Feature;

use crate::cond::Presence;
use crate::context::Context;
use crate::docs::{Subject, reason};
use crate::source::{Source, line, literal};

impl Context<'_> {
    /// `#[cfg(..)]`.
    pub(crate) fn emit_presence(&self, out: &mut Source, presence: &Presence) {
        if let Some(attribute) = presence.attribute() {
            line!(out, "{attribute}");
        }
    }

    /// `#[allow(deprecated)]` where our own code names what is.
    pub(crate) fn emit_allow_deprecated(&self, out: &mut Source, touches: bool) {
        if touches {
            line!(out, "#[allow(deprecated)]");
        }
    }

    /// `#[deprecated]` with the reason that the documentation gives.
    pub(crate) fn emit_deprecation(&self, out: &mut Source, features: &[Feature]) {
        let Some(feature) = self.deprecation(features) else {
            return;
        };
        let reason = if self.options.docs { reason(feature) } else { String::new() };
        let attribute = match reason.as_str() {
            "" => "deprecated".to_owned(),
            reason => format!("deprecated = {}", literal(reason)),
        };
        match self.options.presence(feature.cond.as_ref()) {
            Presence::Under(predicate) => line!(out, "#[cfg_attr({predicate}, {attribute})]"),
            Presence::Always | Presence::Never => line!(out, "#[{attribute}]"),
        }
    }

    /// All that goes before a type, command or event, except derives.
    pub(crate) fn emit_item(&self, out: &mut Source, subject: &Subject<'_>, presence: &Presence) {
        let definition = subject.definition;
        if self.options.docs {
            out.doc(&subject.definition_doc());
        }
        self.emit_presence(out, presence);
        if !self.options.docs {
            line!(out, "#[allow(missing_docs)]");
        }
        self.emit_deprecation(out, &definition.features);
        self.emit_type_attributes(out, subject);
    }

    /// What the options add to a type, and to the enum of branches that is a part of it.
    pub(crate) fn emit_type_attributes(&self, out: &mut Source, subject: &Subject<'_>) {
        for attribute in self.patterns.type_attributes.matching(&subject.definition.name) {
            line!(out, "{attribute}");
        }
    }

    /// All that goes before a member, value, branch or alternative called `name`.
    pub(crate) fn emit_part(&self, out: &mut Source, subject: &Subject<'_>, part: &Part<'_>) {
        out.doc(&subject.part_doc(part.doc, part.cond, part.features));
        self.emit_presence(out, part.presence);
        self.emit_deprecation(out, part.features);
        if !self.patterns.member_attributes.is_empty() {
            let name = format!("{}.{}", subject.definition.name, part.name);
            for attribute in self.patterns.member_attributes.matching(&name) {
                line!(out, "{attribute}");
            }
        }
    }

    /// What a feature list says to the runtime, as calls: `.deprecated().features(&["deprecated"])`.
    pub(crate) fn feature_calls(&self, features: &[Feature]) -> String {
        let mut calls = String::new();
        for special in ["deprecated", "unstable"] {
            if self.options.has_feature(features, special) {
                calls.push_str(&format!(".{special}()"));
            }
        }
        calls + &self.feature_list(features)
    }

    /// The names of the features as a call: `.features(&["dynamic-auto-read-only"])`.
    pub(crate) fn feature_list(&self, features: &[Feature]) -> String {
        let name = |feature: &Feature| {
            let name = literal(&feature.name);
            match self.options.presence(feature.cond.as_ref()) {
                Presence::Never => None,
                Presence::Always => Some(name),
                Presence::Under(predicate) => Some(format!("#[cfg({predicate})] {name}")),
            }
        };
        let names: Vec<String> = features.iter().filter_map(name).collect();
        if names.is_empty() { String::new() } else { format!(".features(&[{}])", names.join(", ")) }
    }
}

/// A member, value, branch or alternative.
pub(crate) struct Part<'a> {
    pub(crate) name: &'a str,
    pub(crate) doc: Option<&'a DocText>,
    pub(crate) cond: Option<&'a IfCond>,
    pub(crate) features: &'a [Feature],
    pub(crate) presence: &'a Presence,
}
