//! The definitions of a dump, in one form for the dumps of all releases.
//!
//! Releases print the same schema in different ways: the built-in module's name, `QType`'s prefix,
//! the indentation of a line, conditions as C text (before 6.2) or as Python data, and (before 5.0)
//! a module's definitions in several places, without a line for a module that has none.

use std::fmt::Write as _;

use qapi_parser::cond::IfCond;
use serde_json::Value;

/// Returns a dump's lines up to its documentation, each in one form, by module.
pub fn structure(dump: &str) -> String {
    let mut modules: Vec<(String, String)> = Vec::new();
    let (mut module, mut in_qtype) = (0, false);
    for line in dump.lines().take_while(|line| !line.starts_with("doc ")) {
        let text = line.trim_start();
        let indent = line.len() - text.len();
        if indent == 0 {
            in_qtype = text == "enum QType";
        }
        if in_qtype && text.starts_with("prefix ") {
            continue;
        }
        if let Some(name) = line.strip_prefix("module ") {
            module = enter(&mut modules, if name == "None" { "./builtin" } else { name });
            continue;
        }
        let Some((_, lines)) = modules.get_mut(module) else { continue };
        // Settings stand three columns in before 4.2; nothing else has that depth.
        let indent = if indent == 3 { 4 } else { indent };
        _ = match text.strip_prefix("if ").and_then(condition) {
            Some(cond) => writeln!(lines, "{:indent$}if {cond:?}", ""),
            None => writeln!(lines, "{:indent$}{text}", ""),
        };
    }
    let modules = modules.into_iter().filter(|(_, lines)| !lines.is_empty());
    modules.map(|(name, lines)| format!("module {name}\n{lines}")).collect()
}

/// Returns a dump's documentation in one form: without indentation, which is kept since 9.1, and
/// with today's kinds of sections.
pub fn documentation(dump: &str) -> String {
    let mut out = String::new();
    for line in dump.lines().skip_while(|line| !line.starts_with("doc ")) {
        let line = line.trim_start();
        _ = match line.strip_prefix("section=") {
            Some("None" | "Note" | "Notes" | "Example" | "Examples") => {
                writeln!(out, "section=Plain")
            }
            Some("TODO") => writeln!(out, "section=Todo"),
            _ => writeln!(out, "{line}"),
        };
    }
    out
}

/// Returns the index of a module, which is added if it is new.
fn enter(modules: &mut Vec<(String, String)>, name: &str) -> usize {
    modules.iter().position(|(known, _)| known == name).unwrap_or_else(|| {
        modules.push((name.to_owned(), String::new()));
        modules.len() - 1
    })
}

/// Reads a printed condition: a symbol, Python data, or a Python list of C texts.
fn condition(text: &str) -> Option<IfCond> {
    if !text.starts_with(['[', '{']) {
        return Some(IfCond::Symbol(text.to_owned()));
    }
    let data: Value = serde_json::from_str(&text.replace('\'', "\"")).ok()?;
    match data.as_array() {
        Some(texts) => {
            let conds = texts.iter().map(|text| c_text(text.as_str()?)).collect::<Option<_>>()?;
            Some(join(conds, IfCond::All))
        }
        None => from_json(&data),
    }
}

/// Reads a condition as JSON has it: a symbol, `all`, `any` or `not`. Nested lists of one operator
/// become one list.
pub fn from_json(data: &Value) -> Option<IfCond> {
    if let Some(symbol) = data.as_str() {
        return Some(IfCond::Symbol(symbol.to_owned()));
    }
    let (operator, operand) = data.as_object()?.iter().next()?;
    let list = || operand.as_array()?.iter().map(from_json).collect::<Option<Vec<_>>>();
    match operator.as_str() {
        "all" => Some(join(list()?, IfCond::All)),
        "any" => Some(join(list()?, IfCond::Any)),
        "not" => Some(IfCond::Not(Box::new(from_json(operand)?))),
        _ => None,
    }
}

/// Joins conditions by an operator; a single one stays as it is.
fn join(conds: Vec<IfCond>, operator: fn(Vec<IfCond>) -> IfCond) -> IfCond {
    let is_all = matches!(operator(Vec::new()), IfCond::All(_));
    let mut flat = Vec::new();
    for cond in conds {
        match cond {
            IfCond::All(inner) if is_all => flat.extend(inner),
            IfCond::Any(inner) if !is_all => flat.extend(inner),
            cond => flat.push(cond),
        }
    }
    if flat.len() == 1 { flat.remove(0) } else { operator(flat) }
}

/// Reads the C text of a condition before 6.2.
fn c_text(text: &str) -> Option<IfCond> {
    let text: String = text.split_whitespace().collect();
    let mut rest = text.as_str();
    let cond =
        operands(&mut rest, "||", IfCond::Any, |rest| operands(rest, "&&", IfCond::All, unary))?;
    rest.is_empty().then_some(cond)
}

/// Reads operands between operators.
fn operands(
    rest: &mut &str,
    operator: &str,
    joined: fn(Vec<IfCond>) -> IfCond,
    operand: fn(&mut &str) -> Option<IfCond>,
) -> Option<IfCond> {
    let mut conds = vec![operand(rest)?];
    while let Some(more) = rest.strip_prefix(operator) {
        *rest = more;
        conds.push(operand(rest)?);
    }
    Some(join(conds, joined))
}

/// Reads `!X`, `(X)` or `defined(SYMBOL)`.
fn unary(rest: &mut &str) -> Option<IfCond> {
    if let Some(more) = rest.strip_prefix('!') {
        *rest = more;
        return Some(IfCond::Not(Box::new(unary(rest)?)));
    }
    let (open, is_symbol) = match rest.strip_prefix("defined(") {
        Some(open) => (open, true),
        None => (rest.strip_prefix('(')?, false),
    };
    *rest = open;
    let cond = if is_symbol {
        let (symbol, _) = open.split_once(')')?;
        *rest = &open[symbol.len()..];
        IfCond::Symbol(symbol.to_owned())
    } else {
        operands(rest, "||", IfCond::Any, |rest| operands(rest, "&&", IfCond::All, unary))?
    };
    *rest = rest.strip_prefix(')')?;
    Some(cond)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn converts_old_and_new_forms_to_one() {
        let old = "module None\nenum QType\n    prefix QTYPE\n    member none\n\
                   module a.json\ninclude b.json\nmodule b.json\nobject B\nmodule a.json\n\
                   command a None -> None\n   gen=True\n    \
                   if ['defined(A) && (defined(B) || !defined(C))', 'defined(D)']\n\
                   doc symbol=a\n    body=\n\n";
        let new = "module ./builtin\nenum QType\n    member none\nmodule a.json\n\
                   include b.json\ncommand a None -> None\n    gen=True\n    \
                   if {'all': ['A', {'any': ['B', {'not': 'C'}]}, 'D']}\n\
                   module b.json\nobject B\nmodule c.json\n";
        assert_eq!(structure(old), structure(new));
        assert_ne!(structure(old), structure(&new.replace("'D'", "'E'")));
        assert_ne!(structure(old), structure(&new.replace("'any'", "'all'")));
        let other = "module a.json\n    if ['defined(A']\n";
        assert_eq!(structure(other), other);
    }
}
