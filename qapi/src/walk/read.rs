//! Reading: finds the members of an object in schema order on the tape.

mod typed;

use std::fmt;

use super::decode::{DecodeError, DecodeErrorKind};
use super::depth;
use super::rules::Rules;
use super::shape::{EnumShape, Member, Shape};
use crate::json::{Document, JsonError, Kind, Node, Token};
use crate::policy::FeatureSet;
use crate::value::{Dict, UnknownBranch, Value};

/// The failure of a read, whose fault the reader keeps.
#[derive(Debug)]
pub struct ReadError(());

/// Reads a value of a document.
pub struct Reader<'d> {
    document: Document<'d>,
    root: u32,
    /// The value to be read next.
    at: u32,
    frame: Frame,
    /// Members of all objects being read, those not asked for yet in the order of the text.
    keys: Vec<Key>,
    /// The number of boxes and lists around the value.
    depth: u32,
    strict: bool,
    open: bool,
    refused: FeatureSet,
    rules: &'d Rules,
    problem: Option<Problem>,
}

/// The object being read.
#[derive(Clone, Copy)]
struct Frame {
    members: &'static [Member],
    /// The member that comes next in the schema.
    next: usize,
    object: u32,
    /// The start of its members in `keys`; they reach to the end of it.
    keys: usize,
    /// The start of those not asked for yet.
    left: usize,
    /// The names that the object has, as [`bit`]s: most members that are absent need no search.
    present: u64,
}

#[derive(Clone, Copy)]
struct Key {
    hash: u16,
    entry: u32,
}

struct Problem {
    index: u32,
    below: Option<&'static str>,
    kind: DecodeErrorKind,
}

/// Room for the members of most messages.
const KEYS: usize = 64;

