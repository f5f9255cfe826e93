//! Requests: their ids, and their replies until a ticket takes them.

use std::borrow::Cow;
use std::collections::BTreeMap;
use std::task::Waker;

use crate::client::error::ClientError;
use crate::json::OwnedDocument;

/// The requests without a reply, and the replies that are not taken yet.
#[derive(Debug)]
pub(in crate::client) struct Requests {
    next_id: u64,
    open: BTreeMap<u64, PendingRequest>,
}

#[derive(Debug)]
struct PendingRequest {
    name: Cow<'static, str>,
    /// The position of its end in the output.
    end: u64,
    /// A ticket still waits for the reply.
    wanted: bool,
    outcome: Option<Result<OwnedDocument, ClientError>>,
    waker: Option<Waker>,
}

impl Requests {
    /// No requests; `next_id` is the id of the first.
    pub fn new(next_id: u64) -> Requests {
        Requests { next_id, open: BTreeMap::new() }
    }

    /// The id of the request that is added next.
    pub fn next_id(&self) -> u64 {
        self.next_id
    }

    /// Adds a request whose text ends at this position of the output.
    pub fn add(&mut self, name: Cow<'static, str>, end: u64) -> u64 {
        let id = self.next_id;
        self.next_id += 1;
        let request = PendingRequest { name, end, wanted: true, outcome: None, waker: None };
        self.open.insert(id, request);
        id
    }

    /// Returns true if the request has no reply yet.
    pub fn is_waiting(&self, id: u64) -> bool {
        self.open.get(&id).is_some_and(|request| request.outcome.is_none())
    }

    /// The oldest request without a reply.
    pub fn oldest_waiting(&self) -> Option<u64> {
        self.open.iter().find(|(_, request)| request.outcome.is_none()).map(|(id, _)| *id)
    }

    /// The position of the request's end in the output, unless its outcome is known.
    pub fn end(&self, id: u64) -> Option<u64> {
        self.open.get(&id).filter(|request| request.outcome.is_none()).map(|request| request.end)
    }

    /// Ends a request. The outcome is kept if a ticket waits for it.
    pub fn settle(&mut self, id: u64, outcome: Result<OwnedDocument, ClientError>) {
        let Some(request) = self.open.get_mut(&id) else { return };
        if !request.wanted {
            self.open.remove(&id);
            return;
        }
        request.outcome = Some(outcome);
        if let Some(waker) = request.waker.take() {
            waker.wake();
        }
    }

    /// Ends the waiting requests that `chosen` chooses by id and end, with the error for each
    /// command.
    pub fn fail(&mut self, chosen: impl Fn(u64, u64) -> bool, error: impl Fn(&str) -> ClientError) {
        let waiting = self.open.iter().filter(|(_, request)| request.outcome.is_none());
        let failed: Vec<(u64, ClientError)> = waiting
            .filter(|(id, request)| chosen(**id, request.end))
            .map(|(id, request)| (*id, error(&request.name)))
            .collect();
        for (id, error) in failed {
            self.settle(id, Err(error));
        }
    }

    /// Takes the outcome of a request; registers the waker if it is not known yet.
    pub fn take(
        &mut self,
        id: u64,
        waker: Option<&Waker>,
    ) -> Option<Result<OwnedDocument, ClientError>> {
        let request = self.open.get_mut(&id)?;
        if request.outcome.is_none() {
            request.waker = waker.cloned();
            return None;
        }
        self.open.remove(&id).and_then(|request| request.outcome)
    }

    /// Drops the reply of a request, now or when it comes.
    pub fn abandon(&mut self, id: u64) {
        let Some(request) = self.open.get_mut(&id) else { return };
        if request.outcome.is_some() {
            self.open.remove(&id);
        } else {
            request.wanted = false;
            request.waker = None;
        }
    }

    /// The number of requests and replies that are kept.
    #[cfg(test)]
    pub fn len(&self) -> usize {
        self.open.len()
    }
}
