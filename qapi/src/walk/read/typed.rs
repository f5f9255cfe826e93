//! Reading a type's values.

use super::{ReadError, Reader};
use crate::json::{Node, Token};
use crate::walk::decode::DecodeError;
use crate::walk::rules::Rules;
use crate::walk::traits::{Enum, Field, Object, OpenEnum};

/// Above this much memory a list's room is not reserved on the word of its length.
const RESERVE: usize = 64 << 10;

impl<'d> Reader<'d> {
    pub(crate) fn run<T: Field>(node: Node<'d>, rules: &'d Rules) -> Result<T, DecodeError> {
        let mut reader = Reader::new(node, rules);
        T::read(&mut reader).map_err(|ReadError(())| reader.error())
    }

    /// Reads the next member of the shape, which is mandatory.
    ///
    /// # Errors
    /// If it is missing, refused by policy, or not a `T`.
    #[inline]
    pub fn required<T: Field>(&mut self) -> Result<T, ReadError> {
        self.find_required()?;
        T::read(self)
    }

    /// Reads the next member of the shape, which is optional.
    ///
    /// # Errors
    /// If it is refused by policy or not a `T`.
    #[inline]
    pub fn optional<T: Field>(&mut self) -> Result<Option<T>, ReadError> {
        if self.find_optional()? { T::read(self).map(Some) } else { Ok(None) }
    }

    /// Reads the next member of the shape, which is mandatory and recursive.
    ///
    /// # Errors
    /// As [`Reader::required`].
    #[inline]
    pub fn required_box<T: Field>(&mut self) -> Result<Box<T>, ReadError> {
        self.find_required()?;
        self.boxed()
    }

    /// Reads the next member of the shape, which is optional and recursive.
    ///
    /// # Errors
    /// As [`Reader::optional`].
    #[inline]
    pub fn optional_box<T: Field>(&mut self) -> Result<Option<Box<T>>, ReadError> {
        if self.find_optional()? { self.boxed().map(Some) } else { Ok(None) }
    }

    /// Reads the members of a union's branch, which lie in the same object.
    ///
    /// # Errors
    /// If one of them does not match its type.
    #[inline]
    pub fn branch<T: Object>(&mut self) -> Result<T, ReadError> {
        let (members, next) = (self.frame.members, self.frame.next);
        (self.frame.members, self.frame.next) = (T::shape().members, 0);
        let branch = T::read(self)?;
        (self.frame.members, self.frame.next) = (members, next);
        Ok(branch)
    }

    /// Reads the value as it is: the branch of an alternate.
    ///
    /// # Errors
    /// If it is not a `T`.
    #[inline]
    pub fn value<T: Field>(&mut self) -> Result<T, ReadError> {
        T::read(self)
    }

    /// Reads the value of a recursive type.
    ///
    /// # Errors
    /// If it is not a `T`.
    #[inline]
    pub fn boxed<T: Field>(&mut self) -> Result<Box<T>, ReadError> {
        self.nested(T::read).map(Box::new)
    }

    /// Reads an object.
    ///
    /// # Errors
    /// If it does not match its type.
    #[inline]
    pub fn object<T: Object>(&mut self) -> Result<T, ReadError> {
        let outer = self.open(T::shape())?;
        let object = T::read(self)?;
        self.close(outer)?;
        Ok(object)
    }

    /// Reads a list.
    ///
    /// # Errors
    /// If it does not match its type.
    pub fn list<T: Field>(&mut self) -> Result<Vec<T>, ReadError> {
        let entry = self.node().entry();
        if entry.token != Token::List {
            return Err(self.wrong_type("array"));
        }
        let room = RESERVE / size_of::<T>().max(1);
        let mut list = Vec::with_capacity((entry.payload as usize).min(room));
        let mut element = self.at + 1;
        while element < entry.next {
            self.at = element;
            list.push(T::read(self)?);
            element = self.document.entry(element).next;
        }
        Ok(list)
    }

    /// Reads a value of an enumeration.
    ///
    /// # Errors
    /// If the value is unknown or refused by policy.
    #[inline]
    pub fn enumeration<T: Enum>(&mut self) -> Result<T, ReadError> {
        let name = self.str()?;
        match T::shape().find(name) {
            Some(place) => {
                self.check_value(T::shape(), place)?;
                Ok(T::VALUES[place])
            }
            None => Err(self.unknown_value(name)),
        }
    }

    /// Reads a value of an open enumeration.
    ///
    /// # Errors
    /// If the value is refused by policy, or unknown where the rules do not keep it.
    pub fn open_enumeration<T: OpenEnum>(&mut self) -> Result<T, ReadError> {
        let name = self.str()?;
        match T::shape().find(name) {
            Some(place) => {
                self.check_value(T::shape(), place)?;
                Ok(T::VALUES[place].clone())
            }
            None if !self.open => Err(self.unknown_value(name)),
            None => Ok(T::other(name.to_owned())),
        }
    }
}