impl<'d> Reader<'d> {
    fn new(node: Node<'d>, rules: &'d Rules) -> Reader<'d> {
        Reader {
            document: node.document,
            root: node.index,
            at: node.index,
            frame: Frame {
                members: &[],
                next: 0,
                object: node.index,
                keys: 0,
                left: 0,
                present: 0,
            },
            keys: Vec::with_capacity(KEYS),
            depth: 0,
            strict: rules.strict,
            open: rules.open,
            refused: rules.policy.refused(),
            rules,
            problem: None,
        }
    }

    #[cold]
    fn error(&mut self) -> DecodeError {
        let root = Node { document: self.document, index: self.root };
        let problem = self.problem.take();
        let Problem { index, below, kind } = problem.unwrap_or(Problem {
            index: self.root,
            below: None,
            kind: DecodeErrorKind::Unexpected,
        });
        DecodeError::locate(root, index, below, kind)
    }

    #[cold]
    fn stop(&mut self, index: u32, kind: DecodeErrorKind) -> ReadError {
        self.problem = Some(Problem { index, below: None, kind });
        ReadError(())
    }

    /// The error of a value that is not of the `expected` type.
    #[cold]
    pub fn wrong_type(&mut self, expected: &'static str) -> ReadError {
        self.stop(self.at, DecodeErrorKind::Type { expected })
    }

    /// The value to be read next.
    pub fn node(&self) -> Node<'d> {
        Node { document: self.document, index: self.at }
    }

    /// Its kind.
    #[inline]
    pub fn kind(&self) -> Kind {
        self.node().kind()
    }

    /// Reads the branch of a discriminator that the schema does not know: all members not read
    /// yet.
    pub fn unknown_branch(&mut self, discriminator: impl ToString) -> UnknownBranch {
        UnknownBranch { discriminator: discriminator.to_string(), members: self.rest() }
    }

    /// Reads the members that were not read yet, of any type.
    pub fn rest(&mut self) -> Dict {
        let mut members = Dict::new();
        for Key { entry, .. } in self.keys.drain(self.frame.left..) {
            let value = Node { document: self.document, index: entry + 1 };
            members.push(self.document.str(entry), Value::of(value));
        }
        members
    }

    /// The error of an alternate that has nothing for the kind of value.
    #[cold]
    pub fn no_alternative(&mut self, alternate: &'static str) -> ReadError {
        self.stop(self.at, DecodeErrorKind::Alternative { alternate })
    }

    /// Reads a value that may contain others of its type.
    #[inline]
    pub(super) fn nested<T: Send>(
        &mut self,
        read: impl FnOnce(&mut Self) -> Result<T, ReadError> + Send,
    ) -> Result<T, ReadError> {
        self.depth += 1;
        let value = if depth::begins_stack(self.depth) {
            depth::on_new_stack(|| read(self)).unwrap_or_else(|_| Err(self.too_deep()))
        } else {
            read(self)
        };
        self.depth -= 1;
        value
    }

    /// The error if the system has no thread for the rest of a deep value.
    #[cold]
    fn too_deep(&mut self) -> ReadError {
        self.stop(self.at, DecodeErrorKind::Json(JsonError::limit("nesting depth")))
    }

    fn open(&mut self, shape: Shape) -> Result<Frame, ReadError> {
        let entry = self.node().entry();
        if entry.token != Token::Dict {
            return Err(self.wrong_type("object"));
        }
        let outer = self.frame;
        let keys = self.keys.len();
        let (document, mut next, mut present) = (self.document, self.at + 1, 0);
        self.keys.extend((0..entry.payload as usize).map(|_| {
            let key = document.entry(next);
            present |= bit(key.hash);
            Key { hash: key.hash, entry: std::mem::replace(&mut next, key.next) }
        }));
        let (members, object) = (shape.members, self.at);
        self.frame = Frame { members, next: 0, object, keys, left: keys, present };
        Ok(outer)
    }

    #[inline]
    fn close(&mut self, outer: Frame) -> Result<(), ReadError> {
        if self.strict
            && let Some(unknown) = self.keys.get(self.frame.left)
        {
            return Err(self.stop(unknown.entry + 1, DecodeErrorKind::Unexpected));
        }
        self.keys.truncate(self.frame.keys);
        self.frame = outer;
        Ok(())
    }

    /// Steps to the next member of the shape.
    #[inline]
    fn next_member(&mut self) -> &'static Member {
        let member = &self.frame.members[self.frame.next];
        self.frame.next += 1;
        member
    }

    fn find_required(&mut self) -> Result<(), ReadError> {
        let member = self.next_member();
        if member.feature_set.intersects(self.refused) {
            return Err(self.refuse_member(member));
        }
        if self.find(member) {
            return Ok(());
        }
        let (index, kind) = (self.frame.object, DecodeErrorKind::Missing);
        self.problem = Some(Problem { index, below: Some(member.name), kind });
        Err(ReadError(()))
    }

    fn find_optional(&mut self) -> Result<bool, ReadError> {
        let member = self.next_member();
        if !self.find(member) {
            return Ok(false);
        }
        if member.feature_set.intersects(self.refused) {
            return Err(self.refuse_member(member));
        }
        Ok(true)
    }

    /// Goes to the value of a member and takes it off the members not asked for yet.
    #[inline(always)]
    fn find(&mut self, member: &Member) -> bool {
        let Some(key) = self.keys.get(self.frame.left) else { return false };
        // Mostly members come as the schema has them.
        if !self.is_key(key, member) {
            return self.frame.present & bit(member.hash) != 0 && self.find_further(member);
        }
        self.at = key.entry + 1;
        self.frame.left += 1;
        true
    }

    #[inline(never)]
    fn find_further(&mut self, member: &Member) -> bool {
        let Some([_, keys @ ..]) = self.keys.get(self.frame.left..) else { return false };
        let Some(position) = keys.iter().position(|key| self.is_key(key, member)) else {
            return false;
        };
        self.at = keys[position].entry + 1;
        // The others keep their order, in which the next members may be asked for.
        self.keys.copy_within(self.frame.left..=self.frame.left + position, self.frame.left + 1);
        self.frame.left += 1;
        true
    }

    #[inline]
    fn is_key(&self, key: &Key, member: &Member) -> bool {
        key.hash == member.hash && self.document.is_name(key.entry, member.name)
    }

    #[cold]
    fn refuse(&mut self, feature_set: FeatureSet, what: &str, name: &str) -> ReadError {
        let (word, crash) = self
            .rules
            .policy
            .rejection(feature_set)
            .map_or(("", false), |rejection| (rejection.word, rejection.crash));
        self.stop(self.at, DecodeErrorKind::Policy { what: format!("{word} {what} {name}"), crash })
    }

    #[cold]
    fn refuse_member(&mut self, member: &'static Member) -> ReadError {
        let stop = self.refuse(member.feature_set, "parameter", member.name);
        if let Some(problem) = &mut self.problem {
            (problem.index, problem.below) = (self.frame.object, Some(member.name));
        }
        stop
    }
}

