//! Parses messages in QEMU's JSON dialect, and decodes them with the generated client.

use qapi::{Dict, Rules, Value};
use qapi_tests::conversations::CLIENT;

/// A message.
pub enum Message {
    /// A request with its arguments.
    Request { command: String, arguments: Value },
    /// A reply of success.
    Result(Value),
    /// A reply of failure, with QEMU's text.
    Error(String),
    /// An event with its data.
    Event { name: String, data: Value },
}

impl Message {
    /// Parses a message.
    ///
    /// # Errors
    /// If the text is not JSON, or not a message.
    pub fn parse(text: &str) -> Result<Message, String> {
        let value: Value =
            qapi::from_text(text, &Rules::STRICT).map_err(|error| error.to_string())?;
        Message::of(&value).ok_or_else(|| format!("no message: {text}"))
    }

    fn of(value: &Value) -> Option<Message> {
        let member = |name: &str| value.get(name).cloned();
        let text = |name: &str| Some(value.get(name)?.as_str()?.to_owned());
        let empty = || Value::from(Dict::new());
        if let Some(command) = text("execute").or(text("exec-oob")) {
            let arguments = member("arguments").unwrap_or_else(empty);
            return Some(Message::Request { command, arguments });
        }
        if let Some(name) = text("event") {
            return Some(Message::Event { name, data: member("data").unwrap_or_else(empty) });
        }
        if let Some(error) = value.get("error") {
            return Some(Message::Error(error.get("desc")?.as_str()?.to_owned()));
        }
        member("return").map(Message::Result)
    }

    /// Decodes the message; a result as that of `command`.
    ///
    /// # Errors
    /// If the schema does not know the command or the event, or the decoder refuses.
    pub fn decode(&self, command: Option<&str>) -> Result<(), String> {
        let find = |name: &str| CLIENT.command(name).ok_or(format!("unknown command {name}"));
        let decoded = match self {
            Message::Request { command, arguments } => {
                (find(command)?.arguments)(&qapi::to_text(arguments))
            }
            Message::Event { name, data } => {
                let decode = CLIENT.event(name).ok_or(format!("unknown event {name}"))?;
                decode(&qapi::to_text(data))
            }
            Message::Result(value) => {
                let command = command.ok_or("a result without its request")?;
                (find(command)?.result)(&qapi::to_text(value))
            }
            Message::Error(_) => Ok(()),
        };
        decoded.map_err(|error| error.to_string())
    }
}
