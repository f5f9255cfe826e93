//! Events while a line is edited.

use std::sync::Arc;
use std::thread;

use qapi::RawEvent;
use qapi::client::Client;
use rustyline::ExternalPrinter;

use super::printer::Printer;

/// Prints each event as it comes, and the end of the connection.
pub fn start(
    client: &Client,
    mut terminal: impl ExternalPrinter + Send + 'static,
    printer: Arc<Printer>,
) {
    let events = client.events::<RawEvent>();
    thread::spawn(move || {
        for event in events {
            let text = match event {
                Ok(event) => printer.event(&event),
                Err(error) => printer.failure(&error.to_string()),
            };
            // The terminal is gone only if the session ends.
            if terminal.print(text).is_err() {
                return;
            }
        }
        let _ = terminal.print(printer.failure("the server has closed the connection; Enter ends"));
    });
}
