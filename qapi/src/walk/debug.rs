//! `Debug` of structs and unions, by way of the writer: `Disk { size: 512, label: "root" }`,
//! without absent members. rustc takes longer for derived impls. Members show as they are sent: the
//! `Debug` of their own types, which an external type may use to hide a secret, is not used.

use std::fmt::{Debug, Formatter, Result};

use super::traits::Object;
use crate::value::Value;

/// Formats an object for programmers.
///
/// # Errors
/// Those of the formatter.
pub fn debug<T: Object>(object: &T, f: &mut Formatter<'_>) -> Result {
    let path = std::any::type_name::<T>();
    let mut output = f.debug_struct(path.rsplit_once("::").map_or(path, |(_, name)| name));
    if let Value::Dict(members) = super::to_value(object) {
        for (name, value) in members.iter() {
            output.field(name, &WithoutVariants(value));
        }
    }
    output.finish()
}

/// A value without the names of [`Value`]'s variants.
struct WithoutVariants<'v>(&'v Value);

impl Debug for WithoutVariants<'_> {
    fn fmt(&self, f: &mut Formatter<'_>) -> Result {
        match self.0 {
            Value::Null => f.write_str("null"),
            Value::Bool(value) => value.fmt(f),
            Value::Int(number) => number.fmt(f),
            Value::Uint(number) => number.fmt(f),
            Value::Number(number) => number.fmt(f),
            Value::String(string) => string.fmt(f),
            Value::List(list) => f.debug_list().entries(list.iter().map(WithoutVariants)).finish(),
            Value::Dict(dict) => {
                let members = dict.iter().map(|(name, value)| (name, WithoutVariants(value)));
                f.debug_map().entries(members).finish()
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::walk::{ReadError, Reader, Shape, Writer, members};

    struct Disk {
        size: u64,
        label: Option<String>,
        inner: Vec<Disk>,
    }

    impl Object for Disk {
        fn shape() -> Shape {
            Shape::new("Disk", const { &members(["size", "*the-label", "inner"]) })
        }

        fn read(r: &mut Reader<'_>) -> std::result::Result<Self, ReadError> {
            Ok(Disk { size: r.required()?, label: r.optional()?, inner: r.required()? })
        }

        fn write(&self, w: &mut Writer<'_>) {
            w.required(&self.size);
            w.optional(&self.label);
            w.required(&self.inner);
        }
    }

    struct Shown(Disk);

    impl Debug for Shown {
        fn fmt(&self, f: &mut Formatter<'_>) -> Result {
            debug(&self.0, f)
        }
    }

    #[test]
    fn members_have_the_names_of_the_schema() {
        let inner = Disk { size: 1, label: None, inner: vec![] };
        let disk = Disk { size: 512, label: Some("a\"b".into()), inner: vec![inner] };
        assert_eq!(
            format!("{:?}", Shown(disk)),
            r#"Disk { size: 512, the-label: "a\"b", inner: [{"size": 1, "inner": []}] }"#
        );
    }

    #[test]
    fn the_long_form_has_a_line_for_each_member() {
        let disk = Disk { size: 512, label: None, inner: vec![] };
        assert_eq!(format!("{:#?}", Shown(disk)), "Disk {\n    size: 512,\n    inner: [],\n}");
    }
}
