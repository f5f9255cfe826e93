//! Attributes: documentation, conditions, deprecation, and those that the options add.

use proc_macro2::TokenStream;
use qapi_parser::cond::IfCond;
use qapi_parser::doc::DocText;
use qapi_parser::schema::Feature;
use quote::{ToTokens, quote};

use crate::cond::Presence;
use crate::context::Context;
use crate::docs::{Subject, reason};
use crate::ty::Scope;

/// `#[deprecated]`, with the reason that the documentation gives, or nothing.
pub(crate) struct Deprecation(Option<(Presence, String)>);

impl ToTokens for Deprecation {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        let Some((presence, reason)) = &self.0 else { return };
        let attribute =
            if reason.is_empty() { quote!(deprecated) } else { quote!(deprecated = #reason) };
        tokens.extend(match presence {
            Presence::Cfg(predicate) => quote!(#[cfg_attr(#predicate, #attribute)]),
            Presence::Always | Presence::Never => quote!(#[#attribute]),
        });
    }
}

/// `#[allow(deprecated)]` on generated code that names deprecated items, or nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AllowDeprecated(pub(crate) bool);

impl ToTokens for AllowDeprecated {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if self.0 {
            tokens.extend(quote!(#[allow(deprecated)]));
        }
    }
}

/// `#[allow(missing_docs)]` on items that have no documentation, or nothing.
#[derive(Debug, Clone, Copy)]
pub(crate) struct AllowMissingDocs(pub(crate) bool);

impl ToTokens for AllowMissingDocs {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        if self.0 {
            tokens.extend(quote!(#[allow(missing_docs)]));
        }
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

impl Context<'_> {
    pub(crate) fn deprecation_attribute(&self, features: &[Feature]) -> Deprecation {
        Deprecation(self.deprecation(features).map(|feature| {
            let reason = if self.options.docs { reason(feature) } else { String::new() };
            (self.options.presence(feature.cond.as_ref()), reason)
        }))
    }

    /// Returns the attributes of a type, command or event, except derives.
    pub(crate) fn item_attributes(
        &self,
        subject: &Subject<'_>,
        presence: &Presence,
    ) -> TokenStream {
        let doc = subject.definition_doc();
        let missing_docs = AllowMissingDocs(!self.options.docs);
        let deprecation = self.deprecation_attribute(&subject.definition.features);
        let attributes = self.type_attributes(subject);
        // rustc reports unused items of a binary's private module, clippy the schema's names. The
        // other scopes are modules with attributes of their own.
        let quiet =
            (subject.scope == Scope::Root).then(|| quote!(#[allow(dead_code, clippy::all)]));
        quote!(#doc #presence #missing_docs #quiet #deprecation #attributes)
    }

    /// Returns the attributes that the options add to a type, and to the enum of a union's
    /// branches.
    pub(crate) fn type_attributes(&self, subject: &Subject<'_>) -> TokenStream {
        self.patterns.type_attributes.matching(&subject.definition.name).cloned().collect()
    }

    /// Returns the attributes of a member, value, branch or alternative.
    pub(crate) fn part_attributes(&self, subject: &Subject<'_>, part: &Part<'_>) -> TokenStream {
        let doc = subject.part_doc(part.doc, part.cond, part.features);
        let presence = part.presence;
        let deprecation = self.deprecation_attribute(part.features);
        let mut attributes = TokenStream::new();
        if !self.patterns.member_attributes.is_empty() {
            let name = [&subject.definition.name, ".", part.name].concat();
            attributes.extend(self.patterns.member_attributes.matching(&name).cloned());
        }
        quote!(#doc #presence #deprecation #attributes)
    }

    /// Returns the calls that tell the runtime of a part's features:
    /// `.deprecated().features(&["deprecated"])`.
    pub(crate) fn feature_calls(&self, features: &[Feature]) -> TokenStream {
        let deprecated =
            self.options.has_feature(features, "deprecated").then(|| quote!(.deprecated()));
        let unstable = self.options.has_feature(features, "unstable").then(|| quote!(.unstable()));
        let list = self.feature_list(features);
        quote!(#deprecated #unstable #list)
    }

    /// Returns the call with the names of the features: `.features(&["dynamic-auto-read-only"])`.
    pub(crate) fn feature_list(&self, features: &[Feature]) -> TokenStream {
        let mut names = Vec::new();
        for feature in features {
            let presence = self.options.presence(feature.cond.as_ref());
            if !presence.is_never() {
                let name = &feature.name;
                names.push(quote!(#presence #name));
            }
        }
        if names.is_empty() { TokenStream::new() } else { quote!(.features(&[#(#names),*])) }
    }
}
