//! `-object`: memory backends, credentials and access lists.

use migration_api::api::ObjectOptions;
use migration_api::commands::object;
use migration_api::guests::Backing;
use migration_api::objects::{Objects, is_id};
use migration_api::size;
use qapi::Rules;

use crate::keyval::{KeyVal, quoted, switch};

/// A memory backend: its id, its backing, its size in bytes.
pub type Memory = (String, Backing, u64);

/// Adds the object that an option describes. Returns the memory of a backend with its id and size.
///
/// # Errors
/// An object that cannot be understood, or an id that is taken.
pub fn add(text: &str, objects: &mut Objects) -> Result<Option<Memory>, String> {
    let wrong = |error: &dyn std::fmt::Display| format!("-object {text}: {error}");
    let parsed: ObjectOptions = if text.starts_with('{') {
        qapi::from_text(text, &Rules::STRICT).map_err(|error| wrong(&error))?
    } else {
        let settings = KeyVal::parse("-object", "qom-type", text)?.rest();
        qapi::from_text(&json(&settings), &Rules::STRICT).map_err(|error| wrong(&error))?
    };
    if !is_id(&parsed.id) {
        return Err(wrong(&"Parameter 'id' expects an identifier"));
    }
    let memory = backing(&parsed).map(|(backing, size)| (parsed.id.clone(), backing, size));
    let object = object(parsed.qom_type).map_err(|error| wrong(&error))?;
    if !objects.add(parsed.id, object) {
        return Err(wrong(&"the id is taken"));
    }
    Ok(memory)
}

/// Formats settings as a JSON object. The form of a value decides its type.
fn json(settings: &[(String, String)]) -> String {
    let members = settings.iter().map(|(key, value)| {
        let literal = match (key.as_str(), switch(value)) {
            ("id" | "mem-path" | "dir" | "identity", _) => quoted(value),
            (_, Some(on)) => on.to_string(),
            _ if value.starts_with(|c: char| c.is_ascii_digit()) => {
                size::parse(value, 0).map_or_else(|_| quoted(value), |size| size.to_string())
            }
            _ => quoted(value),
        };
        format!("{}: {literal}", quoted(key))
    });
    format!("{{{}}}", members.collect::<Vec<_>>().join(", "))
}

/// Returns the backing and the size of a memory backend.
fn backing(options: &ObjectOptions) -> Option<(Backing, u64)> {
    use migration_api::api::ObjectOptionsBranch as Branch;
    match &options.qom_type {
        Branch::MemoryBackendRam(ram) => {
            Some((Backing::Anonymous { shared: ram.share.unwrap_or(false) }, ram.size))
        }
        Branch::MemoryBackendMemfd(memfd) => {
            let shared = memfd.share.unwrap_or(true);
            let huge = memfd.hugetlb.unwrap_or(false).then(|| memfd.hugetlbsize.unwrap_or(0));
            Some((Backing::Memfd { shared, huge }, memfd.size))
        }
        Branch::MemoryBackendFile(file) => {
            let backing = Backing::File {
                path: (&file.mem_path).into(),
                shared: file.share.unwrap_or(false),
            };
            Some((backing, file.size))
        }
        _ => None,
    }
}
