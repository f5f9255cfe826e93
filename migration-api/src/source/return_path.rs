//! Reads the return path, and sends requested pages on the preempt channel.

use std::sync::Arc;
use std::thread::JoinHandle;

use super::error::SourceError;
use super::ids::{GONE, LOADED};
use super::lifecycle::{Lifecycle, Peer, StageError, Verdict};
use super::postcopy::preempt::Preempt;
use super::run::SourceRun;
use crate::stream::return_path::{Message, ReturnPathReader};
use crate::stream::{Buffer, Name};
use crate::transport::{Channel, reason};
use crate::unwind::catch_panic;

/// Read buffer size. A destination may request many pages or send a long bitmap.
const CAPACITY: usize = 64 << 10;

/// Starts the thread that reads the return path until its last message. Accepts bitmaps of up to
/// `bitmap_max` bytes.
pub(super) fn listen(
    channel: Arc<Channel>,
    run: Arc<SourceRun>,
    bitmap_max: u64,
) -> Result<JoinHandle<()>, SourceError> {
    run.change(Lifecycle::open_return_path)?;
    let thread = std::thread::Builder::new().name("mig/src/rp-thr".into());
    let opened = run.clone();
    let started = thread.spawn(move || {
        let mut listener = RequestServer { channel, run, preempt: None, block: None };
        let verdict = catch_panic(|| listener.handle_messages(bitmap_max))
            .unwrap_or_else(|| Verdict::Lost(GONE.into()));
        let run = listener.run;
        if let Err(misplaced) = run.end_return_path(verdict) {
            run.fail(misplaced.to_string());
        }
    });
    started.map_err(|error| match opened.end_return_path(Verdict::Lost(reason(&error))) {
        Ok(()) => SourceError::Thread(error),
        Err(misplaced) => misplaced.into(),
    })
}

/// Ignores a message that arrives once the run is over.
fn unless_over(taken: Result<(), StageError>) -> Result<(), String> {
    match taken {
        Ok(()) | Err(StageError::Over) => Ok(()),
        Err(misplaced) => Err(misplaced.to_string()),
    }
}

struct RequestServer {
    channel: Arc<Channel>,
    run: Arc<SourceRun>,
    /// The preempt channel.
    preempt: Option<Preempt>,
    /// The block of the last request.
    block: Option<usize>,
}

impl RequestServer {
    /// Handles messages until the last one.
    fn handle_messages(&mut self, bitmap_max: u64) -> Verdict {
        self.messages(bitmap_max).unwrap_or_else(Verdict::Lost)
    }

    fn messages(&mut self, bitmap_max: u64) -> Result<Verdict, String> {
        let mut reader = ReturnPathReader::new(bitmap_max);
        let mut buffer = Buffer::new(CAPACITY);
        let mut stopped = false;
        loop {
            let step = reader.step(buffer.filled()).map_err(|error| error.to_string())?;
            match step.message {
                Some(Message::Shut(0)) => return Ok(Verdict::Success),
                Some(Message::Shut(value)) => {
                    return Ok(Verdict::Refused(format!("Sibling indicated error {value}")));
                }
                Some(Message::SwitchoverAck) => self.peer(Peer::Acknowledged)?,
                Some(Message::Pong(value)) => {
                    self.peer(Peer::Answered)?;
                    if value == LOADED {
                        unless_over(self.run.change(Lifecycle::devices_loaded))?;
                    }
                }
                Some(Message::ReqPages { block, start, length }) => {
                    self.serve(block.as_ref(), start, length)?;
                }
                Some(Message::RecvBitmap { block, bitmap }) => {
                    let pages = self.run.look().awaits_bitmap();
                    let pages = pages.map_err(|error| error.to_string())?;
                    pages.received(&block, &bitmap)?;
                    unless_over(self.run.change(Lifecycle::bitmap_came))?;
                }
                Some(Message::ResumeAck) => {
                    unless_over(self.run.change(Lifecycle::resume_acknowledged))?;
                }
                None => {
                    buffer.consume(step.used);
                    // The next request comes after the page of this one.
                    let awaited = self.channel.await_data();
                    let filled = match awaited.and_then(|()| buffer.fill(&mut &*self.channel)) {
                        // Messages that arrived before the connection was stopped still count: the
                        // guest may already run at the destination.
                        Err(_) if !std::mem::replace(&mut stopped, true) => {
                            buffer.fill(&mut self.channel.arrived())
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

    fn peer(&self, message: Peer) -> Result<(), String> {
        unless_over(self.run.change(|lifecycle| lifecycle.peer(message)))
    }

    /// Sends a requested page before all others; on the preempt channel, from this thread, if it
    /// exists.
    fn serve(&mut self, block: Option<&Name>, start: u64, length: u32) -> Result<(), String> {
        let run = &self.run;
        run.stats.postcopy_requests.add(1);
        let pages = match run.look().pages() {
            Err(StageError::Over) => return Ok(()),
            pages => pages.map_err(|error| error.to_string())?,
        };
        let wanted = pages.wanted(block, &mut self.block, start, length)?;
        if self.preempt.is_none() {
            self.preempt = run.look().take_preempt();
        }
        if let Some(preempt) = &mut self.preempt {
            unless_over(run.look().begin_urgent())?;
            let sent = preempt.send(&pages, wanted, &run.stats);
            match run.look().end_urgent() {
                Ok(true) => run.wake(),
                // A needless wake-up of the migration thread delays the requested page.
                Ok(false) | Err(StageError::Over) => {}
                Err(misplaced) => return Err(misplaced.to_string()),
            }
            if sent.map_err(|error| error.to_string())? {
                return Ok(());
            }
            // The page is on its way on the main channel, perhaps in a host page that is sent
            // without hurry.
        }
        let wanted = pages.first_asked(wanted);
        unless_over(run.change(|lifecycle| lifecycle.request(wanted)))
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
        for (said, verdict) in [
            (vec![Message::Pong(1), Message::Shut(0)], Verdict::Success),
            (vec![], Verdict::Lost(GONE.into())),
        ] {
            let run = Arc::new(SourceRun::new(&Parameters::default()).unwrap());
            let (ours, mut theirs) = UnixStream::pair().unwrap();
            let channel = Arc::new(Channel::descriptor(ours.into(), &run.stop).unwrap());
            let mut bytes = Vec::new();
            said.iter().for_each(|message| message.write(&mut bytes));
            theirs.write_all(&bytes).unwrap();
            run.abort();
            let mut listener = RequestServer { channel, run, preempt: None, block: None };
            assert_eq!(listener.handle_messages(0), verdict);
        }
    }
}
