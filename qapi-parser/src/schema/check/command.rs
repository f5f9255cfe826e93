//! Commands and events: their arguments and results.

use super::Checker;
use crate::ast::TypeRef;
use crate::expr::DefinitionKind;
use crate::schema::declaration::{Arguments, TypeDeclaration};
use crate::schema::error::SchemaError;
use crate::schema::source_definition::SourceDefinition;
use crate::schema::types::*;

impl<'a> Checker<'a> {
    pub(super) fn command(&mut self, id: CommandId) -> bool {
        let declaration = &self.declarations.commands[id.index()];
        let (source, command) = (declaration.source, declaration.command);
        let errors = self.reporter.errors();
        self.check_feature_clash(&source.ast.features, source);
        let arguments = self.arguments(declaration.arguments, command.flags.boxed, source);
        let returns = command.returns.as_ref().and_then(|returns| self.returns(returns, source));
        let sound = self.reporter.errors() == errors && arguments.is_ok();
        if let Ok(arguments) = arguments {
            self.commands.push(Command {
                definition: self.defined(source),
                arguments,
                returns,
                flags: command.flags,
            });
        }
        sound
    }

    pub(super) fn event(&mut self, id: EventId) -> bool {
        let declaration = &self.declarations.events[id.index()];
        let (source, boxed) = (declaration.source, declaration.boxed);
        let errors = self.reporter.errors();
        self.check_feature_clash(&source.ast.features, source);
        let data = self.arguments(declaration.data, boxed, source);
        let sound = self.reporter.errors() == errors && data.is_ok();
        if let Ok(data) = data {
            self.events.push(Event { definition: self.defined(source), data, boxed });
        }
        sound
    }

    /// Returns the object type of the arguments. If it is unfit, an error has been reported.
    fn arguments(
        &mut self,
        arguments: Arguments<'a>,
        boxed: bool,
        source: SourceDefinition<'a>,
    ) -> Result<Option<TypeId>, ()> {
        let meta = DefinitionKind::of(&source.ast.kind).key();
        let (id, span) = match arguments {
            Arguments::None => return Ok(None),
            Arguments::Implicit(id) => (id, source.ast.name.span),
            Arguments::Named(name) => {
                let id = self.resolve(name, source, || format!("{meta}'s 'data'")).ok_or(())?;
                (id, name.span)
            }
        };
        let Some(object) = self.declarations.object(id) else {
            let described = self.declarations.describe(id);
            self.reporter.error(source, span, SchemaError::ArgumentsType { meta, described });
            return Err(());
        };
        if object.union.is_some() && !boxed {
            let described = self.declarations.describe(id);
            self.reporter.error(source, span, SchemaError::ArgumentsNeedBoxed { meta, described });
            return Err(());
        }
        if !self.object(id) {
            return Err(());
        }
        let conditional =
            |object: &ObjectType| object.members.iter().any(|member| member.cond.is_some());
        if !boxed && self.checked_object(id).is_some_and(conditional) {
            self.reporter.error(source, span, SchemaError::ConditionalArguments { meta });
            return Err(());
        }
        Ok(Some(id))
    }

    fn returns(&mut self, returns: &'a TypeRef, source: SourceDefinition<'a>) -> Option<TypeId> {
        let id = self.resolve_ref(returns, source, |_| "command's 'returns'".to_owned())?;
        if self.rules.command_returns.contains(source.ast.name.text.as_str()) {
            return Some(id);
        }
        let element = match self.declarations.ty(id) {
            // An unknown element has been reported with the array.
            TypeDeclaration::Array { element, .. } => self.declarations.type_named(element)?,
            _ => id,
        };
        if self.declarations.object(element).is_none() {
            let described = self.declarations.describe(id);
            self.reporter.error(source, returns.name.span, SchemaError::ReturnsType { described });
            return None;
        }
        Some(id)
    }
}
