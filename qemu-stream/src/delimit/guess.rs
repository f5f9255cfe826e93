//! Guesses the ends of sections from their footers.

use std::collections::{BTreeMap, HashMap};

use super::element::{Element, Ends, Last, Undivided, element, footer, known_end};
use crate::limits::MAX_ELEMENTS;
use crate::section::{BodyLength, FOOTER, FOOTER_LENGTH};

/// The number of bytes between two questions whether to give up.
const INTERRUPT_INTERVAL: usize = 64 << 10;

/// The ways from the start of a run to some place.
#[derive(Clone, Copy, Default)]
struct Ways {
    /// Their number, counted up to two.
    count: u8,
    /// The place of the last element on the way, if there is one way.
    from: u32,
    /// The end of that element's body, if it is a section.
    body_end: Option<u32>,
}

impl Ways {
    fn add(&mut self, more: Self) {
        *self = Self { count: (self.count + more.count).min(2), ..more };
    }
}

/// Searches for the divisions of a sequence whose sections end at footers, from position to
/// position.
pub(super) struct Guess<'a> {
    bytes: &'a [u8],
    start: usize,
    last: Last,
    /// Possible positions of elements that are not parsed yet.
    ahead: BTreeMap<u32, Ways>,
    /// Possible positions of elements that are parsed, in order.
    seen: Vec<(u32, Ways)>,
    /// Sections whose body starts further on, by the position of the body and their own, with their
    /// id and the number of divisions up to them.
    opening: BTreeMap<(u32, u32), (u32, u8)>,
    /// Sections whose body has started, by id.
    open: HashMap<u32, Ways>,
    /// The number of divisions of the whole sequence.
    whole: Ways,
}

impl<'a> Guess<'a> {
    pub(super) fn new(bytes: &'a [u8], start: usize, last: Last) -> Self {
        Self {
            bytes,
            start,
            last,
            ahead: BTreeMap::from([(start as u32, Ways { count: 1, ..Ways::default() })]),
            seen: Vec::new(),
            opening: BTreeMap::new(),
            open: HashMap::new(),
            whole: Ways::default(),
        }
    }

    /// Returns the ends of the bodies, if there is one division.
    pub(super) fn run(mut self, ends: &Ends<'_>) -> Result<Vec<u32>, Undivided> {
        for at in self.start..self.bytes.len() {
            if at.is_multiple_of(INTERRUPT_INTERVAL) && (ends.interrupt)() {
                return Err(Undivided::Interrupted);
            }
            let place = at as u32;
            while let Some(entry) =
                self.opening.first_entry().filter(|entry| entry.key().0 <= place)
            {
                let ((_, from), (id, count)) = entry.remove_entry();
                self.open.entry(id).or_default().add(Ways { count, from, body_end: None });
            }
            if self.bytes[at] == FOOTER
                && let Some(open) = footer(self.bytes, at).and_then(|id| self.open.get(&id))
            {
                let way = Ways { body_end: Some(place), ..*open };
                self.reach(at + FOOTER_LENGTH, way);
            }
            if let Some(entry) = self.ahead.first_entry().filter(|entry| *entry.key() == place) {
                let ways = entry.remove();
                if self.seen.len() == MAX_ELEMENTS {
                    return Err(Undivided::TooMany);
                }
                self.seen.push((place, ways));
                self.look(at, ways, ends);
            }
        }
        self.bodies().ok_or(Undivided::Content)
    }

    /// Follows the element that may begin at `at`.
    fn look(&mut self, at: usize, ways: Ways, ends: &Ends<'_>) {
        let way = Ways { count: ways.count, from: at as u32, body_end: None };
        match element(self.bytes, at, self.last) {
            None => {}
            Some(Element::Last) => self.whole.add(way),
            Some(Element::Command { end }) => self.reach(end, way),
            Some(Element::Full { header, body }) => match (ends.length)(&header) {
                Ok(length) if length != BodyLength::Unknown => {
                    if let Some(end) = known_end(self.bytes, true, &header, body, length) {
                        let way = Ways { body_end: Some(end as u32), ..way };
                        self.reach(end + FOOTER_LENGTH, way);
                    }
                }
                // A refused section is refused once it turns out to be one.
                Ok(_) | Err(_) => {
                    self.opening.insert((body as u32, at as u32), (header.id, ways.count));
                }
            },
        }
    }

    fn reach(&mut self, at: usize, way: Ways) {
        self.ahead.entry(at as u32).or_default().add(way);
    }

    /// Follows the one way back from the end.
    fn bodies(&self) -> Option<Vec<u32>> {
        let mut ways = self.whole;
        let mut bodies = Vec::new();
        if ways.count != 1 {
            return None;
        }
        loop {
            bodies.extend(ways.body_end);
            let at = ways.from;
            if at as usize == self.start {
                bodies.reverse();
                return Some(bodies);
            }
            let seen = self.seen.binary_search_by_key(&at, |(place, _)| *place).ok()?;
            ways = self.seen[seen].1;
        }
    }
}
