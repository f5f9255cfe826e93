//! A crate of a user, built by cargo.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

/// The checkout that the crates depend on.
pub const WORKSPACE: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/..");

/// A crate in a folder of its own. All crates share a folder for cargo's output.
pub struct Project {
    name: String,
    folder: PathBuf,
}

impl Project {
    /// Makes a crate that depends on `qapi` only. Warnings are errors.
    pub fn with_macro(name: &str) -> Project {
        Project::new(name, &format!("[dependencies]\nqapi = {{ path = \"{WORKSPACE}/qapi\" }}\n"))
    }

    /// Makes a crate that depends on `qapi`, and its build script on `qapi-codegen`. Warnings are
    /// errors.
    pub fn with_build_script(name: &str, script: &str) -> Project {
        let manifest = format!(
            "[dependencies]\nqapi = {{ path = \"{WORKSPACE}/qapi\" }}\n\n\
             [build-dependencies]\nqapi-codegen = {{ path = \"{WORKSPACE}/qapi-codegen\" }}\n"
        );
        let project = Project::new(name, &manifest);
        project.file("build.rs", script);
        project
    }

    fn new(name: &str, manifest: &str) -> Project {
        let folder = Path::new(env!("CARGO_TARGET_TMPDIR")).join(name);
        let _ = fs::remove_dir_all(&folder);
        let project = Project { name: name.to_owned(), folder };
        let lints = "[lints.rust]\nwarnings = \"deny\"\n";
        let head = format!(
            "[package]\nname = \"{name}\"\nedition = \"2024\"\n\n[workspace]\n\n{lints}\n{manifest}"
        );
        project.file("Cargo.toml", &head);
        let lock =
            fs::read_to_string(Path::new(WORKSPACE).join("Cargo.lock")).expect("the lock file");
        project.file("Cargo.lock", &lock);
        project
    }

    /// Writes a file of the crate.
    pub fn file(&self, name: &str, text: &str) {
        let path = self.folder.join(name);
        fs::create_dir_all(path.parent().expect("a folder")).expect("a writable folder");
        fs::write(path, text).expect("a writable folder");
    }

    /// Reads a file of the crate.
    pub fn read(&self, name: &str) -> String {
        fs::read_to_string(self.folder.join(name)).expect("a file of the crate")
    }

    /// Runs cargo's `verb` on the crate. Returns its success and its messages.
    fn cargo(&self, arguments: &[&str]) -> (bool, String) {
        let output = Command::new(env!("CARGO"))
            .args(arguments)
            .arg("--offline")
            .current_dir(&self.folder)
            .env("CARGO_TARGET_DIR", Path::new(env!("CARGO_TARGET_TMPDIR")).join("user-target"))
            .output()
            .expect("cargo starts");
        (output.status.success(), String::from_utf8_lossy(&output.stderr).into_owned())
    }

    /// Builds the crate. Returns true if that compiled it.
    pub fn build(&self) -> bool {
        let (succeeds, text) = self.cargo(&["build"]);
        assert!(succeeds, "{text}");
        text.contains(&format!("Compiling {} ", self.name))
    }

    /// Checks that the crate compiles without a warning.
    pub fn check(&self) {
        let (succeeds, text) = self.cargo(&["check"]);
        assert!(succeeds && !text.contains("warning"), "{text}");
    }

    /// Runs clippy or rustdoc, which must find nothing.
    pub fn clean(&self, arguments: &[&str]) {
        let (succeeds, text) = self.cargo(arguments);
        assert!(succeeds && !text.contains("warning"), "{text}");
    }

    /// Returns rustc's messages about the crate, which must not compile.
    pub fn errors(&self) -> String {
        let (succeeds, text) = self.cargo(&["check"]);
        assert!(!succeeds, "{} compiles", self.name);
        text
    }

    /// Runs the crate's program, which must succeed.
    pub fn run(&self) {
        let (succeeds, text) = self.cargo(&["run"]);
        assert!(succeeds, "{text}");
    }
}
