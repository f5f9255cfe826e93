//! Stands in for TLS sessions without feature `tls`: refuses credentials, so that none exists.

use std::sync::Arc;

use rustix::event::PollFlags;

use super::super::error::TransportError;
use super::super::stop::Stop;
use super::super::wire::Wire;
use super::{HandshakeState, TlsCredentials, TlsError, Wait};

/// An established session; none without OpenSSL.
pub(in crate::transport) enum Session {}

/// A handshake under way; none without OpenSSL.
pub(in crate::transport) enum Hello {}

impl Hello {
    pub(in crate::transport) fn awaits(&self) -> PollFlags {
        match *self {}
    }

    pub(in crate::transport) fn proceed(
        self,
    ) -> Result<HandshakeState<Session, Hello>, TransportError> {
        match self {}
    }
}

/// Refuses every credential.
pub(super) fn check(_: &TlsCredentials) -> Result<(), TlsError> {
    Err(TlsError::NotBuilt)
}

impl Session {
    pub(in crate::transport) fn handshake(
        _: &TlsCredentials,
        _: Arc<Wire>,
        _: &Stop,
    ) -> Result<Self, TransportError> {
        Err(TlsError::NotBuilt.into())
    }

    pub(in crate::transport) fn hello(
        _: &TlsCredentials,
        _: Arc<Wire>,
    ) -> Result<HandshakeState<Session, Hello>, TransportError> {
        Err(TlsError::NotBuilt.into())
    }

    pub(in crate::transport) fn read(&mut self, _: &mut [u8]) -> Result<usize, Wait> {
        match *self {}
    }

    pub(in crate::transport) fn write(&mut self, _: &[u8]) -> Result<usize, Wait> {
        match *self {}
    }

    pub(in crate::transport) fn goodbye(&mut self) -> Result<usize, Wait> {
        match *self {}
    }
}
