//! Cycles of types that hold each other by value, and the fields that need a `Box`.

use std::collections::HashSet;

/// Returns the edges, as (from, to), without which `graph` has no cycle. `graph[node]` lists the
/// nodes that the node holds by value.
///
/// Each cycle loses the edge that most of its paths use, so that few fields are boxed: among block
/// devices the edge from the reference to the definition, not each driver's edge to the reference.
pub(crate) fn boxed_edges(graph: &[Vec<usize>]) -> HashSet<(usize, usize)> {
    let mut boxed = HashSet::new();
    let mut work: Vec<Vec<usize>> = vec![(0..graph.len()).collect()];
    while let Some(nodes) = work.pop() {
        for component in components(graph, &nodes, &boxed) {
            if let Some(edge) = busiest_edge(graph, &component, &boxed) {
                boxed.insert(edge);
                work.push(component);
            }
        }
    }
    boxed
}

/// Returns the edge inside a strongly connected component with the most ways in and out.
fn busiest_edge(
    graph: &[Vec<usize>],
    component: &[usize],
    boxed: &HashSet<(usize, usize)>,
) -> Option<(usize, usize)> {
    let mut nodes = component.to_vec();
    nodes.sort_unstable();
    let mut edges = Vec::new();
    // The numbers of edges into each node and out of it.
    let mut ways = vec![(0, 0); nodes.len()];
    for (at, &from) in nodes.iter().enumerate() {
        for &to in &graph[from] {
            if let Ok(to_at) = nodes.binary_search(&to)
                && !boxed.contains(&(from, to))
            {
                ways[at].1 += 1;
                ways[to_at].0 += 1;
                edges.push((at, to_at));
            }
        }
    }
    // The first of those that tie.
    let busiest = edges
        .into_iter()
        .rev()
        .max_by_key(|&(from, to): &(usize, usize)| ways[from].0 * ways[to].1);
    busiest.map(|(from, to)| (nodes[from], nodes[to]))
}

/// Returns the strongly connected components among `nodes`, by Tarjan's algorithm. It has a stack
/// of its own, because the length of a chain of types has no limit.
fn components(
    graph: &[Vec<usize>],
    nodes: &[usize],
    boxed: &HashSet<(usize, usize)>,
) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut walk = Walk {
        order: vec![UNSEEN; graph.len()],
        low: vec![0; graph.len()],
        open: vec![false; graph.len()],
        stack: Vec::new(),
        count: 0,
    };
    let mut allowed = vec![false; graph.len()];
    nodes.iter().for_each(|&node| allowed[node] = true);
    let mut found = Vec::new();
    for &root in nodes {
        if walk.order[root] != UNSEEN {
            continue;
        }
        let mut calls = vec![(root, 0)];
        walk.enter(root);
        while let Some((node, next)) = calls.last_mut() {
            let node = *node;
            if let Some(&to) = graph[node].get(*next) {
                *next += 1;
                if !allowed[to] || boxed.contains(&(node, to)) {
                    continue;
                }
                if walk.order[to] == UNSEEN {
                    walk.enter(to);
                    calls.push((to, 0));
                } else if walk.open[to] {
                    walk.low[node] = walk.low[node].min(walk.order[to]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(parent, _)) = calls.last() {
                walk.low[parent] = walk.low[parent].min(walk.low[node]);
            }
            if walk.low[node] == walk.order[node] {
                found.push(walk.leave(node));
            }
        }
    }
    found
}

struct Walk {
    order: Vec<usize>,
    low: Vec<usize>,
    open: Vec<bool>,
    stack: Vec<usize>,
    count: usize,
}

impl Walk {
    fn enter(&mut self, node: usize) {
        self.order[node] = self.count;
        self.low[node] = self.count;
        self.count += 1;
        self.open[node] = true;
        self.stack.push(node);
    }

    /// Returns the component whose first node was `root`.
    fn leave(&mut self, root: usize) -> Vec<usize> {
        let at = self.stack.iter().rposition(|&node| node == root).unwrap_or(0);
        let component = self.stack.split_off(at);
        component.iter().for_each(|&node| self.open[node] = false);
        component
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn boxed(graph: &[&[usize]]) -> Vec<(usize, usize)> {
        let graph: Vec<Vec<usize>> = graph.iter().map(|edges| edges.to_vec()).collect();
        let mut edges: Vec<_> = boxed_edges(&graph).into_iter().collect();
        edges.sort_unstable();
        edges
    }

    #[test]
    fn nothing_to_break() {
        assert_eq!(boxed(&[]), []);
        assert_eq!(boxed(&[&[1, 2], &[2], &[]]), []);
    }

    #[test]
    fn a_type_in_itself() {
        assert_eq!(boxed(&[&[0]]), [(0, 0)]);
    }

    #[test]
    fn the_bottleneck_is_broken_once() {
        // 0 refers to 1, which has branches 2, 3 and 4, which each hold 0.
        assert_eq!(boxed(&[&[1], &[2, 3, 4], &[0], &[0], &[0]]), [(0, 1)]);
    }

    #[test]
    fn cycles_that_share_nothing() {
        assert_eq!(boxed(&[&[1], &[0], &[3], &[2, 3]]), [(0, 1), (2, 3), (3, 3)]);
    }

    #[test]
    fn a_long_chain() {
        let graph: Vec<Vec<usize>> = (0..100_000).map(|node| vec![(node + 1) % 100_000]).collect();
        assert_eq!(boxed_edges(&graph).len(), 1);
    }
}
