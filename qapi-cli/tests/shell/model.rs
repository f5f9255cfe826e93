//! The server's commands, from a schema of the test.

use qapi::{Rules, Value};
use qapi_cli::shell::Model;
use qapi_codegen::IntrospectOptions;

pub const SCHEMA: &str = "
{ 'enum': 'Colour', 'data': [ 'red', 'green', 'dark-green' ] }
{ 'enum': 'Driver', 'data': [ 'file', 'qcow2', 'null' ] }
{ 'struct': 'Stop', 'data': { '*force': 'bool', '*mode': 'Colour', '*reason': 'str' } }
{ 'command': 'stop', 'data': 'Stop' }
{ 'command': 'stop-all' }
{ 'command': 'query-status', 'returns': 'Status' }
{ 'struct': 'Status', 'data': { 'running': 'bool', 'colours': [ 'Colour' ] } }
{ 'struct': 'FileNode', 'data': { 'filename': 'str', '*aio': 'Colour' } }
{ 'struct': 'FormatNode', 'data': { 'file': 'NodeRef', '*size': 'size' } }
{ 'struct': 'NullNode', 'data': { '*latency': 'number' } }
{ 'alternate': 'NodeRef', 'data': { 'node': 'Node', 'name': 'str' } }
{ 'union': 'Node', 'base': { 'driver': 'Driver', '*node-name': 'str' }, 'discriminator': 'driver',
  'data': { 'file': 'FileNode', 'qcow2': 'FormatNode', 'null': 'NullNode' } }
{ 'command': 'node-add', 'data': 'Node', 'boxed': true }
{ 'struct': 'Key', 'data': { 'code': 'Colour', '*time': 'int' } }
{ 'alternate': 'Level', 'data': { 'number': 'int', 'flag': 'bool', 'none': 'null', 'name': 'Colour' } }
{ 'command': 'send', 'data': { 'keys': [ 'Key' ], '*names': [ 'str' ], '*level': 'Level', '*at': 'number',
  '*extra': 'any' } }
{ 'command': 'device-add', 'data': { 'driver': 'str', '*bus': 'str' }, 'gen': false,
  'features': [ 'unstable' ] }
{ 'struct': 'StopWrapper', 'data': { 'data': 'Stop' } }
{ 'struct': 'KeyWrapper', 'data': { 'data': 'Key' } }
{ 'enum': 'ActionKind', 'data': [ 'stop', 'press' ] }
{ 'union': 'Action', 'base': { 'type': 'ActionKind' }, 'discriminator': 'type',
  'data': { 'stop': 'StopWrapper', 'press': 'KeyWrapper' } }
{ 'command': 'transaction', 'data': { 'actions': [ 'Action' ] } }
{ 'event': 'STOPPED', 'data': { 'why': 'Colour' } }
{ 'event': 'RESUMED' }
";

/// Returns a server's reply to `query-qmp-schema`.
pub fn reply() -> String {
    let checked =
        qapi_parser::parse_text("test.json", SCHEMA.as_bytes().to_vec(), Default::default());
    let schema = checked.unwrap_or_else(|error| panic!("{error}")).schema;
    qapi_codegen::introspect(&schema, &IntrospectOptions::default())
}

/// Returns the commands and types of that reply.
pub fn model() -> Model {
    Model::from_reply(&qapi::from_text::<Value>(&reply(), &Rules::STRICT).expect("JSON"))
}
