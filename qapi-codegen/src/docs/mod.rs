//! The schema's documentation as rustdoc.

mod inline;
mod line;
mod links;
mod markup;

use std::borrow::Cow;

use proc_macro2::{Literal, TokenStream};
use qapi_parser::cond::IfCond;
use qapi_parser::doc::{DocText, SectionKind};
use qapi_parser::schema::{Definition, Feature};
use quote::{ToTokens, quote};

use crate::cond::describe;
use crate::context::Context;
use crate::options::Conditions;
use crate::ty::Scope;

/// The documentation of undocumented items.
const NOTHING: &str = "Not documented.";

/// Lines of documentation. As tokens: a `#[doc]` for each, which the pretty-printer shows as `///`.
#[derive(Debug, Default)]
pub(crate) struct Doc(Vec<String>);

impl Doc {
    pub(crate) fn new(text: impl AsRef<str>) -> Doc {
        Doc(text.as_ref().lines().map(str::to_owned).collect())
    }
}

impl ToTokens for Doc {
    fn to_tokens(&self, tokens: &mut TokenStream) {
        for line in &self.0 {
            let line = literal(line);
            tokens.extend(quote!(#[doc = #line]));
        }
    }
}

/// Writes a line of documentation as `///` would: after a space, unless it is empty. A raw string
/// takes less time than escaping each character.
fn literal(line: &str) -> Literal {
    if line.is_empty() {
        return Literal::string("");
    }
    let line = &*visible(line);
    let mut raw = String::with_capacity(line.len() + 8);
    raw.push_str("r##\" ");
    raw.push_str(line);
    raw.push_str("\"##");
    raw.parse().unwrap_or_else(|_| Literal::string(&format!(" {line}")))
}

/// Replaces characters that rustc refuses in documentation by their names: controls and marks of
/// writing direction.
fn visible(line: &str) -> Cow<'_, str> {
    let is_hidden = |char: char| {
        (char.is_control() && char != '\t')
            || matches!(char, '\u{200E}' | '\u{200F}' | '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}')
    };
    if line.is_ascii() && !line.bytes().any(|byte| byte < b' ') || !line.contains(is_hidden) {
        return line.into();
    }
    let mut shown = String::with_capacity(line.len() + 8);
    for char in line.chars() {
        match is_hidden(char) {
            true => shown.push_str(&format!("(U+{:04X})", u32::from(char))),
            false => shown.push(char),
        }
    }
    shown.into()
}

/// A definition whose documentation is being written.
#[derive(Clone, Copy)]
pub(crate) struct Subject<'a> {
    pub(crate) cx: &'a Context<'a>,
    pub(crate) scope: Scope,
    pub(crate) definition: &'a Definition,
    /// Its members, values and branches: names that do not refer to definitions.
    pub(crate) locals: &'a [&'a str],
}

