//! A connection that passes through here, and comes to harm at a chosen byte.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};
use std::ops::ControlFlow;

/// Where the harm is done: the bytes that have just come from the source, and the place among them.
pub struct Hit<'a> {
    /// What is passed on afterwards.
    pub bytes: &'a mut Vec<u8>,
    /// The first byte that is to come to harm.
    pub place: usize,
    /// The source's connection.
    pub source: &'a TcpStream,
}

/// Carries one connection to `target`. Once `at` bytes of the source's have passed, `harm` is done; if it breaks off, nothing more
/// passes: the target sees the end, the source sees it when the target is gone. Returns where to connect to.
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
        // Both fail where that side is gone already.
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
