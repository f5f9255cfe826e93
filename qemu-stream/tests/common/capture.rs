//! A recorded migration of QEMU: the settings of both sides, and the data of each connection.

use std::fs;
use std::path::{Path, PathBuf};

use serde_json::Value;
use sha2::{Digest, Sha256};

use crate::shared;

/// The data of one connection, in one direction.
pub struct Recorded {
    /// Role of the connection: `main`, `main-recover`, `multifd`, `return-path`.
    pub role: String,
    /// The connection was cut.
    pub truncated: bool,
    pub bytes: Vec<u8>,
}

pub struct Capture {
    pub description: Value,
    pub files: Vec<Recorded>,
}

impl Capture {
    /// Lists the descriptions of all captures.
    pub fn all() -> Vec<PathBuf> {
        let entries =
            fs::read_dir(shared::folder("captures")).unwrap().map(|entry| entry.unwrap().path());
        let mut paths: Vec<_> =
            entries.filter(|path| path.extension().is_some_and(|end| end == "json")).collect();
        paths.sort();
        assert!(!paths.is_empty(), "no captures");
        paths
    }

    pub fn load(path: &Path) -> Self {
        let description: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
        let files = description["files"].as_array().unwrap().iter().map(|file| {
            let packed = fs::read(path.with_file_name(file["name"].as_str().unwrap())).unwrap();
            let mut bytes = Vec::new();
            lzma_rs::xz_decompress(&mut &packed[..], &mut bytes).unwrap();
            let role = file["role"].as_str().unwrap().to_owned();
            Recorded { role, truncated: file["truncated"] == true, bytes }
        });
        Self { files: files.collect(), description }
    }

    /// Returns true if the capability was on at the source.
    pub fn has(&self, capability: &str) -> bool {
        self.description["capabilities"][capability] == true
    }

    /// Returns the data of all connections of a role, in their order.
    pub fn role(&self, role: &str) -> impl Iterator<Item = &[u8]> {
        self.files.iter().filter(move |file| file.role == role).map(|file| &file.bytes[..])
    }

    /// Returns the arguments of the source's command line.
    pub fn command_line(&self) -> impl Iterator<Item = &str> {
        let words = self.description["command_line"].as_array().unwrap().iter();
        words.skip(1).map(|word| word.as_str().unwrap())
    }

    /// Lists the RAM blocks whose contents were recorded.
    pub fn blocks(&self) -> impl Iterator<Item = &str> {
        let blocks = self.description["ram_blocks"].as_array().unwrap().iter();
        blocks.map(|block| block["name"].as_str().unwrap())
    }

    /// Compares a block's memory with the recorded one.
    pub fn check_memory(&self, name: &str, memory: &[u8]) {
        let blocks = self.description["ram_blocks"].as_array().unwrap();
        let block = blocks.iter().find(|block| block["name"] == name).unwrap();
        let hash: String =
            Sha256::digest(memory).iter().map(|byte| format!("{byte:02x}")).collect();
        assert_eq!(hash, block["sha256"].as_str().unwrap(), "{name}");
    }
}

/// Runs a check on every capture, and reports those that fail at the end.
pub fn each(check: fn(&Capture)) {
    let fails = |path: &PathBuf| {
        println!("{}", path.display());
        let capture = Capture::load(path);
        std::panic::catch_unwind(|| check(&capture)).is_err()
    };
    let failed: Vec<_> = Capture::all().into_iter().filter(fails).collect();
    assert!(failed.is_empty(), "{failed:#?}");
}
