//! Forwards a connection, and damages it at a chosen byte.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;

/// The point of the damage: the bytes just received from the source, and an index into them.
pub struct Hit<'a> {
    /// The bytes to forward. The hook may change them.
    pub bytes: &'a mut Vec<u8>,
    /// Index of the first byte to damage.
    pub place: usize,
    /// The source's connection.
    pub source: &'a TcpStream,
}

/// Forwards one connection to `target`. Calls `harm` once `at` bytes of the source have passed. If
/// it breaks off, no more bytes pass: the target sees the end, and the source sees it when the
/// target has closed. Returns the address to connect to.
pub fn relay(
    target: SocketAddr,
    at: u64,
    harm: impl FnOnce(Hit<'_>) -> ControlFlow<()> + Send + 'static,
) -> SocketAddr {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let (source, _) = listener.accept().unwrap();
        let target = TcpStream::connect(target).unwrap();
        let (mut back, mut answers) = (source.try_clone().unwrap(), target.try_clone().unwrap());
        std::thread::spawn(move || drop(std::io::copy(&mut answers, &mut back)));
        let whole = carry(&source, &target, at, harm).is_continue();
        // Ignore the errors: either side may have closed already.
        let _ = target.shutdown(Shutdown::Write);
        if whole {
            let _ = source.shutdown(Shutdown::Both);
        }
    });
    address
}

fn carry(
    mut source: &TcpStream,
    mut target: &TcpStream,
    at: u64,
    harm: impl FnOnce(Hit<'_>) -> ControlFlow<()>,
) -> ControlFlow<()> {
    let mut harm = Some(harm);
    let (mut buffer, mut position) = ([0; 4096], 0);
    while let Ok(read @ 1..) = source.read(&mut buffer) {
        let mut bytes = buffer[..read].to_vec();
        let place = usize::try_from(at - position.min(at)).unwrap();
        let mut next = ControlFlow::Continue(());
        if let Some(harm) = harm.take_if(|_| place < read) {
            next = harm(Hit { bytes: &mut bytes, place, source });
        }
        position += read as u64;
        if target.write_all(&bytes).is_err() {
            break;
        }
        next?;
    }
    ControlFlow::Continue(())
}
