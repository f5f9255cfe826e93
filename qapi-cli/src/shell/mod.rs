//! A QMP session as text: lines become commands, replies become text.
//!
//! ```text
//! line --scan--> pieces --Session--> Step::Execute(Command) --(client)--> reply --readable--> text
//!                           Model: the types, for resolve, check and complete
//! ```
//!
//! A line is a command with its arguments, in the syntax of Python's `qmp-shell`:
//!
//! | text | meaning |
//! |---|---|
//! | `query-status` | a command |
//! | `stop force=true` | an argument; the schema decides about its type |
//! | `blockdev-add file.driver=file` | a member of an argument; of an array, its number |
//! | `name="a b"`, `name='a b'` | a string with spaces |
//! | `file={'driver': "file"}` | JSON, also with single quotes, `None`, `True` and `False` |
//! | `blockdev-add {"driver": "file"}` | all arguments at once |
//! | `{"execute": "stop"}` | a whole message |
//! | `transaction(` ... `)` | actions, one a line or all on one |
//! | `# text` | a comment |
//! | `.help stop` | a command of the shell itself |
//!
//! ```
//! use qapi::{Rules, Value};
//! use qapi_cli::shell::{Model, Session, Step, complete};
//!
//! let reply = "[{'name': 'stop', 'meta-type': 'command', 'arg-type': '0', 'ret-type': '0'},
//!     {'name': '0', 'meta-type': 'object', 'members': [{'name': 'mode', 'type': '1'}]},
//!     {'name': '1', 'meta-type': 'enum', 'values': ['hard', 'soft']}]";
//! let model = Model::from_reply(&qapi::from_text::<Value>(reply, &Rules::STRICT)?);
//!
//! let mut session = Session::new(&model);
//! let Ok(Step::Execute(command)) = session.feed("stop mode=hard") else { panic!() };
//! assert_eq!(command.to_string(), r#"{"execute": "stop", "arguments": {"mode": "hard"}}"#);
//!
//! let refused = session.feed("stop mode=sofd").unwrap_err();
//! assert_eq!(refused.to_string(), "stop: mode: unknown value 'sofd'; did you mean 'soft'?");
//!
//! let completion = complete(&session, "stop mode=s", 11);
//! assert_eq!(completion.candidates[0].text, "soft ");
//! # Ok::<(), qapi::DecodeError>(())
//! ```

mod arguments;
mod builtins;
mod check;
mod complete;
mod describe;
mod hmp;
mod literal;
mod model;
mod render;
mod resolve;
mod scan;
mod session;
mod syntax_error;
mod term;
mod types;

pub use check::{Fault, FaultKind};
pub use complete::{Candidate, Completion, complete};
pub use hmp::HumanMonitor;
pub use model::Model;
pub use render::readable;
pub use session::{Command, Refusal, Session, Step};
pub use syntax_error::SyntaxError;
