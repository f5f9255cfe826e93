//! Dirty bitmaps of block nodes, and the names under which they are migrated.

use crate::block::{Bitmap, Nodes};
use crate::settings::Parameters;
use crate::stream::dirty_bitmap::{Chunk, Content};
use crate::stream::{Name, NameTooLong};

/// A bitmap being migrated, with its names in the stream.
pub(crate) struct OutgoingBitmap {
    node: Name,
    name: Name,
    bitmap: Bitmap,
}

/// Lists the bitmaps to migrate: all, or those in the mapping.
pub(crate) fn outgoing(
    nodes: &Nodes,
    parameters: &Parameters,
) -> Result<Vec<OutgoingBitmap>, NameTooLong> {
    let mut travelling = Vec::new();
    for (node, described) in nodes.iter() {
        for (name, bitmap) in &described.bitmaps {
            if let Some(Alias { node, name, persistent }) = alias(parameters, node, name) {
                let (node, name) = (Name::try_from(node)?, Name::try_from(name)?);
                let persistent = persistent.unwrap_or(bitmap.persistent);
                travelling.push(OutgoingBitmap {
                    node,
                    name,
                    bitmap: Bitmap { persistent, ..*bitmap },
                });
            }
        }
    }
    Ok(travelling)
}

/// A bitmap's names in the stream, and its persistence if that changes.
struct Alias<'a> {
    node: &'a str,
    name: &'a str,
    persistent: Option<bool>,
}

/// Returns a bitmap's names in the stream, or `None` if it is not migrated.
fn alias<'a>(parameters: &'a Parameters, node: &'a str, name: &'a str) -> Option<Alias<'a>> {
    let Some(mapping) = &parameters.block_bitmap_mapping else {
        return Some(Alias { node, name, persistent: None });
    };
    let node = mapping.iter().find(|mapped| mapped.node_name == node)?;
    let bitmap = node.bitmaps.iter().find(|mapped| mapped.name == name)?;
    let persistent = bitmap.transform.as_ref().and_then(|changes| changes.persistent);
    Some(Alias { node: &node.alias, name: &bitmap.alias, persistent })
}

/// Appends the chunks that introduce the bitmaps.
pub(crate) fn write_starts(bitmaps: &[OutgoingBitmap], out: &mut Vec<u8>) {
    for OutgoingBitmap { node, name, bitmap } in bitmaps {
        let Bitmap { granularity, enabled, persistent } = *bitmap;
        let content = Content::Start { granularity, enabled, persistent };
        Chunk { node: Some(node.clone()), bitmap: Some(name.clone()), content, eos: false }
            .write(out);
    }
    Chunk { eos: true, ..Chunk::default() }.write(out);
}

/// Appends the chunks that end the bitmaps. Nodes here have no data, so no bit is set.
pub(crate) fn write_ends(bitmaps: &[OutgoingBitmap], out: &mut Vec<u8>) {
    let mut last = bitmaps.last();
    // In reverse order: the first one is the bitmap that the stream named last, so its names can be
    // left out. QEMU then need not look it up, which it cannot do in postcopy.
    for bitmap in bitmaps.iter().rev() {
        let node = last.is_none_or(|last| last.node != bitmap.node).then(|| bitmap.node.clone());
        let changed = node.is_some() || last.is_none_or(|last| last.name != bitmap.name);
        let name = changed.then(|| bitmap.name.clone());
        Chunk { node, bitmap: name, content: Content::Complete, eos: false }.write(out);
        last = Some(bitmap);
    }
    Chunk { eos: true, ..Chunk::default() }.write(out);
}

/// Receives the bitmaps of a stream. Skips those that do not fit, because losing a bitmap is better
/// than losing the guest.
#[derive(Debug, Default)]
pub(crate) struct IncomingBitmaps {
    node: Option<Name>,
    bitmap: Option<Name>,
    /// The number of bitmaps in the stream.
    count: usize,
    /// The nodes and names of those that were added.
    added: Vec<(String, String)>,
}

