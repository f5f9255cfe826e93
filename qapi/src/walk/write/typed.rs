//! Writing a type's values.

use super::{Out, Writer};
use crate::value::{Dict, UnknownBranch, Value};
use crate::walk::traits::{Enum, Field, Object, OpenEnum};

impl Writer<'_> {
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

    /// Writes the next member of the shape, which is mandatory and recursive.
    #[allow(clippy::borrowed_box)] // a field as it is declared
    #[inline]
    pub fn required_box<T: Field>(&mut self, value: &Box<T>) {
        if self.member() {
            self.boxed(value);
        }
    }

    /// Writes the next member of the shape, which is recursive, if present.
    #[inline]
    pub fn optional_box<T: Field>(&mut self, value: &Option<Box<T>>) {
        match value {
            None => self.next += 1,
            Some(value) => self.required_box(value),
        }
    }

    /// Writes the members of a union's branch.
    #[inline]
    pub fn branch<T: Object>(&mut self, branch: &T) {
        let outer = (self.members, self.next);
        (self.members, self.next) = (T::shape().members, 0);
        branch.write(self);
        (self.members, self.next) = outer;
    }

    /// Writes the members of a branch that the schema does not know.
    pub fn unknown_branch(&mut self, branch: &UnknownBranch) {
        self.rest(&branch.members);
    }

    /// Writes members that the shape does not have.
    pub fn rest(&mut self, members: &Dict) {
        for (name, value) in members.iter() {
            self.key(name);
            value.write(self);
        }
    }

    /// Writes an object of any members.
    pub(crate) fn dict<'v>(&mut self, members: impl Iterator<Item = (&'v str, &'v Value)>) {
        let outer = std::mem::replace(&mut self.first, true);
        self.open_object();
        let outer_members = self.members_placed();
        for (name, value) in members {
            self.key(name);
            value.write(self);
        }
        self.sort_members(outer_members);
        self.close('}');
        self.first = outer;
    }

    /// Writes the value as it is: the branch of an alternate.
    #[inline]
    pub fn value<T: Field>(&mut self, value: &T) {
        value.write(self);
    }

    /// Writes the value of a recursive type.
    #[allow(clippy::borrowed_box)] // a variant's field as it is declared
    #[inline]
    pub fn boxed<T: Field>(&mut self, value: &Box<T>) {
        self.nested(|w| (**value).write(w));
    }

    /// Writes an object.
    #[inline]
    pub fn object<T: Object>(&mut self, object: &T) {
        let outer = (self.members, self.next, self.first);
        (self.members, self.next, self.first) = (T::shape().members, 0, true);
        self.open_object();
        let outer_members = self.members_placed();
        object.write(self);
        self.sort_members(outer_members);
        self.close('}');
        (self.members, self.next, self.first) = outer;
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

    /// Writes a value of an enumeration.
    #[inline]
    pub fn enumeration<T: Enum>(&mut self, value: &T) {
        self.name(T::shape().values[value.index()].name);
    }

    /// Writes a value of an open enumeration.
    pub fn open_enumeration<T: OpenEnum>(&mut self, value: &T) {
        match value.index() {
            Ok(place) => self.name(T::shape().values[place].name),
            Err(name) => self.string(name),
        }
    }
}

#[cfg(all(test, feature = "server"))]
mod tests {
    use super::*;
    use crate::policy::{FeatureSet, Policy};
    use crate::walk::{ReadError, Reader, member};

    /// `query-status` replies with it: declared `running` first, sent `status` first.
    struct Status {
        nested: Option<Box<Status>>,
    }

    impl Object for Status {
        fn shape() -> crate::walk::Shape {
            crate::walk::Shape::new("Status", const { &[member("running"), member("status")] })
        }

        fn read(_: &mut Reader<'_>) -> Result<Self, ReadError> {
            Ok(Status { nested: None })
        }

        fn write(&self, w: &mut Writer<'_>) {
            w.required(&true);
            match &self.nested {
                Some(nested) => w.required_box(nested),
                None => w.required(&String::from("paused")),
            }
        }
    }

    #[test]
    fn a_server_sorts_the_members_of_every_object() {
        let status = Status { nested: Some(Box::new(Status { nested: None })) };
        let mut schema_order = String::new();
        Field::write(&status, &mut Writer::new(&mut schema_order, &Policy::ACCEPT));
        let nested = r#"{"running": true, "status": "paused"}"#;
        assert_eq!(schema_order, format!(r#"{{"running": true, "status": {nested}}}"#));
        let mut sent = String::new();
        vec![status].write(&mut Writer::for_server(&mut sent, FeatureSet::NONE));
        let nested = r#"{"status": "paused", "running": true}"#;
        assert_eq!(sent, format!(r#"[{{"status": {nested}, "running": true}}]"#));
        let mut dict = String::new();
        crate::dict! { "x": 1, "driver": 2, "n": 3 }
            .write(&mut Writer::for_server(&mut dict, FeatureSet::NONE));
        assert_eq!(dict, r#"{"n": 3, "x": 1, "driver": 2}"#);
    }
}