/// The bit that stands for names of this fingerprint.
#[inline(always)]
fn bit(hash: u16) -> u64 {
    // The upper bits of the product depend on all bits of the fingerprint.
    1 << (hash.wrapping_mul(0x9E37) >> 10)
}

/// The built-in types.
impl<'d> Reader<'d> {
    pub(crate) fn dict(&mut self) -> Result<Node<'d>, ReadError> {
        if self.kind() == Kind::Dict { Ok(self.node()) } else { Err(self.wrong_type("object")) }
    }

    pub(crate) fn null(&mut self) -> Result<(), ReadError> {
        if self.kind() == Kind::Null { Ok(()) } else { Err(self.wrong_type("null")) }
    }

    #[inline]
    pub(crate) fn bool(&mut self) -> Result<bool, ReadError> {
        let entry = self.node().entry();
        if entry.token == Token::Bool {
            Ok(entry.payload != 0)
        } else {
            Err(self.wrong_type("boolean"))
        }
    }

    #[inline]
    pub(crate) fn str(&mut self) -> Result<&'d str, ReadError> {
        if self.kind() == Kind::String {
            Ok(self.document.str(self.at))
        } else {
            Err(self.wrong_type("string"))
        }
    }

    #[inline]
    pub(crate) fn number(&mut self) -> Result<f64, ReadError> {
        self.node().as_f64().ok_or_else(|| self.wrong_type("number"))
    }

    #[inline]
    pub(crate) fn int(&mut self) -> Result<i64, ReadError> {
        let entry = self.node().entry();
        if entry.token == Token::Int {
            Ok(entry.payload as i64)
        } else {
            Err(self.wrong_type("integer"))
        }
    }

    #[inline]
    pub(crate) fn small_int<T: TryFrom<i64>>(
        &mut self,
        expected: &'static str,
    ) -> Result<T, ReadError> {
        let number = self.int()?;
        T::try_from(number).map_err(|_| self.stop(self.at, DecodeErrorKind::Range { expected }))
    }

    /// Negative numbers count from 2^64 down.
    #[inline]
    pub(crate) fn uint(&mut self) -> Result<u64, ReadError> {
        let entry = self.node().entry();
        match entry.token {
            Token::Int | Token::Uint => Ok(entry.payload),
            _ => Err(self.stop(self.at, DecodeErrorKind::NotUint64)),
        }
    }

    #[inline]
    pub(crate) fn small_uint<T: TryFrom<u64>>(
        &mut self,
        expected: &'static str,
    ) -> Result<T, ReadError> {
        let number = self.uint()?;
        T::try_from(number).map_err(|_| self.stop(self.at, DecodeErrorKind::Range { expected }))
    }

    #[inline]
    fn check_value(&mut self, shape: EnumShape, place: usize) -> Result<(), ReadError> {
        let value = &shape.values[place];
        if value.feature_set.intersects(self.refused) {
            return Err(self.refuse(value.feature_set, "value", value.name));
        }
        Ok(())
    }

    #[cold]
    fn unknown_value(&mut self, name: &str) -> ReadError {
        self.stop(self.at, DecodeErrorKind::Value { value: name.to_owned() })
    }
}

impl fmt::Debug for Reader<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Reader").field("node", &self.node()).finish_non_exhaustive()
    }
}
