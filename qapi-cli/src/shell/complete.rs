//! Completion of an unfinished line.

use qapi::introspect::{Entity, EntityKind};

use super::arguments::join;
use super::builtins::BUILTINS;
use super::scan::{Content, Piece, scan};
use super::session::{Session, TRANSACTION};
use super::term::{Missing, OpenEnd, PathStep, Term};
use super::types::{alternatives, fields, follow, of_kind};

/// The candidates for a part of a line.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Completion {
    /// The first byte of the part, which ends at the cursor.
    pub start: usize,
    /// The candidates, in the order of the schema.
    pub candidates: Vec<Candidate>,
}

/// A possible text.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Candidate {
    /// The text to put in.
    pub text: String,
    /// The name to show.
    pub label: String,
}

/// Returns the candidates for the part of `line` before the byte `position`.
pub fn complete(session: &Session<'_>, line: &str, position: usize) -> Completion {
    let typed = line.get(..position).unwrap_or(line);
    let text = format!("{}{typed}", session.unfinished);
    // The part cannot begin in an earlier line.
    let earlier = session.unfinished.len();
    let completion = scan(&text).ok().and_then(|pieces| in_line(session, &text, pieces));
    match completion {
        Some(found) if found.start >= earlier => {
            Completion { start: found.start - earlier, ..found }
        }
        _ => Completion::default(),
    }
}

fn in_line(session: &Session<'_>, text: &str, mut pieces: Vec<Piece<'_>>) -> Option<Completion> {
    let is_within = match pieces.last().map(|piece| &piece.content) {
        Some(
            Content::Argument { open_end: Some(_), .. } | Content::Object { open_end: Some(_), .. },
        ) => true,
        _ => !text.ends_with(char::is_whitespace),
    };
    let current = pieces.pop_if(|_| is_within);
    let current = current.unwrap_or(Piece { start: text.len(), content: Content::Word("") });
    let begins_transaction = pieces.first().and_then(Piece::word) == Some(TRANSACTION);
    if session.is_in_transaction() || begins_transaction {
        let pieces = &pieces[usize::from(begins_transaction)..];
        return in_action(session, text, pieces, &current);
    }
    let Some(first) = pieces.first() else { return first_piece(session, text, &current) };
    match first.word()? {
        ".help" => {
            let names = session.model.commands().chain(session.model.events());
            Some(words(current.start, current.word()?, names, ""))
        }
        ".wait" => Some(words(current.start, current.word()?, session.model.events(), "")),
        name => {
            let ty = session.model.arguments(name)?;
            argument(text, ty, &pieces[1..], &current)
        }
    }
}

/// Completes the name of a command, or a whole message.
fn first_piece(session: &Session<'_>, text: &str, current: &Piece<'_>) -> Option<Completion> {
    let typed = match &current.content {
        Content::Word(typed) => typed,
        Content::Object { value, open_end } => {
            return message(session, text, value, open_end.as_ref()?);
        }
        Content::Argument { .. } => return None,
    };
    if typed.starts_with('.') {
        return Some(words(current.start, typed, BUILTINS.iter().map(|(name, ..)| *name), " "));
    }
    let mut completion = words(current.start, typed, session.model.commands(), "");
    for candidate in &mut completion.candidates {
        let ty = session.model.arguments(&candidate.label);
        let has_arguments =
            ty.is_none_or(|ty| !fields(ty, &Term::Word(String::new())).members.is_empty());
        candidate.text.push_str(if has_arguments { " " } else { "" });
    }
    let has_transactions = session.action_type().is_some();
    if has_transactions && TRANSACTION.starts_with(typed) {
        let candidate =
            Candidate { text: format!("{TRANSACTION} "), label: TRANSACTION.to_owned() };
        completion.candidates.push(candidate);
    }
    Some(completion)
}

