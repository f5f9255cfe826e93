//! Writing: members in schema order, as text.

mod typed;

use std::fmt;

use super::depth;
use super::shape::Member;
use crate::json;
use crate::order;
use crate::policy::{FeatureSet, Policy};
use crate::value::{Value, ValueSink};

/// The text between members and between elements.
const SEPARATOR: &str = ", ";

/// Writes a value as JSON text or as a [`Value`](crate::Value).
pub struct Writer<'w> {
    out: Out<'w>,
    members: &'static [Member],
    /// The member that comes next in the schema.
    next: usize,
    /// The object has no member yet.
    first: bool,
    hidden: FeatureSet,
    /// Members are hidden, placed, or not written as text.
    special: bool,
    /// The number of boxes and lists around the value.
    depth: u32,
    /// The members so far of the objects being written, if they are sorted: see [`order`].
    sorted: Option<Vec<Placed>>,
    /// No number so far was infinite or not a number.
    finite: bool,
}

/// A member in the text.
#[derive(Clone, Copy)]
struct Placed {
    slot: u16,
    start: usize,
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

    /// A writer for a server's output: leaves out items with a feature in `hidden`, and writes
    /// members in the order in which QEMU sends them.
    #[cfg(feature = "server")]
    pub(crate) fn for_server(out: &'w mut String, hidden: FeatureSet) -> Writer<'w> {
        let sorted = Some(Vec::new());
        Writer { sorted, hidden, special: true, ..Writer::new(out, &Policy::ACCEPT) }
    }

    /// A writer that makes a value.
    pub(crate) fn to_value(sink: &'w mut ValueSink) -> Writer<'w> {
        Writer::with(Out::Value(sink), &Policy::ACCEPT)
    }

    fn with(out: Out<'w>, policy: &Policy) -> Writer<'w> {
        let hidden = policy.hidden();
        let special = matches!(out, Out::Value(_)) || hidden != FeatureSet::NONE;
        Writer {
            out,
            members: &[],
            next: 0,
            first: true,
            hidden,
            special,
            depth: 0,
            sorted: None,
            finite: true,
        }
    }

    /// Returns true if JSON can express all numbers written so far.
    #[cfg(feature = "client")]
    pub(crate) fn is_finite(&self) -> bool {
        self.finite
    }

    /// Writes a value that may contain others of its type.
    #[inline]
    pub(super) fn nested(&mut self, write: impl Fn(&mut Self) + Sync) {
        self.depth += 1;
        // Without a thread it goes on here: the caller has made the value, not a peer.
        let written =
            depth::begins_stack(self.depth) && depth::on_new_stack(|| write(self)).is_ok();
        if !written {
            write(self);
        }
        self.depth -= 1;
    }

    /// Steps to the next member and writes its name, unless it is hidden.
    fn member(&mut self) -> bool {
        let member = &self.members[self.next];
        self.next += 1;
        match &mut self.out {
            Out::Text(text) if !self.special => {
                if std::mem::take(&mut self.first) {
                    text.push('"');
                } else {
                    text.push_str(", \"");
                }
                text.push_str(member.name);
                text.push_str("\": ");
                true
            }
            _ => self.special_member(member),
        }
    }

    #[inline(never)]
    fn special_member(&mut self, member: &'static Member) -> bool {
        if member.feature_set.intersects(self.hidden) {
            return false;
        }
        self.separate();
        match &mut self.out {
            Out::Text(text) => {
                if let Some(placed) = &mut self.sorted {
                    let slot = order::slot(member.name);
                    placed.push(Placed { slot, start: text.len() });
                }
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
                if let Some(placed) = &mut self.sorted {
                    placed.push(Placed { slot: order::slot(name), start: text.len() });
                }
                json::write_string(text, name);
                text.push_str(": ");
            }
            Out::Value(sink) => sink.key(name),
        }
    }

    /// The number of members placed so far, all of outer objects.
    #[inline]
    fn members_placed(&self) -> usize {
        self.sorted.as_ref().map_or(0, Vec::len)
    }

    /// Sorts the members of the object just written: those after the first `outer` ones.
    #[inline]
    fn sort_members(&mut self, outer: usize) {
        if let (Some(placed), Out::Text(text)) = (&mut self.sorted, &mut self.out) {
            sort_members(text, &placed[outer..]);
            placed.truncate(outer);
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
            text.push_str(SEPARATOR);
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

/// Sorts the members at the end of `text`.
fn sort_members(text: &mut String, placed: &[Placed]) {
    if placed.is_sorted_by(|one, next| one.slot < next.slot) {
        return;
    }
    let first = placed[0].start;
    let unsorted = text.split_off(first);
    let ends = placed[1..].iter().map(|next| next.start - SEPARATOR.len());
    let mut members: Vec<(u16, &str)> = placed
        .iter()
        .zip(ends.chain([first + unsorted.len()]))
        .map(|(member, end)| (member.slot, &unsorted[member.start - first..end - first]))
        .collect();
    order::sort(&mut members, |(slot, _)| *slot);
    for (position, (_, member)) in members.into_iter().enumerate() {
        if position > 0 {
            text.push_str(SEPARATOR);
        }
        text.push_str(member);
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

impl fmt::Debug for Writer<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let members: Vec<_> = self.members.iter().map(|member| member.name).collect();
        f.debug_struct("Writer").field("members", &members).finish_non_exhaustive()
    }
}
