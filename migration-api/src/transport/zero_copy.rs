//! Zero-copy send: the kernel reports later when it has sent the memory.

use std::io;
use std::sync::Arc;

use rustix::event::PollFlags;

use super::channel::Channel;
use super::error::TransportError;
use crate::sys::vectored::Sendable;
use crate::sys::zero_copy;

/// A socket with zero-copy send.
pub(crate) struct ZeroCopy {
    channel: Arc<Channel>,
    /// Number of send calls without a completion message.
    under_way: u32,
    /// True if the kernel had to copy in every call since the last [`settle`](Self::settle); `None`
    /// if there was no call.
    copied: Option<bool>,
}

impl ZeroCopy {
    /// Enables zero-copy send on a channel.
    ///
    /// # Errors
    /// The channel or the kernel does not support it.
    pub(crate) fn new(channel: Arc<Channel>) -> Result<Self, TransportError> {
        if !channel.is_plain() || zero_copy::enable(&*channel).is_err() {
            return Err(TransportError::NoZeroCopy);
        }
        Ok(Self { channel, under_way: 0, copied: None })
    }

    /// Writes all of the pieces. They must stay mapped until the channel is
    /// [settled](Self::settle).
    ///
    /// # Errors
    /// As for clients.
    pub(crate) fn write(&mut self, output: &mut impl Sendable) -> Result<(), TransportError> {
        while !output.is_empty() {
            self.send(output).map_err(|error| match error.raw_os_error() {
                Some(libc::ENOBUFS) => TransportError::LockedMemory,
                _ => self.channel.unwritable(&error),
            })?;
        }
        Ok(())
    }

    fn send<O: Sendable>(&mut self, output: &mut O) -> io::Result<()> {
        let stop = self.channel.stop();
        stop.check()?;
        match output.send(&*self.channel) {
            Ok(_) => {
                self.under_way += u32::from(O::IN_PLACE);
                Ok(())
            }
            Err(error) if error.kind() == io::ErrorKind::Interrupted => Ok(()),
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                // While completion messages are queued, polling returns at once, so take them
                // first.
                while self.reap()? {}
                self.channel.stop().wait_for(&*self.channel, PollFlags::OUT)
            }
            // The limit of locked memory is reached. Completed calls release some.
            Err(error) if error.raw_os_error() == Some(libc::ENOBUFS) && self.under_way > 0 => {
                self.settle_all()
            }
            Err(error) => Err(error),
        }
    }

    /// Waits until the kernel has sent everything. Returns true if it had to copy all data since
    /// the last call.
    ///
    /// # Errors
    /// The connection is closed.
    pub(crate) fn settle(&mut self) -> Result<bool, TransportError> {
        self.settle_all().map_err(|error| self.channel.unwritable(&error))?;
        Ok(self.copied.take().unwrap_or(false))
    }

    fn settle_all(&mut self) -> io::Result<()> {
        let mut woken = false;
        while self.under_way > 0 {
            if self.reap()? {
                woken = false;
            } else if woken {
                // The wake-up was the end of the connection.
                return Err(rustix::io::Errno::PIPE.into());
            } else {
                self.channel.stop().wait_for(&*self.channel, PollFlags::empty())?;
                woken = true;
            }
        }
        Ok(())
    }

    /// Takes a completion message, if there is one.
    fn reap(&mut self) -> io::Result<bool> {
        match zero_copy::take(&*self.channel) {
            Ok(done) => {
                self.under_way = self.under_way.saturating_sub(done.calls);
                self.copied = Some(self.copied.unwrap_or(true) && done.copied);
                Ok(true)
            }
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => Ok(false),
            Err(error) => Err(error),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::net::{TcpListener, TcpStream};

    use vm_memory::{GuestAddress, GuestRegionMmap};

    use super::*;
    use crate::sys::host::HostMemory;
    use crate::sys::vectored::GuestOutput;
    use crate::transport::Stop;

    #[test]
    fn more_than_fits_goes_out_and_is_settled() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let source = TcpStream::connect(listener.local_addr().unwrap()).unwrap();
        let (mut target, _) = listener.accept().unwrap();
        let stop = Arc::new(Stop::new().unwrap());
        let channel = Arc::new(Channel::descriptor(source.into(), &stop).unwrap());
        let mut sender = ZeroCopy::new(channel).unwrap();
        assert!(!sender.settle().unwrap());
        let size = 32 << 20;
        let region: GuestRegionMmap =
            GuestRegionMmap::from_range(GuestAddress(0), size, None).unwrap();
        let reading = std::thread::spawn(move || {
            target.read_exact(&mut vec![0; size]).unwrap();
            target
        });
        let mut output = GuestOutput::new(1);
        output.guest(HostMemory::of(&region).unwrap().range(0, size as u64).unwrap());
        sender.write(&mut output).unwrap();
        drop(reading.join().unwrap());
        sender.settle().unwrap();
        assert_eq!(sender.under_way, 0);
    }
}
