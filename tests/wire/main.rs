//! Generated code and the JSON reader compared with recorded cases: the same verdicts, errors and
//! values.

mod commands;
mod deep;
mod events;
mod stream;
mod values;