impl Subject<'_> {
    /// Returns the documentation of the definition itself.
    pub(crate) fn definition_doc(&self) -> Doc {
        if !self.cx.options.docs {
            return Doc::default();
        }
        let mut page = Page { subject: self, lines: Vec::new() };
        if let Some(id) = self.definition.doc {
            let block = self.cx.schema.doc(id);
            page.text(&block.body);
            if page.lines.is_empty() {
                page.paragraph(NOTHING.to_owned());
            }
            for section in &block.sections {
                match section.kind {
                    SectionKind::Note => page.titled("Notes", &section.text),
                    SectionKind::Returns => page.titled("Returns", &section.text),
                    SectionKind::Errors => page.titled("Errors", &section.text),
                    SectionKind::Example => {
                        page.paragraph("**Example:**".to_owned());
                        page.block(markup::fenced(&section.text.text));
                    }
                    // The first is for the schema's authors, the second comes last.
                    SectionKind::Todo | SectionKind::Since => {}
                    _ => page.text(&section.text),
                }
            }
            page.features(&self.definition.features);
            page.condition(self.definition.cond.as_ref());
            for section in
                block.sections.iter().filter(|section| section.kind == SectionKind::Since)
            {
                page.lead("Since", &section.text);
            }
        } else {
            page.paragraph(NOTHING.to_owned());
            page.features(&self.definition.features);
            page.condition(self.definition.cond.as_ref());
        }
        Doc(page.lines)
    }

    /// Returns the first paragraph of the definition's documentation, or nothing if it is not
    /// running text.
    pub(crate) fn summary(&self) -> String {
        let Some(id) = self.definition.doc.filter(|_| self.cx.options.docs) else {
            return String::new();
        };
        let body = &self.cx.schema.doc(id).body.text;
        let paragraph = body.trim_ascii().split("\n\n").next().unwrap_or_default();
        let lines = markup::markdown(paragraph, self);
        let is_block = |line: &String| {
            line.is_empty() || line.starts_with(['`', '#', '>']) || line.starts_with("- ")
        };
        if lines.iter().any(is_block) { String::new() } else { lines.join("\n") }
    }

    /// Returns the documentation of a member, value, branch or alternative.
    pub(crate) fn part_doc(
        &self,
        text: Option<&DocText>,
        cond: Option<&IfCond>,
        features: &[Feature],
    ) -> Doc {
        if !self.cx.options.docs {
            return Doc::default();
        }
        let mut page = Page { subject: self, lines: Vec::new() };
        if let Some(text) = text {
            page.text(text);
        }
        if page.lines.is_empty() {
            page.paragraph(NOTHING.to_owned());
        }
        page.features(features);
        page.condition(cond);
        Doc(page.lines)
    }
}

/// Documentation under construction.
struct Page<'a> {
    subject: &'a Subject<'a>,
    lines: Vec<String>,
}

impl Page<'_> {
    fn block(&mut self, lines: Vec<String>) {
        if !self.lines.is_empty() && !lines.is_empty() {
            self.lines.push(String::new());
        }
        self.lines.extend(lines);
    }

    fn paragraph(&mut self, text: String) {
        self.block(vec![text]);
    }

    fn text(&mut self, text: &DocText) {
        self.block(markup::markdown(&text.text, self.subject));
    }

    /// Adds a section with a heading.
    fn titled(&mut self, title: &str, text: &DocText) {
        let lines = markup::markdown(&text.text, self.subject);
        if !lines.is_empty() {
            self.paragraph(format!("# {title}"));
            self.block(lines);
        }
    }

    /// Adds text after a word in bold type.
    fn lead(&mut self, word: &str, text: &DocText) {
        let mut lines = markup::markdown(&text.text, self.subject);
        match lines.first_mut() {
            Some(first) => *first = format!("**{word}:** {first}"),
            None => lines.push(format!("**{word}**")),
        }
        self.block(lines);
    }

    /// Adds the features, except a deprecation, which becomes an attribute.
    fn features(&mut self, features: &[Feature]) {
        for feature in features {
            let word = match feature.name.as_str() {
                "deprecated" => continue,
                "unstable" => "Unstable".to_owned(),
                name => format!("Feature `{name}`"),
            };
            match &feature.doc {
                Some(text) => self.lead(&word, text),
                None => self.paragraph(format!("**{word}**")),
            }
            self.condition(feature.cond.as_ref());
        }
    }

    /// Adds the condition, unless it is evaluated.
    fn condition(&mut self, cond: Option<&IfCond>) {
        let settled = matches!(self.subject.cx.options.given_conditions(), Conditions::Defined(_));
        if let Some(cond) = cond.filter(|_| !settled) {
            self.paragraph(format!("**If:** {}", describe(cond)));
        }
    }
}

/// Returns the reason for `#[deprecated]`: the first paragraph of a feature's documentation in one
/// line.
pub(crate) fn reason(feature: &Feature) -> String {
    let text = feature.doc.as_ref().map_or("", |doc| doc.text.as_str());
    let paragraph =
        text.split("\n\n").map(str::trim).find(|paragraph| !paragraph.is_empty()).unwrap_or("");
    let words: Vec<&str> = paragraph.split_whitespace().collect();
    let text = words.join(" ").replace('@', "").replace("``", "`");
    // rustdoc reads the reason as Markdown.
    let text = text.replace('[', "\\[").replace('<', "\\<");
    visible(&text).into_owned()
}
