//! Nothing that stands in a file makes the front end panic, hang or overflow the stack.

use std::io;
use std::path::{Path, PathBuf};

use qapi_parser::loader::Root;
use qapi_parser::render::MessageFormat;
use qapi_parser::{Options, dump, parse_sources};

/// Runs all stages over a text and shows what comes out.
fn run(path: &Path, bytes: Vec<u8>) -> String {
    let files = |path: &Path| std::fs::read(path);
    match parse_sources(&[Root::Text { path: path.to_owned(), bytes }], &files, Options::default())
    {
        Ok(checked) => dump(&checked.schema),
        Err(error) => {
            let formats = [MessageFormat::Human, MessageFormat::Short, MessageFormat::Json];
            formats.map(|format| error.render(format)).concat()
        }
    }
}

fn cases() -> Vec<(PathBuf, Vec<u8>)> {
    let mut cases = Vec::new();
    for entry in std::fs::read_dir("tests/ui/ok").expect("a folder of cases") {
        let path = entry.expect("a folder that can be read").path();
        if path.extension().is_some_and(|extension| extension == "json") {
            let bytes = std::fs::read(&path).expect("a case");
            cases.push((path, bytes));
        }
    }
    cases
}

/// Numbers that look random and are the same in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: usize) -> usize {
        self.0 =
            self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % limit.max(1)
    }
}

#[test]
fn survives_files_cut_off_anywhere() {
    for (path, bytes) in cases() {
        for end in 0..bytes.len() {
            run(&path, bytes[..end].to_vec());
        }
    }
}

#[test]
fn survives_changed_bytes() {
    const BYTES: &[u8] = b"{}[]:,'#\\@*=-_. \n\r\t\0\x7f\xc3\xa9\xffaZ09t";
    let mut random = Random(1);
    for (path, bytes) in cases() {
        for _ in 0..150 {
            let mut changed = bytes.clone();
            for _ in 0..=random.below(3) {
                let at = random.below(changed.len());
                let to = random.below(changed.len());
                let byte = BYTES[random.below(BYTES.len())];
                match random.below(5) {
                    0 if at < changed.len() => drop(changed.remove(at)),
                    1 if at < changed.len() => changed[at] = byte,
                    2 if at < changed.len() => changed.swap(at, to),
                    3 => drop(changed.drain(at.min(to)..at.max(to))),
                    _ => changed.insert(at, byte),
                }
            }
            run(&path, changed);
        }
    }
}

#[test]
fn rejects_values_nested_too_deep() {
    for (open, close) in [("[", "]"), ("{ 'a': ", "}"), ("{ 'not': [", "]}")] {
        let text = format!("{}{}", open.repeat(100_000), close.repeat(100_000));
        let shown = run(Path::new("deep.json"), text.into());
        assert!(shown.contains("nest deeper than 500 levels"), "{}", &shown[..200]);
    }
    // As deep as permitted, on the stack of a test's thread.
    for (open, close, levels) in [
        ("[ 'a', ", " ]", 499),
        ("{ 'a': 'b', 'c': ", " }", 499),
        ("{ 'all': [ 'B', ", " ] }", 249),
        ("{ 'not': ", " }", 499),
    ] {
        for close in [close, ""] {
            let cond = format!("{}'A'{}", open.repeat(levels), close.repeat(levels));
            run(Path::new("deep.json"), format!("{{ 'struct': 'S', 'if': {cond} }}").into());
        }
    }
}

#[test]
fn survives_long_files() {
    const LENGTH: usize = 256 << 10;
    for part in
        ["{ ", "[ 'a', ", "##\n", "##\n# @a:\n", "a", "'", "\0", "\r", "{ 'a': 'b' }\n", "# = x\n"]
    {
        run(Path::new("long.json"), part.repeat(LENGTH / part.len()).into());
    }
}

#[test]
fn follows_long_chains_of_includes_and_finds_loops() {
    const LENGTH: usize = 2000;
    let files = |path: &Path| -> io::Result<Vec<u8>> {
        let number: usize =
            path.file_stem().and_then(|stem| stem.to_str()?.parse().ok()).unwrap_or(0);
        Ok(match number {
            LENGTH => "{ 'include': '1000.json' }".into(),
            _ => format!("{{ 'include': '{}.json' }}", number + 1).into(),
        })
    };
    let error = parse_sources(&[Root::File("0.json".into())], &files, Options::default())
        .expect_err("a schema that is refused");
    let shown = error.render(MessageFormat::Human);
    assert_eq!(shown.lines().filter(|line| line.starts_with("In file included")).count(), LENGTH);
    assert!(shown.contains("inclusion loop for 1000.json"), "{shown}");
}
