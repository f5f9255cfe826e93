//! Writing: members in schema order, as text.

use super::shape::Member;
use super::{Enum, Field, Object, OpenEnum};
use crate::event::UnknownBranch;
use crate::json;
use crate::policy::{Marks, Policy};

/// Writes a value as JSON text.
pub struct Writer<'w> {
    out: &'w mut String,
    members: &'static [Member],
    /// The member that comes next in the schema.
    next: usize,
    /// Whether the object has no member yet.
    first: bool,
    hidden: Marks,
    /// Writes numbers that JSON cannot express so that a JSON reader takes them.
    readable: bool,
    /// No number so far was infinite or not a number.
    finite: bool,
}

impl<'w> Writer<'w> {
    /// A writer that appends to `out`, leaving out what the policy hides.
    pub fn new(out: &'w mut String, policy: &Policy) -> Writer<'w> {
        let hidden = policy.hidden();
        Writer { out, members: &[], next: 0, first: true, hidden, readable: false, finite: true }
    }

    /// Returns true if JSON can express all numbers written so far.
    pub(crate) fn is_finite(&self) -> bool {
        self.finite
    }

    /// A writer whose text any JSON reader takes: infinite numbers become huge ones.
    #[cfg(feature = "serde")]
    pub(crate) fn readable(out: &'w mut String) -> Writer<'w> {
        Writer { readable: true, ..Writer::new(out, &Policy::ACCEPT) }
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
        for (name, value) in branch.members.iter() {
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
        self.out.push('{');
        object.write(self);
        self.out.push('}');
        (self.members, self.next, self.first) = outer;
    }

    /// Writes an object of any members.
    pub(crate) fn dict<'v>(&mut self, members: impl Iterator<Item = (&'v str, &'v crate::Value)>) {
        let outer = std::mem::replace(&mut self.first, true);
        self.out.push('{');
        for (name, value) in members {
            self.key(name);
            value.write(self);
        }
        self.out.push('}');
        self.first = outer;
    }

    /// Writes a list.
    pub fn list<T: Field>(&mut self, list: &[T]) {
        self.out.push('[');
        for (position, element) in list.iter().enumerate() {
            if position > 0 {
                self.out.push_str(", ");
            }
            element.write(self);
        }
        self.out.push(']');
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
        self.out.push('"');
        self.out.push_str(member.name);
        self.out.push_str("\": ");
        true
    }

    fn key(&mut self, name: &str) {
        self.separate();
        json::write_string(self.out, name);
        self.out.push_str(": ");
    }

    #[inline]
    fn separate(&mut self) {
        if self.first {
            self.first = false;
        } else {
            self.out.push_str(", ");
        }
    }
}

/// The built-in types.
impl Writer<'_> {
    pub(crate) fn null(&mut self) {
        self.out.push_str("null");
    }

    pub(crate) fn empty_object(&mut self) {
        self.out.push_str("{}");
    }

    pub(crate) fn bool(&mut self, value: bool) {
        json::write_bool(self.out, value);
    }

    pub(crate) fn int(&mut self, number: i64) {
        json::write_i64(self.out, number);
    }

    pub(crate) fn uint(&mut self, number: u64) {
        json::write_u64(self.out, number);
    }

    pub(crate) fn number(&mut self, number: f64) {
        self.finite &= number.is_finite();
        match number {
            f64::INFINITY if self.readable => self.out.push_str("1e999"),
            f64::NEG_INFINITY if self.readable => self.out.push_str("-1e999"),
            number if number.is_nan() && self.readable => self.out.push_str("null"),
            number => json::write_f64(self.out, number),
        }
    }

    pub(crate) fn string(&mut self, string: &str) {
        json::write_string(self.out, string);
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
            Err(name) => json::write_string(self.out, name),
        }
    }

    /// A name that the schema gives needs no escapes.
    fn name(&mut self, name: &str) {
        self.out.push('"');
        self.out.push_str(name);
        self.out.push('"');
    }
}
