//! Cargo's directives in the output of a build script.

use std::fs;
use std::path::Path;
use std::process::Command;

use qapi_codegen::Builder;

/// Names the settings of the build script that [`script`] plays.
const SETTINGS: &str = "QAPI_TEST_SETTINGS";

/// Runs as a build script in a process of its own; does nothing in an ordinary test run.
#[test]
fn script() {
    let Ok(settings) = std::env::var(SETTINGS) else { return };
    let builder = Builder::new("root.json").file("line\nbreak.json");
    let builder = match settings.as_str() {
        "style" => builder.style(true),
        "deny" => builder.deny_warnings(),
        _ => builder,
    };
    if let Err(error) = builder.compile("api.rs") {
        eprintln!("{error}");
        std::process::exit(1);
    }
}

/// Runs [`script`] in `folder`. Returns its status, its directives and its standard error.
fn run(folder: &Path, settings: &str) -> (bool, Vec<String>, String) {
    let output = Command::new(std::env::current_exe().expect("this test"))
        .args(["script", "--exact", "--nocapture"])
        .current_dir(folder)
        .env("OUT_DIR", folder)
        .env(SETTINGS, settings)
        .output()
        .expect("this test starts");
    let out = String::from_utf8(output.stdout).expect("UTF-8");
    let directives = out.lines().filter_map(|line| Some(line.split_once("cargo::")?.1));
    let err = String::from_utf8(output.stderr).expect("UTF-8");
    (output.status.success(), directives.map(str::to_owned).collect(), err)
}

#[test]
fn style_findings_are_shown_on_request() {
    let folder = tempfile::tempdir().expect("a temporary folder");
    let lines = "# One sentence. Another.\n".repeat(22);
    let text = format!("##\n# @Hue:\n#\n{lines}##\n{{ 'enum': 'Hue', 'data': [] }}\n");
    fs::write(folder.path().join("root.json"), text).expect("a file");
    fs::write(folder.path().join("line\nbreak.json"), "").expect("a file");

    let (succeeds, quiet, _) = run(folder.path(), "");
    assert!(succeeds);
    assert_eq!(quiet, ["rerun-if-changed=root.json"; 2], "cargo cannot watch a path of two lines");

    let (succeeds, shown, _) = run(folder.path(), "style");
    assert!(succeeds);
    let warnings: Vec<_> =
        shown.iter().filter_map(|directive| directive.strip_prefix("warning=")).collect();
    assert_eq!(warnings.len(), 11);
    assert!(warnings[0].starts_with("root.json:4:15: style: "), "{}", warnings[0]);
    assert_eq!(warnings[10], "12 more; `qapi check --style` shows them all");

    let (succeeds, denied, err) = run(folder.path(), "deny");
    assert!(!succeeds);
    assert_eq!(denied, quiet);
    assert!(err.contains("root.json:4:15: error: "), "{err}");
    assert_eq!(err.lines().last(), Some("22 errors in 1 file"));
}
