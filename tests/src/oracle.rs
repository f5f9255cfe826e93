//! Recorded cases: their folder, their common parts, and the counts of outcomes.

use std::path::{Path, PathBuf};

use qapi::{InputPolicy, OutputPolicy, Policy};
use serde_json::Value;

/// Returns the folder of recorded cases: `QAPI_ORACLE`, else `wire` in `QAPI_SHARED`.
///
/// # Panics
/// If neither is set, or the folder does not exist.
pub fn oracle() -> PathBuf {
    if std::env::var_os("QAPI_ORACLE").is_none() && std::env::var_os("QAPI_SHARED").is_some() {
        let wire = crate::folder("QAPI_SHARED").join("wire");
        assert!(wire.is_dir(), "'{}' is no folder; set QAPI_ORACLE", wire.display());
        return wire;
    }
    crate::folder("QAPI_ORACLE")
}

/// Returns the cases of a file, a line each.
///
/// # Panics
/// If it cannot be read or a line is not JSON.
pub fn cases(path: &Path) -> Vec<Value> {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let case = |(number, line)| {
        serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{}:{}: {error}", path.display(), number + 1))
    };
    text.lines().enumerate().map(case).collect()
}

/// Parses a policy in the cases' shorthand, such as `di=reject,uo=hide`, or in that of `-compat`.
///
/// # Panics
/// If it is neither.
pub fn policy(text: &str) -> Policy {
    let mut policy = Policy::ACCEPT;
    for part in text.split(',').filter(|part| !matches!(*part, "" | "-")) {
        let input = match part.rsplit('=').next() {
            Some("reject") => InputPolicy::Reject,
            Some("crash") => InputPolicy::Crash,
            _ => InputPolicy::Accept,
        };
        let output =
            if part.ends_with("=hide") { OutputPolicy::Hide } else { OutputPolicy::Accept };
        match part.split('=').next() {
            Some("di" | "deprecated-input") => policy.deprecated_input = input,
            Some("ui" | "unstable-input") => policy.unstable_input = input,
            Some("do" | "deprecated-output") => policy.deprecated_output = output,
            Some("uo" | "unstable-output") => policy.unstable_output = output,
            _ => panic!("'{part}' is no policy"),
        }
    }
    policy
}

/// Returns true if two texts are the same value in the same characters, except for the order of
/// members.
pub fn same_text(ours: &str, theirs: &str) -> bool {
    let sorted = |text: &str| {
        let mut bytes = text.trim_end().as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    ours == theirs || (sorted(ours) == sorted(theirs) && parsed(ours) == parsed(theirs))
}

/// Returns true if two descriptions differ only in the names they quote.
pub fn same_but_for_names(ours: &str, theirs: &str) -> bool {
    let unnamed = |text: &str| text.split('\'').step_by(2).map(str::to_owned).collect::<Vec<_>>();
    unnamed(ours) == unnamed(theirs)
}

/// Outcomes of a group of cases.
#[derive(Default)]
pub struct Tally {
    passed: usize,
    failed: Vec<String>,
}

/// Maximum number of failures shown.
const SHOWN: usize = 20;

/// Maximum length of a case's text shown.
const SHOWN_TEXT: usize = 400;

impl Tally {
    /// Counts a case; `outcome` is its fault, if there is one.
    pub fn count(&mut self, case: &Value, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(fault) => {
                let name = case["name"].as_str().map_or_else(|| case.to_string(), str::to_owned);
                self.failed.push(format!("{name:.SHOWN_TEXT$}\n    {fault:.SHOWN_TEXT$}"));
            }
        }
    }

    /// Prints the counts of the group called `group` and returns the failures.
    pub fn finish(self, group: &str) -> Vec<String> {
        println!("{group}: {} cases pass, {} fail", self.passed, self.failed.len());
        self.failed
    }

    /// Prints the counts, and fails if a case did.
    ///
    /// # Panics
    /// If a case failed.
    pub fn check(self, group: &str) {
        check(&self.finish(group));
    }
}

/// Fails with the failures, if there are any.
///
/// # Panics
/// If there are failures.
pub fn check(failed: &[String]) {
    assert!(
        failed.is_empty(),
        "{} cases fail:\n{}",
        failed.len(),
        failed[..failed.len().min(SHOWN)].join("\n")
    );
}
