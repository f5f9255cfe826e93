//! Writing: members in schema order, as text.

use super::shape::Member;
use super::{Enum, Field, Object, OpenEnum};
use crate::json;
use crate::policy::{Marks, Policy};
use crate::value::{UnknownBranch, Value, ValueSink};

/// Writes a value as JSON text or as a [`Value`](crate::Value).
pub struct Writer<'w> {
    out: Out<'w>,
    members: &'static [Member],
    /// The member that comes next in the schema.
    next: usize,
    /// The object has no member yet.
    first: bool,
    hidden: Marks,
    /// No number so far was infinite or not a number.
    finite: bool,
}

/// The destination of a writer.
enum Out<'w> {
    Text(&'w mut String),
    Value(&'w mut ValueSink),
}

impl<'w> Writer<'w> {
    /// A writer that appends to `out`, leaving out what the policy hides.
    pub fn new(out: &'w mut String, policy: &Policy) -> Writer<'w> {
        Writer::with(Out::Text(out), policy)
    }

    /// A writer that makes a value.
    pub(crate) fn to_value(sink: &'w mut ValueSink) -> Writer<'w> {
        Writer::with(Out::Value(sink), &Policy::ACCEPT)
    }

    fn with(out: Out<'w>, policy: &Policy) -> Writer<'w> {
        let hidden = policy.hidden();
        Writer { out, members: &[], next: 0, first: true, hidden, finite: true }
    }

    /// Returns true if JSON can express all numbers written so far.
    pub(crate) fn is_finite(&self) -> bool {
        self.finite
    }

    /// Writes the next member of the shape, which is mandatory.
    #[inline]
    pub fn required<T: Field>(&mut self, value: &T) {
        if self.member() {
            value.write(self);
        }
    }

    /// Writes the next member of the shape, if present.
    #[inline]
    pub fn optional<T: Field>(&mut self, value: &Option<T>) {
        match value {
            None => self.next += 1,
            Some(value) => self.required(value),
        }
    }

    /// Writes the members of a union's branch.
    #[inline]
    pub fn branch<T: Object>(&mut self, branch: &T) {
        let outer = (self.members, self.next);
        (self.members, self.next) = (T::SHAPE.members, 0);
        branch.write(self);
        (self.members, self.next) = outer;
    }

    /// Writes the members of a branch that the schema does not know.
    pub fn unknown_branch(&mut self, branch: &UnknownBranch) {
        self.rest(&branch.members);
    }

    /// Writes members that the shape does not have.
    pub fn rest(&mut self, members: &crate::Dict) {
        for (name, value) in members.iter() {
            self.key(name);
            value.write(self);
        }
    }

    /// Writes the value as it is: the branch of an alternate.
    #[inline]
    pub fn value<T: Field>(&mut self, value: &T) {
        value.write(self);
    }

    /// Writes an object.
    #[inline]
    pub fn object<T: Object>(&mut self, object: &T) {
        let outer = (self.members, self.next, self.first);
        (self.members, self.next, self.first) = (T::SHAPE.members, 0, true);
        self.open_object();
        object.write(self);
        self.close('}');
        (self.members, self.next, self.first) = outer;
    }

    /// Writes an object of any members.
    pub(crate) fn dict<'v>(&mut self, members: impl Iterator<Item = (&'v str, &'v Value)>) {
        let outer = std::mem::replace(&mut self.first, true);
        self.open_object();
        for (name, value) in members {
            self.key(name);
            value.write(self);
        }
        self.close('}');
        self.first = outer;
    }

    /// Writes a list.
    pub fn list<T: Field>(&mut self, list: &[T]) {
        match &mut self.out {
            Out::Text(text) => text.push('['),
            Out::Value(sink) => sink.begin_list(),
        }
        for (position, element) in list.iter().enumerate() {
            if position > 0 {
                self.comma();
            }
            element.write(self);
        }
        self.close(']');
    }

    /// Steps to the next member and writes its name, unless it is hidden.
    #[inline]
    fn member(&mut self) -> bool {
        let member = &self.members[self.next];
        self.next += 1;
        if member.marks.meets(self.hidden) {
            return false;
        }
        self.separate();
        match &mut self.out {
            Out::Text(text) => {
                text.push('"');
                text.push_str(member.name);
                text.push_str("\": ");
            }
            Out::Value(sink) => sink.key(member.name),
        }
        true
    }

    fn key(&mut self, name: &str) {
        self.separate();
        match &mut self.out {
            Out::Text(text) => {
                json::write_string(text, name);
                text.push_str(": ");
            }
            Out::Value(sink) => sink.key(name),
        }
    }

    #[inline]
    fn open_object(&mut self) {
        match &mut self.out {
            Out::Text(text) => text.push('{'),
            Out::Value(sink) => sink.begin_dict(),
        }
    }

    #[inline]
    fn close(&mut self, bracket: char) {
        match &mut self.out {
            Out::Text(text) => text.push(bracket),
            Out::Value(sink) => sink.end(),
        }
    }

    #[inline]
    fn comma(&mut self) {
        if let Out::Text(text) = &mut self.out {
            text.push_str(", ");
        }
    }

    #[inline]
    fn separate(&mut self) {
        if self.first {
            self.first = false;
        } else {
            self.comma();
        }
    }
}

/// The built-in types.
impl Writer<'_> {
    pub(crate) fn null(&mut self) {
        match &mut self.out {
            Out::Text(text) => text.push_str("null"),
            Out::Value(sink) => sink.put(Value::Null),
        }
    }

    pub(crate) fn empty_object(&mut self) {
        self.open_object();
        self.close('}');
    }

    pub(crate) fn bool(&mut self, value: bool) {
        match &mut self.out {
            Out::Text(text) => json::write_bool(text, value),
            Out::Value(sink) => sink.put(value.into()),
        }
    }

    pub(crate) fn int(&mut self, number: i64) {
        match &mut self.out {
            Out::Text(text) => json::write_i64(text, number),
            Out::Value(sink) => sink.put(number.into()),
        }
    }

    pub(crate) fn uint(&mut self, number: u64) {
        match &mut self.out {
            Out::Text(text) => json::write_u64(text, number),
            Out::Value(sink) => sink.put(number.into()),
        }
    }

    pub(crate) fn number(&mut self, number: f64) {
        self.finite &= number.is_finite();
        match &mut self.out {
            Out::Text(text) => json::write_f64(text, number),
            Out::Value(sink) => sink.put(number.into()),
        }
    }

    pub(crate) fn string(&mut self, string: &str) {
        match &mut self.out {
            Out::Text(text) => json::write_string(text, string),
            Out::Value(sink) => sink.put(string.into()),
        }
    }

    /// Writes a value of an enumeration.
    #[inline]
    pub fn enumeration<T: Enum>(&mut self, value: &T) {
        self.name(T::SHAPE.values[value.index()].name);
    }

    /// Writes a value of an open enumeration.
    pub fn open_enumeration<T: OpenEnum>(&mut self, value: &T) {
        match value.index() {
            Ok(place) => self.name(T::SHAPE.values[place].name),
            Err(name) => self.string(name),
        }
    }

    /// Writes a name of the schema, which needs no escapes.
    fn name(&mut self, name: &str) {
        match &mut self.out {
            Out::Text(text) => {
                text.push('"');
                text.push_str(name);
                text.push('"');
            }
            Out::Value(sink) => sink.put(name.into()),
        }
    }
}
