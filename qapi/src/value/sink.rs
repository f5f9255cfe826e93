//! The sink of a writer that makes values instead of text.

use super::{Dict, Value};

/// Collects what a writer writes as a [`Value`].
#[derive(Debug, Default)]
pub(crate) struct ValueSink {
    open: Vec<Unfinished>,
    done: Value,
}

/// A container that is being written.
#[derive(Debug)]
enum Unfinished {
    List(Vec<Value>),
    Dict { members: Dict, key: String },
}

impl ValueSink {
    /// Begins an object.
    pub fn begin_dict(&mut self) {
        self.open.push(Unfinished::Dict { members: Dict::new(), key: String::new() });
    }

    /// Begins a list.
    pub fn begin_list(&mut self) {
        self.open.push(Unfinished::List(Vec::new()));
    }

    /// Sets the name of the member that comes next.
    pub fn key(&mut self, name: &str) {
        if let Some(Unfinished::Dict { key, .. }) = self.open.last_mut() {
            name.clone_into(key);
        }
    }

    /// Adds a value to the container that is open, or makes it the whole value.
    pub fn put(&mut self, value: Value) {
        match self.open.last_mut() {
            None => self.done = value,
            Some(Unfinished::List(list)) => list.push(value),
            Some(Unfinished::Dict { members, key }) => members.push(key, value),
        }
    }

    /// Ends the container that is open.
    pub fn end(&mut self) {
        match self.open.pop() {
            None => {}
            Some(Unfinished::List(list)) => self.put(Value::List(list)),
            Some(Unfinished::Dict { members, .. }) => self.put(Value::Dict(members)),
        }
    }

    /// The whole value.
    pub fn finish(self) -> Value {
        self.done
    }
}
