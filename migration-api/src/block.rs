//! Block nodes: the images behind them, and the bitmaps on them.

use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};

use crate::bitmaps::Bitmap;

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
    /// Opens the image at a path, following symlinks. Returns `None` for special files such as
    /// devices.
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
}
