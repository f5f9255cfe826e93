//! `-blockdev`: block nodes, and the files under them.

use std::path::Path;

use migration_api::block::{Image, Nodes};
use qapi::{Dict, Rules, Value};

use crate::keyval::{KeyVal, switch};

/// Drivers whose image is the file below them. Nodes of other drivers have a name and bitmaps, but
/// no image.
const FORMATS: [&str; 2] = ["raw", "qcow2"];

/// Adds the nodes that an option describes.
///
/// # Errors
/// Something that cannot be understood, or an image that cannot be opened.
pub fn add(text: &str, nodes: &mut Nodes) -> Result<(), String> {
    let wrong = |error: String| format!("-blockdev {text}: {error}");
    let options = if text.starts_with('{') {
        qapi::from_text(text, &Rules::STRICT).map_err(|error| wrong(error.to_string()))?
    } else {
        nested(KeyVal::parse("-blockdev", "driver", text)?.rest()).map_err(wrong)?
    };
    if options.get("node-name").is_none() {
        return Err(wrong("'node-name' must be specified for the root node".into()));
    }
    node(&options, nodes, true).map(drop).map_err(wrong)
}

/// Adds a node and those below it. Returns its image, if it has one.
fn node(options: &Dict, nodes: &mut Nodes, parent_writes: bool) -> Result<Option<Image>, String> {
    let string = |name: &str| match options.get(name) {
        None => Ok(None),
        Some(Value::String(text)) => Ok(Some(text.as_str())),
        Some(_) => Err(format!("Invalid parameter type for '{name}', expected: string")),
    };
    let driver = string("driver")?.ok_or("Parameter 'driver' is missing")?;
    let writable = match options.get("read-only") {
        None => parent_writes,
        Some(Value::Bool(only)) => !only,
        Some(_) => return Err("Invalid parameter type for 'read-only', expected: boolean".into()),
    };
    let image = match options.get("file") {
        _ if driver == "file" => {
            let path = string("filename")?.ok_or("Parameter 'filename' is missing")?;
            let image = || Image::open(Path::new(path));
            let opened = if writable { image() } else { std::fs::File::open(path).map(|_| None) };
            opened.map_err(|error| {
                format!("Could not open '{path}': {}", migration_api::transport::reason(&error))
            })?
        }
        Some(Value::String(under)) if FORMATS.contains(&driver) => {
            let found = nodes.get(under).map(|node| node.image.clone());
            found.ok_or_else(|| format!("Cannot find device='' nor node-name='{under}'"))?
        }
        Some(Value::Dict(under)) if FORMATS.contains(&driver) => node(under, nodes, writable)?,
        None if FORMATS.contains(&driver) => {
            return Err("A block device must be specified for \"file\"".into());
        }
        _ => None,
    };
    let image = image.filter(|_| writable);
    if let Some(name) = string("node-name")?
        && !nodes.add(name.to_owned(), image.clone())
    {
        return Err(format!("Duplicate nodes with node-name='{name}'"));
    }
    Ok(image)
}

/// Turns `file.driver=file` into an object within an object.
fn nested(settings: Vec<(String, String)>) -> Result<Dict, String> {
    let mut options = Dict::new();
    let mut inner: Vec<(String, Vec<(String, String)>)> = Vec::new();
    for (key, value) in settings {
        match key.split_once('.') {
            None => {
                let on = switch(&value).filter(|_| key == "read-only");
                let value = on.map_or(Value::String(value), Value::Bool);
                options.insert(key, value);
            }
            Some((outer, rest)) => match inner.iter_mut().find(|known| known.0 == outer) {
                Some((_, known)) => known.push((rest.to_owned(), value)),
                None => inner.push((outer.to_owned(), vec![(rest.to_owned(), value)])),
            },
        }
    }
    for (key, settings) in inner {
        if options.insert(key.clone(), nested(settings)?).is_some() {
            return Err(format!("Parameters '{key}.*' used inconsistently"));
        }
    }
    Ok(options)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nodes_share_the_image_under_them() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("disk");
        std::fs::write(&path, b"").unwrap();
        let path = path.to_str().unwrap();
        let mut nodes = Nodes::default();
        let mut put = |text: &str| add(text, &mut nodes);
        put(&format!("driver=qcow2,node-name=a,file.driver=file,file.filename={path}")).unwrap();
        put(&format!("file,node-name=b,filename={path}")).unwrap();
        put("driver=raw,node-name=c,file=b").unwrap();
        put("driver=null-co,node-name=d,read-zeroes=on,read-only=yes").unwrap();
        put(&format!(r#"{{"driver":"raw","node-name":"e","read-only":true,"file":{{"driver":"file","node-name":"f","filename":"{path}"}}}}"#)).unwrap();
        let error = put("driver=raw,node-name=c,file=b").unwrap_err();
        assert!(error.ends_with("Duplicate nodes with node-name='c'"), "{error}");
        let error = put("driver=file,node-name=x,filename=/nonexistent").unwrap_err();
        assert!(
            error.ends_with("Could not open '/nonexistent': No such file or directory"),
            "{error}"
        );
        assert!(put("driver=raw,node-name=x").unwrap_err().contains("must be specified"));
        assert!(put("driver=raw,node-name=x,file=y").unwrap_err().contains("node-name='y'"));
        assert!(put("driver=raw").unwrap_err().contains("node-name"));
        assert!(put("node-name=x,file=b,file.driver=raw").unwrap_err().contains("inconsistently"));
        let image = |name: &str| nodes.get(name).unwrap().image.clone();
        assert!(image("a").is_some());
        assert_eq!(image("a"), image("b"));
        assert_eq!(image("a"), image("c"));
        assert_eq!([image("d"), image("e"), image("f")], [None, None, None]);
    }
}
