//! Visiting a schema's entities module by module, in the order in which QEMU does.

use crate::schema::{
    AlternateType, ArrayType, Builtin, Command, Entity, EnumType, Event, Module, ObjectType,
    Schema, Type,
};

/// Visits each entity of a schema. A method does nothing unless overridden.
#[allow(unused_variables)]
pub trait Visitor {
    /// Before the entities of a module.
    fn visit_module(&mut self, module: &Module) {}

    /// An `include` of `module`.
    fn visit_include(&mut self, module: &Module) {}

    /// A built-in scalar or `any`.
    fn visit_builtin_type(&mut self, ty: Builtin) {}

    /// An enum.
    fn visit_enum_type(&mut self, ty: &EnumType) {}

    /// A list.
    fn visit_array_type(&mut self, ty: &ArrayType) {}

    /// A struct, a union, or an implicit object type.
    fn visit_object_type(&mut self, ty: &ObjectType) {}

    /// An alternate.
    fn visit_alternate_type(&mut self, ty: &AlternateType) {}

    /// A command.
    fn visit_command(&mut self, command: &Command) {}

    /// An event.
    fn visit_event(&mut self, event: &Event) {}
}

impl Schema {
    /// Shows every entity to `visitor`.
    pub fn visit(&self, visitor: &mut impl Visitor) {
        for module in self.modules() {
            visitor.visit_module(module);
            for entity in &module.entities {
                match *entity {
                    Entity::Include(id) => visitor.visit_include(self.module(id)),
                    Entity::Command(id) => visitor.visit_command(self.command(id)),
                    Entity::Event(id) => visitor.visit_event(self.event(id)),
                    Entity::Type(id) => match self.ty(id) {
                        Type::Builtin(ty) => visitor.visit_builtin_type(*ty),
                        Type::Enum(ty) => visitor.visit_enum_type(ty),
                        Type::Array(ty) => visitor.visit_array_type(ty),
                        Type::Object(ty) => visitor.visit_object_type(ty),
                        Type::Alternate(ty) => visitor.visit_alternate_type(ty),
                    },
                }
            }
        }
    }
}
