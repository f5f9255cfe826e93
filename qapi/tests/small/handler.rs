//! The commands of the small schema, without a memory: equal requests have equal replies.

use qapi::{Context, QmpError, Value};

use crate::small::commands::Walk;
use crate::small::server::SmallCommands;
use crate::small::{All, Numbers, events, schema};

/// Runs the commands.
#[derive(Debug, Clone, Copy, Default)]
pub struct Handler;

impl SmallCommands for Handler {
    fn set(&self, _: &Context<'_>, arguments: All) -> Result<All, QmpError> {
        Ok(arguments)
    }

    fn walk(&self, cx: &Context<'_>, arguments: Walk) -> Result<(), QmpError> {
        cx.emit(&events::Changed::new(arguments.node));
        Ok(())
    }

    fn peek(&self, _: &Context<'_>) -> Result<Numbers, QmpError> {
        Ok(Numbers { int: Some(1), number: Some(0.5), ..Numbers::default() })
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.monitor().quit();
        Ok(())
    }

    #[allow(deprecated, reason = "deprecated is what it is for")]
    fn retire(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        cx.emit(&events::Retired);
        Ok(())
    }

    fn query_qmp_schema(&self, cx: &Context<'_>) -> Result<Vec<Value>, QmpError> {
        qapi::introspect::reply(schema::PIECES, cx.monitor().policy()).map_err(QmpError::from)
    }
}
