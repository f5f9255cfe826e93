//! Every package describes itself: a README, a crate page that leads to the others.

use std::fs;
use std::path::Path;

/// The packages with a library for users.
const LIBRARIES: [&str; 6] =
    ["migration-api", "qapi", "qapi-codegen", "qapi-macros", "qapi-parser", "qemu-stream"];

fn read(path: &str) -> String {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join("..").join(path);
    fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()))
}

#[test]
fn front_pages_link_to_the_runtime_or_from_it() {
    for package in LIBRARIES {
        let page = read(&format!("{package}/src/lib.rs"));
        let linked =
            |other: &str| page.contains(&format!("](../{}/index.html)", other.replace('-', "_")));
        let others = LIBRARIES.iter().filter(|other| **other != package && linked(other)).count();
        assert!(others >= 2, "{package} links to {others} of the other crates");
        assert!(package == "qapi" || linked("qapi"), "{package} does not link to qapi");
    }
}

#[test]
fn each_member_has_a_readme_named_after_it() {
    let manifest = read("Cargo.toml");
    let (_, members) = manifest.split_once("members = [").expect("the members");
    let (members, _) = members.split_once(']').expect("their end");
    for member in members.split(',').map(|member| member.trim().trim_matches('"')) {
        let package = read(&format!("{member}/Cargo.toml"));
        let name = package.lines().find_map(|line| line.strip_prefix("name = "));
        let name = name.expect("a name").trim_matches('"');
        assert_eq!(
            read(&format!("{member}/README.md")).lines().next(),
            Some(format!("# {name}").as_str())
        );
    }
}
