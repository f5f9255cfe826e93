//! Transitions from the switch to postcopy on.

use std::collections::VecDeque;
use std::sync::Arc;

use super::link::{Devices, PostcopyLink, PreemptUse, Recovery};
use super::{Common, Lifecycle, Made, Stage, StageError, Verdict};
use crate::core::runs::Attempt;
use crate::source::postcopy::pages::{MissingPages, PageRange};
use crate::source::postcopy::preempt::Preempt;
use crate::transport::Stop;

impl Lifecycle {
    fn link(&self) -> Option<&PostcopyLink> {
        match &self.stage {
            Stage::Leaving(_, link)
            | Stage::Postcopy(_, link)
            | Stage::Finishing(_, link)
            | Stage::Recovering(_, link, _) => Some(link),
            _ => None,
        }
    }

    fn link_mut(&mut self, signal: &'static str) -> Result<&mut PostcopyLink, StageError> {
        let misplaced = self.misplaced(signal);
        match &mut self.stage {
            Stage::Leaving(_, link)
            | Stage::Postcopy(_, link)
            | Stage::Finishing(_, link)
            | Stage::Recovering(_, link, _) => Ok(link),
            _ => Err(misplaced),
        }
    }

    /// The package is sent from now on, which blocks cancellation.
    pub(in crate::source) fn leave(&mut self, link: PostcopyLink) -> Result<(), StageError> {
        self.change("switch to postcopy", |stage| match stage {
            Stage::Switchover(common) => (Stage::Leaving(common, link), Some(())),
            other => (other, None),
        })
    }

    /// The package is sent. The guest belongs to the destination.
    pub(in crate::source) fn left(&mut self) -> Result<(), StageError> {
        self.change("end of the package", |stage| match stage {
            Stage::Leaving(common, link) => (Stage::Postcopy(common, link), Some(())),
            other => (other, None),
        })
    }

    /// The destination has loaded the guest's devices.
    pub(in crate::source) fn devices_loaded(&mut self) -> Result<(), StageError> {
        self.link_mut("answer to the package").map(|link| link.devices = Devices::Loaded)
    }

    /// Returns true if the destination has loaded the guest's devices.
    pub(in crate::source) fn are_devices_loaded(&self) -> bool {
        self.link().is_some_and(|link| link.devices == Devices::Loaded)
    }

    /// Returns true if the destination reports that it cannot load the guest, which never ran there
    /// then; `None` while it may still do so.
    pub(in crate::source) fn refusal(&self) -> Option<bool> {
        match self.link() {
            Some(PostcopyLink { devices: Devices::Sent, .. }) => {
                self.verdict().map(|verdict| matches!(verdict, Verdict::Refused(_)))
            }
            _ => Some(false),
        }
    }

    /// Returns the pages that are missing at the destination.
    pub(in crate::source) fn pages(&self) -> Result<Arc<MissingPages>, StageError> {
        self.link().map(|link| link.pages.clone()).ok_or(self.misplaced("page request"))
    }

    /// The destination requests pages; `wanted` are those that it has not requested before.
    pub(in crate::source) fn request(
        &mut self,
        wanted: impl IntoIterator<Item = PageRange>,
    ) -> Result<(), StageError> {
        let link = self.link_mut("page request")?;
        link.requests.get_or_insert_default().extend(wanted);
        Ok(())
    }

    /// Returns true if the destination waits for a page.
    pub(in crate::source) fn is_page_requested(&self) -> bool {
        self.link().is_some_and(|link| link.requests.is_some())
    }

    /// Takes the requests.
    pub(in crate::source) fn take_requests(&mut self) -> Result<VecDeque<PageRange>, StageError> {
        match &mut self.stage {
            Stage::Postcopy(_, link) => Ok(link.requests.take().unwrap_or_default()),
            _ => Err(self.misplaced("look for requests")),
        }
    }

    /// Hands the preempt channel to the return path thread, if it is open.
    pub(in crate::source) fn take_preempt(&mut self) -> Option<Preempt> {
        let preempt = &mut self.link_mut("request").ok()?.preempt;
        match std::mem::replace(preempt, PreemptUse::Idle) {
            PreemptUse::Open(open) => Some(open),
            other => {
                *preempt = other;
                None
            }
        }
    }

    /// A page is sent on the preempt channel.
    pub(in crate::source) fn begin_urgent(&mut self) -> Result<(), StageError> {
        self.use_preempt("urgent page", PreemptUse::Idle, PreemptUse::Busy)
    }

    /// A page has been sent on the preempt channel. Returns true if the migration thread waits for
    /// that.
    pub(in crate::source) fn end_urgent(&mut self) -> Result<bool, StageError> {
        self.use_preempt("end of an urgent page", PreemptUse::Busy, PreemptUse::Idle)?;
        Ok(matches!(self.stage, Stage::Finishing(..)))
    }

    fn use_preempt(
        &mut self,
        signal: &'static str,
        from: PreemptUse,
        to: PreemptUse,
    ) -> Result<(), StageError> {
        let misplaced = self.misplaced(signal);
        let preempt = &mut self.link_mut(signal)?.preempt;
        if std::mem::discriminant(preempt) != std::mem::discriminant(&from) {
            return Err(misplaced);
        }
        *preempt = to;
        Ok(())
    }

    /// No page is left to send.
    pub(in crate::source) fn finish(&mut self) -> Result<(), StageError> {
        self.change("end of the pages", |stage| match stage {
            Stage::Postcopy(common, link) => (Stage::Finishing(common, link), Some(())),
            other => (other, None),
        })
    }

