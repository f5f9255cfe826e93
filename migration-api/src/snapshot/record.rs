//! The JSON files of a store: snapshots, intents and decisions.
//!
//! Each has the number of its format, so that later versions can change them and this one refuses
//! what it does not know. Snapshots written before there were numbers have the fields of format 1
//! and are read. Intents and decisions without a number are refused: they exist only if a process
//! of an earlier version was killed, and that version can still complete or undo its operation.

use std::ops::Deref;
use std::path::PathBuf;

use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use serde_json::{Number, Value};
use uuid::Uuid;

/// Format of the files that this version writes and reads.
const FORMAT: u64 = 1;

/// Maximum size of a file. Its content is a tag, or a few names and paths.
pub(super) const MAX_SIZE: usize = 1 << 20;

/// The content of a file.
pub(super) trait Record: Serialize + DeserializeOwned {
    /// True if files without a number are of format 1.
    const READ_WITHOUT_NUMBER: bool = false;
}

/// A complete snapshot: `ID.json`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) struct Snapshot {
    /// The file's name without its ending.
    #[serde(skip)]
    pub(super) id: String,
    pub(super) tag: String,
    /// The snapshot includes the guest's state.
    pub(super) vm_state: bool,
    /// Seconds since 1970.
    pub(super) date_sec: u64,
}

impl Record for Snapshot {
    const READ_WITHOUT_NUMBER: bool = true;
}

/// A planned change of one store: `OPERATION.intent`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Intent {
    /// Path of the decision; empty if it is in the same store.
    pub(super) decision: PathBuf,
    #[serde(flatten)]
    pub(super) change: Change,
}

impl Record for Intent {}

/// The change itself.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Change {
    /// Steps to do after the decision.
    pub(super) steps: Vec<Step>,
    /// Files to remove without a decision.
    pub(super) orphans: Vec<FileName>,
}

/// A step in a store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub(super) enum Step {
    /// Renames a file.
    Rename { from: FileName, to: FileName },
    /// Replaces the image with a file.
    Replace(FileName),
    /// Removes a file.
    Remove(FileName),
}

/// A decision: `OPERATION.decided`.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Decision {
    /// The images whose stores have an intent.
    pub(super) images: Vec<PathBuf>,
}

impl Record for Decision {}

/// A plain file name, which cannot lead out of the store.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(try_from = "String")]
pub(super) struct FileName(String);

impl FileName {
    /// Makes the name of one of the files of a snapshot or operation.
    pub(super) fn of(id: &str, ending: &str) -> Self {
        Self(format!("{id}.{ending}"))
    }
}

impl TryFrom<String> for FileName {
    type Error = RecordError;

    fn try_from(name: String) -> Result<Self, RecordError> {
        match name.as_str() {
            "" | "." | ".." => Err(RecordError::Name),
            name if name.contains('/') => Err(RecordError::Name),
            _ => Ok(Self(name)),
        }
    }
}

impl Deref for FileName {
    type Target = str;

    fn deref(&self) -> &str {
        &self.0
    }
}

/// Error of a record's content. `Display` is the reason in the text for the client.
#[derive(Debug, thiserror::Error)]
pub(super) enum RecordError {
    #[error("larger than {MAX_SIZE} bytes")]
    Size,
    #[error("record of format {0}, but this version reads format {FORMAT}")]
    Format(Number),
    #[error("record without the number of its format")]
    NoFormat,
    #[error("file name that leads out of the folder")]
    Name,
    #[error(transparent)]
    Content(#[from] serde_json::Error),
}

/// Generates a name that no other snapshot or operation has.
pub(super) fn fresh_id() -> String {
    Uuid::new_v4().simple().to_string()
}

/// Serializes a record with the number of its format.
pub(super) fn write(record: &impl Record) -> Result<Vec<u8>, RecordError> {
    #[derive(Serialize)]
    struct Numbered<'a, T> {
        format: u64,
        #[serde(flatten)]
        record: &'a T,
    }
    let text = serde_json::to_vec(&Numbered { format: FORMAT, record })?;
    if text.len() > MAX_SIZE { Err(RecordError::Size) } else { Ok(text) }
}

