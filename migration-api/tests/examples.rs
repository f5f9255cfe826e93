//! The README shows the example `embed` as it is, and the tutorial `kvm_vmm` stays short.

use std::path::Path;

/// Reads a file of the package.
fn read(name: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(name);
    std::fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn the_readme_shows_the_smallest_embedder() {
    let example = read("examples/embed.rs");
    let (_, code) = example.split_once("\n\n").expect("a blank line after the documentation");
    let block = format!("```rust\n{code}```\n");
    assert!(read("README.md").contains(&block), "the README has another version of embed.rs");
}

#[test]
fn the_tutorial_is_short() {
    let lines = read("examples/kvm_vmm.rs").lines().count();
    assert!(lines <= 400, "kvm_vmm.rs has {lines} lines");
}
