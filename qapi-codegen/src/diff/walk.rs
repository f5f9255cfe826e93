//! The pairs of types that commands and events reach, each compared once.

use std::collections::{HashMap, VecDeque};

use super::change::{Change, Direction, User, Verdict};
use super::compare::{Comparison, Finding, compare};
use super::model::Interface;
use super::relate::Pair;

/// A part of a command or event, or a selected type, from which types are reached.
#[derive(Debug)]
pub(super) struct Root {
    pub(super) user: User,
    /// The path in `user`: `arguments`, `returns`, `data`, or empty.
    pub(super) path: &'static str,
    pub(super) direction: Uses,
    pub(super) comparison: Comparison,
}

/// The directions in which a type is used.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) struct Uses {
    pub(super) sent: bool,
    pub(super) received: bool,
}

impl Uses {
    pub(super) const SENT: Uses = Uses { sent: true, received: false };
    pub(super) const RECEIVED: Uses = Uses { sent: false, received: true };

    fn or(self, other: Uses) -> Uses {
        Uses { sent: self.sent || other.sent, received: self.received || other.received }
    }

    fn direction(self) -> Direction {
        match (self.sent, self.received) {
            (true, true) => Direction::Both,
            (true, false) => Direction::Sent,
            _ => Direction::Received,
        }
    }
}

/// A pair of types that is reached.
#[derive(Debug)]
struct Node {
    pair: Pair,
    uses: Uses,
    /// The path from `parent`.
    step: String,
    findings: Vec<Finding>,
    /// The uses of further pairs, until the node is entered.
    below: Vec<(String, Pair)>,
    children: Vec<usize>,
    /// The first use.
    parent: Origin,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Origin {
    Root(usize),
    Node(usize),
}

/// The graph of pairs below some roots.
#[derive(Debug)]
pub(super) struct Graph<'a> {
    old: &'a Interface,
    new: &'a Interface,
    roots: Vec<Root>,
    /// The nodes that each root uses.
    starts: Vec<Vec<usize>>,
    nodes: Vec<Node>,
    known: HashMap<Pair, usize>,
}

impl<'a> Graph<'a> {
    /// Follows every use below `roots`; a pair belongs to the first root that reaches it.
    pub(super) fn new(old: &'a Interface, new: &'a Interface, roots: Vec<Root>) -> Graph<'a> {
        let (starts, nodes) = (vec![Vec::new(); roots.len()], Vec::new());
        let mut graph = Graph { old, new, roots, starts, nodes, known: HashMap::new() };
        let mut queue = VecDeque::new();
        for root in 0..graph.roots.len() {
            let direction = graph.roots[root].direction;
            for (step, pair) in std::mem::take(&mut graph.roots[root].comparison.uses) {
                let node = graph.reach(pair, Origin::Root(root), step, direction, &mut queue);
                graph.starts[root].push(node);
            }
            while let Some(node) = queue.pop_front() {
                graph.enter(node, &mut queue);
            }
        }
        graph
    }

    /// The pairs reached, with the directions of their use.
    pub(super) fn pairs(&self) -> impl Iterator<Item = (Pair, Uses)> {
        self.nodes.iter().map(|node| (node.pair, node.uses))
    }

    /// The changes of all pairs, and those found at the roots themselves.
    pub(super) fn changes(self) -> Vec<Change> {
        let mut changes = Vec::new();
        for root in &self.roots {
            for finding in &root.comparison.findings {
                let path = format!("{}{}", root.path, finding.step);
                let users = vec![root.user.clone()];
                changes.push(change(finding, root.user.clone(), path, root.direction, users));
            }
        }
        let users = self.users();
        for (index, node) in self.nodes.iter().enumerate() {
            if node.findings.is_empty() {
                continue;
            }
            let (root, path) = self.origin(index);
            let user = |&root: &usize| self.roots[root].user.clone();
            let users: Vec<User> = users[index].iter().map(user).collect();
            for finding in &node.findings {
                let path = format!("{path}{}", finding.step).trim_start_matches('.').to_owned();
                let user = self.roots[root].user.clone();
                let mut change = change(finding, user, path, node.uses, users.clone());
                change.old_type = self.old.types[node.pair.0].name.clone();
                change.new_type = self.new.types[node.pair.1].name.clone();
                changes.push(change);
            }
        }
        changes
    }

    /// Records a use of `pair`, and queues the pair if something below it has to learn of it.
    fn reach(
        &mut self,
        pair: Pair,
        origin: Origin,
        step: String,
        uses: Uses,
        queue: &mut VecDeque<usize>,
    ) -> usize {
        if let Some(&index) = self.known.get(&pair) {
            self.widen(index, uses, queue);
            return index;
        }
        let index = self.nodes.len();
        let Comparison { findings, uses: below } = compare(self.old, self.new, pair);
        let (children, parent) = (Vec::new(), origin);
        self.nodes.push(Node { pair, uses, step, findings, below, children, parent });
        self.known.insert(pair, index);
        queue.push_back(index);
        index
    }

    /// Passes the directions of a node on to what it uses.
    fn enter(&mut self, index: usize, queue: &mut VecDeque<usize>) {
        let uses = self.nodes[index].uses;
        for child in self.nodes[index].children.clone() {
            self.widen(child, uses, queue);
        }
        for (step, pair) in std::mem::take(&mut self.nodes[index].below) {
            let child = self.reach(pair, Origin::Node(index), step, uses, queue);
            self.nodes[index].children.push(child);
        }
    }

    fn widen(&mut self, index: usize, uses: Uses, queue: &mut VecDeque<usize>) {
        let node = &mut self.nodes[index];
        let all = node.uses.or(uses);
        if all != node.uses {
            node.uses = all;
            queue.push_back(index);
        }
    }

    /// Returns the first root that reaches a node, and the path from there.
    fn origin(&self, index: usize) -> (usize, String) {
        let (mut steps, mut at) = (Vec::new(), index);
        let root = loop {
            let node = &self.nodes[at];
            steps.push(node.step.as_str());
            match node.parent {
                Origin::Node(parent) => at = parent,
                Origin::Root(root) => break root,
            }
        };
        steps.push(self.roots[root].path);
        steps.reverse();
        (root, steps.concat())
    }

    /// Returns the roots of the first commands and events that reach each node, one root for each.
    fn users(&self) -> Vec<Vec<usize>> {
        let mut users: Vec<Vec<usize>> = vec![Vec::new(); self.nodes.len()];
        for (root, starts) in self.starts.iter().enumerate() {
            let user = &self.roots[root].user;
            let mut work = starts.clone();
            while let Some(at) = work.pop() {
                let list = &mut users[at];
                // The arguments and the reply of a command are roots in a row.
                let is_known = list.last().is_some_and(|&last| self.roots[last].user == *user);
                if !is_known && list.len() < Change::MOST_USERS {
                    list.push(root);
                    work.extend(&self.nodes[at].children);
                }
            }
        }
        users
    }
}

fn change(finding: &Finding, user: User, path: String, uses: Uses, users: Vec<User>) -> Change {
    let sent = if uses.sent { finding.sent } else { Verdict::Compatible };
    let received = if uses.received { finding.received } else { Verdict::Compatible };
    Change {
        verdict: sent.max(received),
        code: finding.code,
        user,
        path,
        name: finding.name.clone(),
        message: finding.message.clone(),
        direction: uses.direction(),
        old_type: None,
        new_type: None,
        old: finding.old.clone(),
        new: finding.new.clone(),
        users,
    }
}