impl IncomingBitmaps {
    /// Counts a bitmap. Returns false if there are more than `limit`.
    pub(crate) fn count(&mut self, limit: usize) -> bool {
        self.count += 1;
        self.count <= limit
    }

    /// Removes the bitmaps that were added: the migration failed.
    pub(crate) fn withdraw(&mut self, nodes: &mut Nodes) {
        for (node, name) in self.added.drain(..) {
            // The user may have removed it.
            let _ = nodes.remove_bitmap(&node, &name);
        }
    }

    /// Obeys a chunk. `Err` is a line for the log.
    pub(crate) fn take(
        &mut self,
        nodes: &mut Nodes,
        parameters: &Parameters,
        chunk: &Chunk<'_>,
    ) -> Result<(), String> {
        if let Some(node) = &chunk.node {
            self.node = Some(node.clone());
        }
        if let Some(bitmap) = &chunk.bitmap {
            self.bitmap = Some(bitmap.clone());
        }
        let Content::Start { granularity, enabled, persistent } = chunk.content else {
            return Ok(());
        };
        let (Some(node), Some(bitmap)) = (&self.node, &self.bitmap) else {
            return Err("Error: block device name is not set".into());
        };
        let (mut node, mut name) = (node.to_string(), bitmap.to_string());
        if let Some(mapping) = &parameters.block_bitmap_mapping {
            let mapped = mapping.iter().find(|mapped| mapped.alias == node);
            let mapped = mapped.ok_or_else(|| format!("Error: Unknown node alias '{node}'"))?;
            let named = mapped.bitmaps.iter().find(|mapped| mapped.alias == name);
            let named = named.ok_or_else(|| {
                format!(
                    "Error: Unknown bitmap alias '{name}' on node '{}' (alias '{node}')",
                    mapped.node_name
                )
            })?;
            (node, name) = (mapped.node_name.clone(), named.name.clone());
        }
        let bitmap = Bitmap { granularity, enabled, persistent };
        let added = nodes.add_bitmap(&node, &name, bitmap);
        added.map_err(|error| format!("Error: {error}"))?;
        self.added.push((node, name));
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn repeated_names_are_left_out() {
        let bitmap = Bitmap { granularity: 65536, enabled: true, persistent: false };
        let [a, b, c] =
            [("n0", "b0"), ("n0", "b1"), ("n1", "b1")].map(|(node, name)| OutgoingBitmap {
                node: node.try_into().unwrap(),
                name: name.try_into().unwrap(),
                bitmap,
            });
        let mut out = Vec::new();
        write_ends(&[a, b, c], &mut out);
        assert_eq!(out, b"\x20\x2c\x02n0\x02b1\x24\x02b0\x01");
    }

    #[test]
    fn a_mapping_changes_names_and_where_a_bitmap_is_stored() {
        use crate::api::{
            BitmapMigrationBitmapAlias as Name, BitmapMigrationBitmapAliasTransform as Transform,
            BitmapMigrationNodeAlias as Node,
        };
        let kept = Transform { persistent: Some(true) };
        let bitmaps =
            vec![Name { transform: Some(kept), ..Name::new("b0", "x") }, Name::new("b1", "y")];
        let mapping = Some(vec![Node { bitmaps, ..Node::new("n0", "m", Vec::new()) }]);
        let parameters = Parameters { block_bitmap_mapping: mapping, ..Parameters::default() };
        let on_the_way = |name| {
            alias(&parameters, "n0", name).map(|alias| (alias.node, alias.name, alias.persistent))
        };
        assert_eq!(on_the_way("b0"), Some(("m", "x", Some(true))));
        assert_eq!(on_the_way("b1"), Some(("m", "y", None)));
        assert_eq!(on_the_way("b2"), None);
    }
}
