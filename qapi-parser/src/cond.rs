//! `if` conditions.

/// A condition on configuration symbols, as written in a schema's `'if'`.
///
/// Exhaustive: an evaluator has to know every operator.
///
/// ```
/// use qapi_parser::{Options, parse_text};
///
/// let text = "{ 'command': 'fetch', 'if': { 'all': [ 'A', { 'not': 'B' } ] } }";
/// let schema = parse_text("book.json", text, Options::new())?.schema;
/// let cond = schema.commands()[0].definition.cond.as_ref().unwrap();
/// assert!(cond.holds(&|symbol| symbol == "A"));
/// assert!(!cond.holds(&|_| true));
/// # Ok::<(), qapi_parser::Error>(())
/// ```
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub enum IfCond {
    /// `'SYMBOL'`: the symbol is defined.
    Symbol(String),
    /// `{ 'all': [...] }`: every one of at least one condition holds.
    All(Vec<IfCond>),
    /// `{ 'any': [...] }`: one of at least one condition holds.
    Any(Vec<IfCond>),
    /// `{ 'not': ... }`: the condition does not hold.
    Not(Box<IfCond>),
}

impl IfCond {
    /// Returns true if `name` can be a symbol: upper case letters, digits and `_`, a letter first.
    #[must_use]
    pub fn is_symbol(name: &str) -> bool {
        name.starts_with(|c: char| c.is_ascii_uppercase())
            && name.chars().all(|c| c.is_ascii_uppercase() || c.is_ascii_digit() || c == '_')
    }

    /// Evaluates the condition with exactly the symbols defined that `defined` accepts.
    #[must_use]
    pub fn holds(&self, defined: &dyn Fn(&str) -> bool) -> bool {
        match self {
            IfCond::Symbol(symbol) => defined(symbol),
            IfCond::All(all) => all.iter().all(|cond| cond.holds(defined)),
            IfCond::Any(any) => any.iter().any(|cond| cond.holds(defined)),
            IfCond::Not(cond) => !cond.holds(defined),
        }
    }

    /// Calls `visit` for each symbol in the order of writing, including repeated ones.
    pub fn for_each_symbol<'a>(&'a self, visit: &mut dyn FnMut(&'a str)) {
        match self {
            IfCond::Symbol(symbol) => visit(symbol),
            IfCond::All(conds) | IfCond::Any(conds) => {
                conds.iter().for_each(|cond| cond.for_each_symbol(visit))
            }
            IfCond::Not(cond) => cond.for_each_symbol(visit),
        }
    }
}
