//! The reasons of a failed migration, from both sides.

/// The beginning of the text by which a QEMU source reports that the destination has failed.
const SIBLING: &str = "Sibling indicated error";

/// Combines the reasons: the source's, then the destination's. Leaves out a text that repeats
/// another, and the source's mere report of a failed destination if that gives its own reason.
pub fn combine(source: Option<&str>, destination: Option<&str>) -> Vec<String> {
    let present = |reason: &&str| !reason.trim().is_empty();
    let (mut source, mut destination) = (source.filter(present), destination.filter(present));
    if let (Some(ours), Some(theirs)) = (source, destination) {
        if ours.starts_with(SIBLING) || theirs.contains(ours.trim()) {
            source = None;
        } else if ours.contains(theirs.trim()) {
            destination = None;
        }
    }
    let source = source.map(|reason| format!("source: {reason}"));
    let destination = destination.map(|reason| format!("destination: {reason}"));
    source.into_iter().chain(destination).collect()
}

/// Returns true if only the destination knows the reason.
pub fn is_elsewhere(source: Option<&str>) -> bool {
    source.is_none_or(|reason| reason.starts_with(SIBLING))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_destinations_reason_replaces_the_report_of_it() {
        let sibling = Some("Sibling indicated error 1");
        assert_eq!(combine(sibling, Some("Size mismatch")), ["destination: Size mismatch"]);
        assert_eq!(combine(sibling, None), ["source: Sibling indicated error 1"]);
        assert!(is_elsewhere(sibling));
        assert!(is_elsewhere(None));
        assert!(!is_elsewhere(Some("Unable to write to socket")));
    }

    #[test]
    fn no_reason_is_printed_twice() {
        assert_eq!(combine(Some("Broken pipe"), Some("Broken pipe")), ["destination: Broken pipe"]);
        assert_eq!(
            combine(Some("Failed to connect: No route"), Some("No route")),
            ["source: Failed to connect: No route"]
        );
        assert_eq!(
            combine(Some("Broken pipe"), Some("load failed")),
            ["source: Broken pipe", "destination: load failed"]
        );
        assert_eq!(combine(None, None), [""; 0]);
        assert_eq!(combine(Some(""), Some("")), [""; 0]);
    }
}
