//! Conditions of before QEMU 6.2: C text, or a list of C texts which all have to hold.
//!
//! A text consists of `defined(SYMBOL)`, `!`, `&&`, `||` and parentheses. Anything else is left
//! to the check of conditions, which refuses it.

use super::OldForm;
use crate::cond::IfCond;
use crate::expression::{Object, Text, Value};
use crate::source::Span;

/// The hint for C text that is not translated.
pub(crate) const SUPPORTED: &str =
    "of C conditions, 'defined(SYMBOL)', '!', '&&', '||' and parentheses are supported";

/// Maximum depth of operators and parentheses in one text.
const MAX_DEPTH: usize = 300;

/// Translates every condition of a definition; returns each with its place.
pub(crate) fn translate(definition: &mut Object) -> Vec<(Span, OldForm)> {
    let mut found = Vec::new();
    condition_of(definition, &mut found);
    for (key, value) in &mut definition.members {
        match (key.text.as_str(), value) {
            ("data" | "base", Value::Object(members)) => {
                members.members.iter_mut().for_each(|(_, member)| part(member, &mut found));
            }
            ("data" | "features", Value::Array(parts, _)) => {
                parts.iter_mut().for_each(|value| part(value, &mut found));
            }
            _ => {}
        }
    }
    found
}

/// Translates the conditions of a member, branch, value or feature, and of its features.
fn part(value: &mut Value, found: &mut Vec<(Span, OldForm)>) {
    let Value::Object(object) = value else { return };
    condition_of(object, found);
    for (key, value) in &mut object.members {
        if let ("features", Value::Array(features, _)) = (key.text.as_str(), value) {
            for feature in features {
                if let Value::Object(feature) = feature {
                    condition_of(feature, found);
                }
            }
        }
    }
}

/// Translates the value of the key `if`.
fn condition_of(object: &mut Object, found: &mut Vec<(Span, OldForm)>) {
    let Some((_, value)) = object.members.iter_mut().find(|(key, _)| key.text == "if") else {
        return;
    };
    if let Some(today) = translated(value) {
        found.push((value.span(), OldForm::Condition { today: written(&today) }));
        *value = today;
    }
}

/// Returns the value in today's form; `None` if it is not an old condition.
fn translated(value: &Value) -> Option<Value> {
    let text = |value: &Value| match value {
        Value::String(text) => parse(text),
        _ => None,
    };
    let Value::Array(texts, span) = value else { return text(value) };
    let mut conditions = texts.iter().map(text).collect::<Option<Vec<_>>>()?;
    match conditions.len() {
        0 => None,
        1 => conditions.pop(),
        _ => Some(operator("all", Value::Array(conditions, *span), *span)),
    }
}

/// Parses C text; every value gets the span of the text.
fn parse(text: &Text) -> Option<Value> {
    let mut parser = Parser { rest: text.text.as_str(), span: text.span, depth: 0 };
    let value = parser.any()?;
    parser.rest.trim_start().is_empty().then_some(value)
}

struct Parser<'a> {
    rest: &'a str,
    span: Span,
    depth: usize,
}

impl<'a> Parser<'a> {
    /// Skips white space and `token`, if that comes next.
    fn token(&mut self, token: &str) -> bool {
        let rest = self.rest.trim_start().strip_prefix(token);
        self.rest = rest.unwrap_or(self.rest);
        rest.is_some()
    }

    /// Parses operands between `||`.
    fn any(&mut self) -> Option<Value> {
        self.infix("||", "any", Self::all)
    }

    /// Parses operands between `&&`.
    fn all(&mut self) -> Option<Value> {
        self.infix("&&", "all", Self::unary)
    }

    fn infix(
        &mut self,
        token: &str,
        key: &'static str,
        operand: fn(&mut Self) -> Option<Value>,
    ) -> Option<Value> {
        let first = operand(self)?;
        let mut operands = vec![first];
        while self.token(token) {
            operands.push(operand(self)?);
        }
        match operands.len() {
            1 => operands.pop(),
            _ => Some(operator(key, Value::Array(operands, self.span), self.span)),
        }
    }

    /// Parses `!` before an operand, parentheses, or `defined(SYMBOL)`.
    fn unary(&mut self) -> Option<Value> {
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return None;
        }
        let value = if self.token("!") {
            operator("not", self.unary()?, self.span)
        } else if self.token("(") {
            let inner = self.any()?;
            self.token(")").then_some(inner)?
        } else {
            self.defined()?
        };
        self.depth -= 1;
        Some(value)
    }

    fn defined(&mut self) -> Option<Value> {
        if !(self.token("defined") && self.token("(")) {
            return None;
        }
        let rest = self.rest.trim_start();
        let symbol = |c: char| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_';
        let end = rest.find(|c| !symbol(c)).unwrap_or(rest.len());
        let (name, rest) = rest.split_at(end);
        self.rest = rest;
        let text = Text { text: name.to_owned(), span: self.span };
        (IfCond::is_symbol(name) && self.token(")")).then_some(Value::String(text))
    }
}

/// Returns `{ 'key': value }`.
fn operator(key: &str, value: Value, span: Span) -> Value {
    Value::Object(Object { members: vec![(Text { text: key.to_owned(), span }, value)], span })
}

/// Writes the value in the schema language.
fn written(value: &Value) -> String {
    match value {
        Value::String(text) => format!("'{}'", text.text),
        Value::Bool(value, _) => value.to_string(),
        Value::Array(values, _) => {
            format!("[{}]", values.iter().map(written).collect::<Vec<_>>().join(", "))
        }
        Value::Object(object) => {
            let members = object.members.iter();
            let members = members.map(|(key, value)| format!("'{}': {}", key.text, written(value)));
            format!("{{ {} }}", members.collect::<Vec<_>>().join(", "))
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::source::SourceMap;

    fn today(text: &str) -> Option<String> {
        let mut sources = SourceMap::default();
        let file = sources.add("c.json".into(), "c.json".to_owned(), String::new(), None);
        let span = Span { file, start: 0, end: 0 };
        parse(&Text { text: text.to_owned(), span }).as_ref().map(written)
    }

    #[test]
    fn translates_c_text() {
        let cases = [
            ("defined(A)", "'A'"),
            (" defined ( A_1 ) ", "'A_1'"),
            ("!defined(A)", "{ 'not': 'A' }"),
            ("!!defined(A)", "{ 'not': { 'not': 'A' } }"),
            ("defined(A) && defined(B) && defined(C)", "{ 'all': ['A', 'B', 'C'] }"),
            (
                "defined(A) && (defined(B)||!defined(C))",
                "{ 'all': ['A', { 'any': ['B', { 'not': 'C' }] }] }",
            ),
            ("defined(A) || defined(B) && defined(C)", "{ 'any': ['A', { 'all': ['B', 'C'] }] }"),
            ("!(defined(A))", "{ 'not': 'A' }"),
        ];
        for (text, expected) in cases {
            assert_eq!(today(text).as_deref(), Some(expected), "{text}");
        }
    }

    #[test]
    fn leaves_other_text_unchanged() {
        for text in [
            "",
            "A",
            "defined A",
            "defined(a)",
            "defined(A",
            "defined(A) &&",
            "defined(A) & defined(B)",
            "defined(A) defined(B)",
            "A > 1",
            "(defined(A)",
            "defined()",
        ] {
            assert_eq!(today(text), None, "{text}");
        }
        let nested = |levels: usize| "(".repeat(levels) + "defined(A)" + &")".repeat(levels);
        assert_eq!(today(&nested(299)).as_deref(), Some("'A'"));
        assert_eq!(today(&nested(300)), None);
    }
}