/// Parses a record.
pub(super) fn parse<T: Record>(text: &[u8]) -> Result<T, RecordError> {
    if text.len() > MAX_SIZE {
        return Err(RecordError::Size);
    }
    let value: Value = serde_json::from_slice(text)?;
    match value.get("format") {
        Some(Value::Number(format)) if format.as_u64() == Some(FORMAT) => {}
        Some(Value::Number(format)) => return Err(RecordError::Format(format.clone())),
        None if T::READ_WITHOUT_NUMBER => {}
        _ => return Err(RecordError::NoFormat),
    }
    Ok(serde_json::from_value(value)?)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name(name: &str) -> FileName {
        FileName::try_from(name.to_owned()).unwrap()
    }

    fn refusal<T: Record>(text: &str) -> String {
        match parse::<T>(text.as_bytes()) {
            Ok(_) => panic!("{text} is accepted"),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn records_are_read_as_they_were_written() {
        let steps = vec![
            Step::Rename { from: name("a"), to: name("b") },
            Step::Replace(name("c")),
            Step::Remove(name("d")),
        ];
        let change = Change { steps, orphans: vec![name("e")] };
        let intent = Intent { decision: "/x/disk.snapshots/o.decided".into(), change };
        let text = write(&intent).unwrap();
        let expected = concat!(
            r#"{"format":1,"decision":"/x/disk.snapshots/o.decided","#,
            r#""steps":[{"rename":{"from":"a","to":"b"}},{"replace":"c"},{"remove":"d"}],"#,
            r#""orphans":["e"]}"#
        );
        assert_eq!(String::from_utf8(text.clone()).unwrap(), expected);
        assert_eq!(parse::<Intent>(&text).unwrap(), intent);
        let decision = Decision { images: vec!["/x/disk".into()] };
        let text = write(&decision).unwrap();
        assert_eq!(text, br#"{"format":1,"images":["/x/disk"]}"#);
        assert_eq!(parse::<Decision>(&text).unwrap(), decision);
        let snapshot = Snapshot { id: String::new(), tag: "t".into(), vm_state: true, date_sec: 5 };
        let text = write(&snapshot).unwrap();
        assert_eq!(text, br#"{"format":1,"tag":"t","vm-state":true,"date-sec":5}"#);
        assert_eq!(parse::<Snapshot>(&text).unwrap(), snapshot);
    }

    #[test]
    fn intents_name_files_of_their_store_only() {
        let out = "file name that leads out of the folder";
        for steps in [
            r#"[{"remove": "../disk"}]"#,
            r#"[{"rename": {"from": "a", "to": "/etc/x"}}]"#,
            r#"[{"rename": {"from": "..", "to": "a"}}]"#,
            r#"[{"replace": ""}]"#,
        ] {
            let text =
                format!(r#"{{"format": 1, "decision": "", "steps": {steps}, "orphans": []}}"#);
            assert_eq!(refusal::<Intent>(&text), out, "{steps}");
        }
        let text = r#"{"format": 1, "decision": "", "steps": [], "orphans": ["."]}"#;
        assert_eq!(refusal::<Intent>(text), out);
        let text = r#"{"format": 1, "decision": "", "steps": [{"burn": "a"}], "orphans": []}"#;
        assert!(refusal::<Intent>(text).starts_with("unknown variant `burn`"));
        let text = r#"{"format": 1, "decision": 1, "steps": [], "orphans": []}"#;
        assert!(refusal::<Intent>(text).starts_with("invalid type: integer `1`"));
    }

    #[test]
    fn other_formats_are_refused_by_number() {
        let text = r#"{"format": 2, "tag": "t", "vm-state": true, "date-sec": 5}"#;
        let told = "record of format 2, but this version reads format 1";
        assert_eq!(refusal::<Snapshot>(text), told);
        assert_eq!(refusal::<Intent>(r#"{"format": 2}"#), told);
        assert_eq!(refusal::<Decision>(r#"{"format": 2}"#), told);
        assert_eq!(
            refusal::<Decision>(r#"{"format": -1}"#),
            "record of format -1, but this version reads format 1"
        );
    }

    #[test]
    fn of_the_records_without_a_number_only_snapshots_are_read() {
        let snapshot =
            parse::<Snapshot>(br#"{"tag": "t", "vm-state": false, "date-sec": 7}"#).unwrap();
        assert_eq!((snapshot.tag.as_str(), snapshot.vm_state, snapshot.date_sec), ("t", false, 7));
        let told = "record without the number of its format";
        let intent = r#"{"decision": "", "steps": [["remove", "d"]], "orphans": []}"#;
        assert_eq!(refusal::<Intent>(intent), told);
        assert_eq!(refusal::<Decision>(r#"["/x/disk"]"#), told);
        assert_eq!(refusal::<Snapshot>(r#"{"format": "1"}"#), told);
    }

    #[test]
    fn records_have_a_limit_in_both_directions() {
        let tag = "t".repeat(MAX_SIZE);
        let text = format!(r#"{{"tag": "{tag}", "vm-state": true, "date-sec": 5}}"#);
        assert_eq!(refusal::<Snapshot>(&text), "larger than 1048576 bytes");
        let snapshot = Snapshot { id: String::new(), tag, vm_state: true, date_sec: 5 };
        assert_eq!(write(&snapshot).unwrap_err().to_string(), "larger than 1048576 bytes");
    }

    #[test]
    fn ids_differ() {
        let (first, second) = (fresh_id(), fresh_id());
        assert_eq!((first.len(), second.len()), (32, 32));
        assert_ne!(first, second);
    }
}
