//! `struct` definitions.

use super::keys::Keys;
use super::members::unless_empty;
use super::names::Permit;
use super::{DefinitionChecker, DefinitionKind, Subject};
use crate::ast::DefinitionBody;
use crate::expression::{Object, Text};

const STRUCT: Keys = Keys::new(&["struct", "data"], &["base", "if", "features"]);

impl DefinitionChecker<'_> {
    pub(super) fn struct_(&mut self, object: &Object, name: &Text) -> Option<DefinitionBody> {
        self.check_keys(object, Subject::Definition(DefinitionKind::Struct), &STRUCT);
        let permit = Permit::all(self.rules.member_names.contains(name.text.as_str()));
        let members = self.members(object.get("data")?, "data", permit);
        let base = object
            .get("base")
            .and_then(unless_empty)
            .and_then(|base| self.type_name(base, Subject::Key("base")));
        Some(DefinitionBody::Struct { base, members: members? })
    }
}
