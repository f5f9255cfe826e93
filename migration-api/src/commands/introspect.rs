//! `introspect.json`: the schema itself.

use qapi::{Context, QmpError};

use super::qmp_error;
use crate::api::{SchemaInfo, schema, server};
use crate::engine::Engine;

impl server::IntrospectCommands for Engine {
    fn query_qmp_schema(&self, cx: &Context<'_>) -> Result<Vec<SchemaInfo>, QmpError> {
        qapi::introspect::reply(schema::PIECES, cx.monitor().policy()).map_err(qmp_error)
    }
}
