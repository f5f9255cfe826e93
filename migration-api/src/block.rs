//! Block nodes: the images behind them, and the bitmaps on them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

/// One block node.
#[derive(Clone, Debug, Default)]
pub struct Node {
    /// The image, if the node can have snapshots, which needs a writable file.
    pub image: Option<Image>,
    /// The dirty bitmaps by name.
    pub bitmaps: BTreeMap<String, Bitmap>,
}

/// The file with a disk's contents, in any format.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Image(PathBuf);

impl Image {
    /// Opens the image at a path, following symlinks, to check that it can be; only the path is
    /// kept. Returns `None` for special files such as devices, which cannot have snapshots.
    ///
    /// # Errors
    /// The file cannot be opened for reading and writing.
    pub fn open(path: &Path) -> io::Result<Option<Self>> {
        let file = std::fs::OpenOptions::new().read(true).write(true).open(path)?;
        let regular = file.metadata()?.is_file();
        Ok(regular.then_some(Self(path.canonicalize()?)))
    }

    /// Returns the absolute path without symlinks.
    pub fn path(&self) -> &Path {
        &self.0
    }
}

/// The block nodes by name.
#[derive(Clone, Debug, Default)]
pub struct Nodes(BTreeMap<String, Node>);

impl Nodes {
    /// Adds a node without bitmaps. Returns `false` if the name is taken.
    pub fn add(&mut self, name: String, image: Option<Image>) -> bool {
        let free = !self.0.contains_key(&name);
        if free {
            self.0.insert(name, Node { image, bitmaps: BTreeMap::new() });
        }
        free
    }

    /// Returns the node of that name.
    pub fn get(&self, name: &str) -> Option<&Node> {
        self.0.get(name)
    }

    pub(crate) fn get_mut(&mut self, name: &str) -> Option<&mut Node> {
        self.0.get_mut(name)
    }

    /// Iterates over all nodes, by name.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &Node)> {
        self.0.iter().map(|(name, node)| (name.as_str(), node))
    }
}

/// One dirty bitmap.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Bitmap {
    /// Bytes per bit.
    pub granularity: u32,
    /// Writes are recorded.
    pub enabled: bool,
    /// The bitmap is stored in the image.
    pub persistent: bool,
}

impl Bitmap {
    /// Default granularity.
    pub const DEFAULT_GRANULARITY: u32 = 65536;
}

/// Error of adding or removing a bitmap. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum BitmapError {
    /// The node to add a bitmap to does not exist.
    #[error("Cannot find device='{0}' nor node-name='{0}'")]
    NoNode(String),
    /// The node to remove a bitmap from does not exist.
    #[error("Node '{0}' not found")]
    NodeNotFound(String),
    /// A bitmap of this name exists.
    #[error("Bitmap already exists: {0}")]
    Exists(String),
    /// No bitmap of this name exists.
    #[error("Dirty bitmap '{0}' not found")]
    NoBitmap(String),
    /// The name is empty.
    #[error("Bitmap name cannot be empty")]
    EmptyName,
    /// The granularity is not a power of two of at least 512 bytes.
    #[error("Granularity must be a power of two of at least 512")]
    Granularity,
}

impl Nodes {
    fn bitmaps(&mut self, node: &str) -> Option<&mut BTreeMap<String, Bitmap>> {
        self.get_mut(node).map(|node| &mut node.bitmaps)
    }

    /// Adds a bitmap to a node.
    ///
    /// # Errors
    /// The node does not exist, or the bitmap is invalid.
    pub fn add_bitmap(
        &mut self,
        node: &str,
        name: &str,
        bitmap: Bitmap,
    ) -> Result<(), BitmapError> {
        let bitmaps = self.bitmaps(node).ok_or_else(|| BitmapError::NoNode(node.to_owned()))?;
        if name.is_empty() {
            return Err(BitmapError::EmptyName);
        }
        if bitmap.granularity < 512 || !bitmap.granularity.is_power_of_two() {
            return Err(BitmapError::Granularity);
        }
        if bitmaps.contains_key(name) {
            return Err(BitmapError::Exists(name.to_owned()));
        }
        bitmaps.insert(name.to_owned(), bitmap);
        Ok(())
    }

    /// Removes a bitmap from a node.
    ///
    /// # Errors
    /// The node or the bitmap does not exist.
    pub fn remove_bitmap(&mut self, node: &str, name: &str) -> Result<(), BitmapError> {
        let bitmaps =
            self.bitmaps(node).ok_or_else(|| BitmapError::NodeNotFound(node.to_owned()))?;
        bitmaps.remove(name).map(drop).ok_or_else(|| BitmapError::NoBitmap(name.to_owned()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn images_are_files_that_can_be_written() {
        let folder = tempfile::tempdir().unwrap();
        let (path, link) = (folder.path().join("disk"), folder.path().join("link"));
        assert_eq!(Image::open(&path).unwrap_err().kind(), io::ErrorKind::NotFound);
        std::fs::write(&path, b"x").unwrap();
        std::os::unix::fs::symlink(&path, &link).unwrap();
        let image = Image::open(&path).unwrap().unwrap();
        assert_eq!(Image::open(&link).unwrap().unwrap(), image);
        assert_eq!(Image::open(Path::new("/dev/null")).unwrap(), None);
        let mut nodes = Nodes::default();
        assert!(nodes.add("a".into(), Some(image.clone())));
        assert!(!nodes.add("a".into(), None));
        assert_eq!(nodes.get("a").unwrap().image, Some(image));
    }

    #[test]
    fn bitmaps_come_and_go() {
        let bitmap = Bitmap { granularity: 65536, enabled: true, persistent: false };
        let mut nodes = Nodes::default();
        assert!(nodes.add("n0".into(), None));
        assert_eq!(nodes.add_bitmap("n0", "b", bitmap), Ok(()));
        assert_eq!(
            nodes.add_bitmap("n0", "b", bitmap).unwrap_err().to_string(),
            "Bitmap already exists: b"
        );
        assert_eq!(
            nodes.add_bitmap("x", "b", bitmap).unwrap_err().to_string(),
            "Cannot find device='x' nor node-name='x'"
        );
        assert_eq!(
            nodes.add_bitmap("n0", "c", Bitmap { granularity: 1000, ..bitmap }),
            Err(BitmapError::Granularity)
        );
        assert_eq!(nodes.add_bitmap("n0", "", bitmap), Err(BitmapError::EmptyName));
        assert_eq!(nodes.remove_bitmap("n0", "b"), Ok(()));
        assert_eq!(nodes.remove_bitmap("x", "b").unwrap_err().to_string(), "Node 'x' not found");
        assert_eq!(
            nodes.remove_bitmap("n0", "b").unwrap_err().to_string(),
            "Dirty bitmap 'b' not found"
        );
    }
}