/// Completes an action of a transaction.
fn in_action(
    session: &Session<'_>,
    text: &str,
    pieces: &[Piece<'_>],
    current: &Piece<'_>,
) -> Option<Completion> {
    let action = session.action_type()?;
    let Some(first) = pieces.first() else {
        let tag = fields(action, &Term::Word(String::new())).get(action.tag()?)?;
        return Some(words(current.start, current.word()?, tag.values(), " "));
    };
    let value = Term::Dict(vec![("type".to_owned(), Term::Word(first.word()?.to_owned()))]);
    let data = PathStep::Member("data".to_owned());
    let (ty, _) = follow(action, Some(&value), &data)?;
    argument(text, ty, &pieces[1..], current)
}

/// Completes a piece behind a command's name, among other pieces.
fn argument(
    text: &str,
    ty: Entity<'_>,
    others: &[Piece<'_>],
    current: &Piece<'_>,
) -> Option<Completion> {
    let given = join(others).unwrap_or_else(|_| Term::Dict(Vec::new()));
    match &current.content {
        Content::Word(key) => name_of_argument(ty, &given, key, current.start),
        Content::Argument { key, value_start, value, open_end } => {
            let path: Vec<PathStep> =
                key.split('.').map(|name| PathStep::Member(name.to_owned())).collect();
            let (ty, _) = descend(ty, Some(&given), &path)?;
            match (open_end, value) {
                (Some(end), _) => in_value(text, ty, Some(value), end),
                (None, Term::Word(typed)) => Some(words(*value_start, typed, values(ty), " ")),
                _ => None,
            }
        }
        Content::Object { value, open_end } => in_value(text, ty, Some(value), open_end.as_ref()?),
    }
}

fn descend<'s, 't>(
    ty: Entity<'s>,
    value: Option<&'t Term>,
    path: &[PathStep],
) -> Option<(Entity<'s>, Option<&'t Term>)> {
    path.iter().try_fold((ty, value), |(ty, value), step| follow(ty, value, step))
}

/// Completes the name in `NAME=VALUE`, which may have dots.
fn name_of_argument(ty: Entity<'_>, given: &Term, key: &str, start: usize) -> Option<Completion> {
    let (path, typed) = key.rsplit_once('.').map_or(("", key), |(path, typed)| (path, typed));
    let steps: Vec<PathStep> = path
        .split('.')
        .filter(|name| !name.is_empty())
        .map(|name| PathStep::Member(name.to_owned()))
        .collect();
    let (ty, given) = descend(ty, Some(given), &steps)?;
    let start = start + key.len() - typed.len();
    let given = given.cloned().unwrap_or_else(|| Term::Dict(Vec::new()));
    let Some(object) = of_kind(ty, EntityKind::Object) else {
        // The next element of an array.
        let element = of_kind(ty, EntityKind::Array)?.element()?;
        let Term::Dict(elements) = &given else { return None };
        let number = elements.len().to_string();
        let candidate = Candidate { text: format!("{number}{}", ending(element)), label: number };
        let candidates = if typed.is_empty() { vec![candidate] } else { Vec::new() };
        return Some(Completion { start, candidates });
    };
    let is_extensible = |ty: Entity<'_>| of_kind(ty, EntityKind::Object).is_some();
    let names = fields(object, &given).members.into_iter().filter(|(name, ty)| {
        name.starts_with(typed) && (given.get(name).is_none() || is_extensible(*ty))
    });
    let candidates = names.map(|(name, ty)| Candidate {
        text: format!("{name}{}", ending(ty)),
        label: name.to_owned(),
    });
    Some(Completion { start, candidates: candidates.collect() })
}

/// Returns the characters that follow the name of an argument.
fn ending(ty: Entity<'_>) -> &'static str {
    let mut endings = alternatives(ty).into_iter().map(|ty| match ty.kind() {
        EntityKind::Object => ".",
        EntityKind::Array => "=[",
        _ => "=",
    });
    let first = endings.next().unwrap_or_default();
    // An alternate may go on in several ways.
    if endings.all(|ending| ending == first) { first } else { "" }
}

/// Completes a whole message.
fn message(session: &Session<'_>, text: &str, value: &Term, end: &OpenEnd) -> Option<Completion> {
    let command = || value.get("execute").and_then(Term::text);
    match end.path.split_first() {
        None if end.missing == Missing::Name => {
            Some(names(text, end, ["execute", "arguments"].into_iter()))
        }
        Some((PathStep::Member(name), [])) if name == "execute" => {
            Some(json_values(text, end, session.model.commands()))
        }
        Some((PathStep::Member(name), path)) if name == "arguments" => {
            let ty = session.model.arguments(command()?)?;
            let end = OpenEnd { path: path.to_vec(), ..end.clone() };
            in_value(text, ty, value.get("arguments"), &end)
        }
        _ => None,
    }
}

/// Completes a part of a JSON value.
fn in_value(text: &str, ty: Entity<'_>, value: Option<&Term>, end: &OpenEnd) -> Option<Completion> {
    let (ty, value) = descend(ty, value, &end.path)?;
    match end.missing {
        Missing::Separator => None,
        Missing::Value => Some(json_values(text, end, values(ty))),
        Missing::Name => {
            let object = of_kind(ty, EntityKind::Object)?;
            let given = value.cloned().unwrap_or_else(|| Term::Dict(Vec::new()));
            let fields = fields(object, &given).members.into_iter().map(|(name, _)| name);
            Some(names(text, end, fields.filter(|name| given.get(name).is_none())))
        }
    }
}

/// Returns the known values of a type.
fn values(ty: Entity<'_>) -> impl Iterator<Item = &str> {
    alternatives(ty).into_iter().flat_map(|ty| {
        let fixed: &[&str] = match ty.kind() {
            EntityKind::Boolean => &["true", "false"],
            EntityKind::Null => &["null"],
            _ => &[],
        };
        fixed.iter().copied().chain(ty.values())
    })
}

/// Returns the names of members that fit, with quotes and colon.
fn names<'n>(text: &str, end: &OpenEnd, names: impl Iterator<Item = &'n str>) -> Completion {
    quoted(text, end, names, ": ")
}

/// Returns the values that fit, strings with quotes.
fn json_values<'n>(text: &str, end: &OpenEnd, values: impl Iterator<Item = &'n str>) -> Completion {
    quoted(text, end, values, "")
}

fn quoted<'n>(
    text: &str,
    end: &OpenEnd,
    names: impl Iterator<Item = &'n str>,
    behind: &str,
) -> Completion {
    let typed = &text[end.start..];
    let mut completion = words(end.start, typed, names, "");
    for candidate in &mut completion.candidates {
        let is_literal = matches!(candidate.label.as_str(), "true" | "false" | "null");
        candidate.text = match end.quote {
            Some(quote) => format!("{}{quote}{behind}", candidate.label),
            None if is_literal => format!("{}{behind}", candidate.label),
            None => format!("\"{}\"{behind}", candidate.label),
        };
    }
    completion
}

fn words<'n>(
    start: usize,
    typed: &str,
    names: impl Iterator<Item = &'n str>,
    behind: &str,
) -> Completion {
    let fitting = names.filter(|name| name.starts_with(typed));
    let candidates = fitting
        .map(|name| Candidate { text: format!("{name}{behind}"), label: name.to_owned() })
        .collect();
    Completion { start, candidates }
}
