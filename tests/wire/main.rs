//! Generated code and the JSON reader against recorded cases: the same verdicts, errors and values.

mod commands;
mod deep;
mod events;
mod stream;
mod values;
