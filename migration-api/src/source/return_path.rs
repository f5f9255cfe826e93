//! Reads the return path, and sends requested pages on the preempt channel.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::SourceRun;
use super::postcopy::{LOADED, Preempt};
use crate::stream::return_path::{Message, ReturnPathReader};
use crate::stream::{Buffer, Name};
use crate::transport::Channel;
use crate::unwind::catch_panic;

/// Read buffer size. A destination may request many pages or send a long bitmap.
const CAPACITY: usize = 64 << 10;

/// The error if the destination closes the connection without a message.
pub(super) const GONE: &str = "Channel error: Input/output error";

/// Starts the thread that reads the return path until its last message. Accepts bitmaps of up to
/// `bitmap_max` bytes.
pub(super) fn listen(
    channel: Arc<Channel>,
    run: Arc<SourceRun>,
    bitmap_max: u64,
) -> std::io::Result<JoinHandle<()>> {
    let thread = std::thread::Builder::new().name("mig/src/rp-thr".into());
    let heard = run.clone();
    let thread = thread.spawn(move || {
        let mut listener = Listener { channel, run, preempt: None, block: None };
        let verdict = catch_panic(|| listener.handle_messages(bitmap_max))
            .unwrap_or_else(|| Err(GONE.into()));
        let error = verdict.clone().err();
        listener.run.signal(|signals| signals.verdict = Some(verdict));
        if let Some(error) = error {
            listener.run.fail(error);
        }
    })?;
    heard.signal(|signals| signals.listens = true);
    Ok(thread)
}

struct Listener {
    channel: Arc<Channel>,
    run: Arc<SourceRun>,
    /// The preempt channel.
    preempt: Option<Preempt>,
    /// The block of the last request.
    block: Option<usize>,
}

impl Listener {
    /// Handles messages until the last one. Returns `Ok` if the destination reports success.
    fn handle_messages(&mut self, bitmap_max: u64) -> Result<(), String> {
        let mut reader = ReturnPathReader::new(bitmap_max);
        let mut buffer = Buffer::new(CAPACITY);
        let mut stopped = false;
        loop {
            let step = reader.step(buffer.filled()).map_err(|error| error.to_string())?;
            match step.message {
                Some(Message::Shut(0)) => return Ok(()),
                Some(Message::Shut(value)) => {
                    self.run.signal(|signals| signals.refused = true);
                    return Err(format!("Sibling indicated error {value}"));
                }
                Some(Message::SwitchoverAck) => {
                    self.run.signal(|signals| signals.acknowledged = true)
                }
                Some(Message::Pong(value)) => self.run.signal(|signals| {
                    signals.ponged = true;
                    signals.loaded |= value == LOADED;
                }),
                Some(Message::ReqPages { block, start, length }) => {
                    self.serve(block.as_ref(), start, length)?;
                }
                Some(Message::RecvBitmap { block, bitmap }) => {
                    let pages = self.run.pages().ok_or("a bitmap of received pages in precopy")?;
                    self.run.bitmap_came(|| pages.received(&block, &bitmap))?;
                }
                Some(Message::ResumeAck) => self.run.resumed(),
                None => {
                    buffer.consume(step.used);
                    let filled = match buffer.fill(&mut &*self.channel) {
                        // Messages that arrived before the connection was stopped still count: the
                        // guest may already run at the destination.
                        Err(_) if !std::mem::replace(&mut stopped, true) => {
                            buffer.fill(&mut self.channel.leftover())
                        }
                        filled => filled,
                    };
                    if filled.unwrap_or(0) == 0 {
                        return Err(GONE.into());
                    }
                    continue;
                }
            }
            buffer.consume(step.used);
        }
    }

    /// Sends a requested page before all others; on the preempt channel, from this thread, if it
    /// exists.
    fn serve(&mut self, block: Option<&Name>, start: u64, length: u32) -> Result<(), String> {
        let run = &self.run;
        run.stats.postcopy_requests.add(1);
        let pages = run.pages().ok_or("a page request in precopy")?;
        let wanted = pages.wanted(block, &mut self.block, start, length)?;
        if self.preempt.is_none() {
            self.preempt = run.take_preempt();
        }
        let Some(preempt) = &mut self.preempt else {
            run.request(pages, wanted);
            return Ok(());
        };
        run.urgent(true);
        let sent = preempt.send(pages, wanted, &run.stats);
        run.urgent(false);
        if !sent.map_err(|error| error.to_string())? {
            // The page is on its way on the main channel, perhaps in a host page that is sent
            // without hurry.
            run.request(pages, wanted);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;
    use std::os::unix::net::UnixStream;

    use super::*;
    use crate::core::runs::OutgoingRun;
    use crate::settings::Parameters;

    #[test]
    fn messages_before_the_end_count() {
        for (said, verdict) in
            [(vec![Message::Pong(1), Message::Shut(0)], Ok(())), (vec![], Err(GONE.into()))]
        {
            let run = Arc::new(SourceRun::new(&Parameters::default()).unwrap());
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            let channel = Arc::new(Channel::descriptor(ours.into(), &run.stop).unwrap());
            let mut bytes = Vec::new();
            said.iter().for_each(|message| message.write(&mut bytes));
            theirs.write_all(&bytes).unwrap();
            run.abort();
            let mut listener = Listener { channel, run, preempt: None, block: None };
            assert_eq!(listener.handle_messages(0), verdict);
        }
    }
}
