//! Listens to what the destination says on its return path.

use std::sync::Arc;

use super::SourceRun;
use crate::stream::Buffer;
use crate::stream::return_path::{Message, ReturnPathReader};
use crate::transport::Channel;

/// More than any message that comes before postcopy has.
const CAPACITY: usize = 4096;

/// What the client is told when the destination is gone without a word.
const GONE: &str = "Channel error: Input/output error";

/// Starts the thread that listens until the destination has said its last word.
pub(super) fn listen(channel: Arc<Channel>, run: Arc<SourceRun>) -> std::io::Result<()> {
    let thread = std::thread::Builder::new().name("mig/src/rp-thr".into());
    thread.spawn(move || {
        let verdict = hear(&channel, &run);
        let error = verdict.clone().err();
        run.signal(|signals| signals.verdict = Some(verdict));
        if let Some(error) = error {
            run.fail(error);
        }
    })?;
    Ok(())
}

/// Obeys messages until the last one: `Ok` if the destination is fine.
fn hear(channel: &Channel, run: &SourceRun) -> Result<(), String> {
    let mut reader = ReturnPathReader::new(0);
    let mut buffer = Buffer::new(CAPACITY);
    loop {
        let step = reader.step(buffer.filled()).map_err(|error| error.to_string())?;
        match step.message {
            Some(Message::Shut(0)) => return Ok(()),
            Some(Message::Shut(value)) => return Err(format!("Sibling indicated error {value}")),
            Some(Message::SwitchoverAck) => run.signal(|signals| signals.acknowledged = true),
            Some(_) => {}
            None => {
                buffer.consume(step.used);
                if buffer.fill(&mut &*channel).unwrap_or(0) == 0 {
                    return Err(GONE.into());
                }
                continue;
            }
        }
        buffer.consume(step.used);
    }
}