    /// Returns true while a page is sent on the preempt channel.
    pub(in crate::source) fn is_urgent(&self) -> bool {
        self.link().is_some_and(|link| matches!(link.preempt, PreemptUse::Busy))
    }

    /// The connection is lost and closed. Returns the first error on it.
    pub(in crate::source) fn pause(&mut self) -> Result<Option<String>, StageError> {
        self.change("pause", |stage| match stage {
            Stage::Postcopy(common, _)
            | Stage::Finishing(common, _)
            | Stage::Recovering(common, ..) => {
                let Common { thread, error, .. } = common;
                (Stage::Paused { thread, next: None }, Some(error))
            }
            other => (other, None),
        })
    }

    /// A client gives a connection to resume with. Returns the switch of an earlier one that is
    /// still being made.
    pub(in crate::source) fn resume(
        &mut self,
        attempt: Attempt,
    ) -> Result<Option<Arc<Stop>>, StageError> {
        match &mut self.stage {
            Stage::Paused { next, .. } => {
                *next = Some(attempt);
                Ok(None)
            }
            Stage::Reconnecting { stop, next, .. } => {
                *next = Some(attempt);
                Ok(Some(stop.clone()))
            }
            _ => Err(self.misplaced("connection to resume with")),
        }
    }

    /// Takes the connection to resume with, if a client has given one.
    pub(in crate::source) fn reconnect(&mut self) -> Result<Option<Attempt>, StageError> {
        self.change("attempt to resume", |stage| match stage {
            Stage::Paused { thread, next: Some(attempt) } => {
                let stop = attempt.stop.clone();
                (Stage::Reconnecting { thread, stop, next: None }, Some(Some(attempt)))
            }
            paused @ Stage::Paused { .. } => (paused, Some(None)),
            other => (other, None),
        })
    }

    /// The connection to resume with could not be made.
    pub(in crate::source) fn not_connected(&mut self) -> Result<Made, StageError> {
        self.change("failed connection", |stage| match stage {
            Stage::Reconnecting { thread, next, .. } => {
                let made = if next.is_some() { Made::Replaced } else { Made::Current };
                (Stage::Paused { thread, next }, Some(made))
            }
            other => (other, None),
        })
    }

    /// The connection to resume with is made. The bitmaps of `blocks` blocks are requested over it.
    pub(in crate::source) fn connected(
        &mut self,
        pages: Arc<MissingPages>,
        blocks: usize,
    ) -> Result<Made, StageError> {
        self.change("connection", |stage| match stage {
            Stage::Reconnecting { thread, stop, next: None } => {
                let recovery = Recovery::Bitmaps(blocks);
                let link = PostcopyLink::again(stop, pages);
                (Stage::Recovering(Common::new(thread), link, recovery), Some(Made::Current))
            }
            Stage::Reconnecting { thread, next, .. } => {
                (Stage::Paused { thread, next }, Some(Made::Replaced))
            }
            other => (other, None),
        })
    }

    /// A requested bitmap of received pages has been taken over.
    pub(in crate::source) fn bitmap_came(&mut self) -> Result<(), StageError> {
        match &mut self.stage {
            Stage::Recovering(_, _, Recovery::Bitmaps(awaited @ 1..)) => {
                *awaited -= 1;
                Ok(())
            }
            _ => Err(self.misplaced("bitmap of received pages")),
        }
    }

    /// Returns the pages that a bitmap is about, if one is awaited.
    pub(in crate::source) fn awaits_bitmap(&self) -> Result<Arc<MissingPages>, StageError> {
        match &self.stage {
            Stage::Recovering(_, link, Recovery::Bitmaps(1..)) => Ok(link.pages.clone()),
            _ => Err(self.misplaced("bitmap of received pages")),
        }
    }

    /// Returns true once all bitmaps have come.
    pub(in crate::source) fn have_bitmaps_come(&self) -> bool {
        matches!(self.stage, Stage::Recovering(_, _, Recovery::Bitmaps(0)))
    }

    /// The destination is to resume.
    pub(in crate::source) fn ask_to_resume(
        &mut self,
        preempt: Option<Preempt>,
    ) -> Result<(), StageError> {
        match &mut self.stage {
            Stage::Recovering(_, link, recovery @ Recovery::Bitmaps(0)) => {
                link.preempt = PreemptUse::new(preempt);
                *recovery = Recovery::Resuming;
                Ok(())
            }
            _ => Err(self.misplaced("request to resume")),
        }
    }

    /// The destination acknowledges that it resumes.
    pub(in crate::source) fn resume_acknowledged(&mut self) -> Result<(), StageError> {
        match &mut self.stage {
            Stage::Recovering(_, _, recovery @ Recovery::Resuming) => {
                *recovery = Recovery::Resumed;
                Ok(())
            }
            _ => Err(self.misplaced("acknowledgement of a resume")),
        }
    }

    /// Returns true once the destination has acknowledged that it resumes.
    pub(in crate::source) fn is_resume_acknowledged(&self) -> bool {
        matches!(self.stage, Stage::Recovering(_, _, Recovery::Resumed))
    }

    /// Sends pages again, now that the destination resumes.
    pub(in crate::source) fn recovered(&mut self) -> Result<(), StageError> {
        self.change("end of the recovery", |stage| match stage {
            Stage::Recovering(common, link, Recovery::Resumed) => {
                (Stage::Postcopy(common, link), Some(()))
            }
            other => (other, None),
        })
    }
}
