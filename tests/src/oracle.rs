//! Recorded cases: where they lie, what they have in common, and how outcomes are counted.

use std::path::{Path, PathBuf};

use qapi::{InputPolicy, OutputPolicy, Policy};
use serde_json::Value;

/// The folder of recorded cases: `QAPI_ORACLE`, else `wire` in `QAPI_SHARED`.
///
/// # Panics
/// Where neither is set, or what is set is not there.
pub fn oracle() -> PathBuf {
    if std::env::var_os("QAPI_ORACLE").is_none() && std::env::var_os("QAPI_SHARED").is_some() {
        let wire = crate::folder("QAPI_SHARED").join("wire");
        assert!(wire.is_dir(), "'{}' is no folder; set QAPI_ORACLE", wire.display());
        return wire;
    }
    crate::folder("QAPI_ORACLE")
}

/// The cases of a file, a line each.
///
/// # Panics
/// Where it cannot be read or a line is not JSON.
pub fn cases(path: &Path) -> Vec<Value> {
    let text =
        std::fs::read_to_string(path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    let case = |(number, line)| {
        serde_json::from_str(line)
            .unwrap_or_else(|error| panic!("{}:{}: {error}", path.display(), number + 1))
    };
    text.lines().enumerate().map(case).collect()
}

/// A policy in the cases' shorthand, such as `di=reject,uo=hide`, or as `-compat` takes it.
///
/// # Panics
/// Where it is neither.
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

/// Whether two texts say the same, the order of members aside: the same value from the same characters.
pub fn same_text(ours: &str, theirs: &str) -> bool {
    let sorted = |text: &str| {
        let mut bytes = text.trim_end().as_bytes().to_vec();
        bytes.sort_unstable();
        bytes
    };
    let parsed = |text: &str| serde_json::from_str::<Value>(text).ok();
    ours == theirs || (sorted(ours) == sorted(theirs) && parsed(ours) == parsed(theirs))
}

/// Whether two descriptions differ only in what they name.
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

/// So many failures are shown.
const SHOWN: usize = 20;

/// Of a case's text so much is shown.
const SHOWN_TEXT: usize = 400;

impl Tally {
    /// Counts a case; what is wrong with it, if anything.
    pub fn count(&mut self, case: &Value, outcome: Result<(), String>) {
        match outcome {
            Ok(()) => self.passed += 1,
            Err(fault) => {
                let name = case["name"].as_str().map_or_else(|| case.to_string(), str::to_owned);
                self.failed.push(format!("{name:.SHOWN_TEXT$}\n    {fault:.SHOWN_TEXT$}"));
            }
        }
    }

    /// Prints the counts of what is called `group`; the failures are the result.
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

/// Fails if there are failures.
///
/// # Panics
/// If there are.
pub fn check(failed: &[String]) {
    assert!(
        failed.is_empty(),
        "{} cases fail:\n{}",
        failed.len(),
        failed[..failed.len().min(SHOWN)].join("\n")
    );
}
