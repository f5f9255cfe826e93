//! Both ends of every transport, and the effects of stopping and dropping them.

use std::os::fd::OwnedFd;
use std::sync::Arc;
use std::time::{Duration, Instant};

use super::*;

#[cfg(feature = "tls")]
mod tls;

struct Named(std::cell::RefCell<Vec<(String, OwnedFd)>>);

impl Named {
    fn none() -> Self {
        Self(Vec::new().into())
    }
}

impl Descriptors for Named {
    fn take(&self, name: &str) -> Option<OwnedFd> {
        let mut named = self.0.borrow_mut();
        let at = named.iter().position(|known| known.0 == name)?;
        Some(named.remove(at).1)
    }
}

fn stop() -> Arc<Stop> {
    Arc::new(Stop::new().unwrap())
}

fn listener(uri: &str, stop: &Arc<Stop>) -> Listener {
    match listen(&uri.parse().unwrap(), &Named::none(), 1, stop).unwrap() {
        Incoming::Listener(listener) => listener,
        Incoming::Channel(channel) => panic!("{channel:?}"),
    }
}

fn open(address: &Address) -> Result<Channel, TransportError> {
    connect(address, &Named::none(), &stop())
}

fn incoming(uri: &str) -> Channel {
    match listen(&uri.parse().unwrap(), &Named::none(), 1, &stop()).unwrap() {
        Incoming::Channel(channel) => channel,
        Incoming::Listener(listener) => panic!("{listener:?}"),
    }
}

fn read_all(channel: &Channel) -> Vec<u8> {
    let (mut all, mut buffer) = (Vec::new(), [0; 1 << 16]);
    loop {
        match channel.read(&mut buffer).unwrap() {
            0 => return all,
            read => all.extend_from_slice(&buffer[..read]),
        }
    }
}

/// Sends more data than the kernel buffers in one direction, and a short answer.
fn talk(source: Channel, target: Channel) {
    let sent: Vec<u8> = (0..8 << 20).map(|n: u32| (n >> 8) as u8).collect();
    let sending = std::thread::spawn({
        let sent = sent.clone();
        move || {
            source.write_all(&sent).unwrap();
            let mut word = [0; 4];
            assert_eq!(source.read(&mut word).unwrap(), 4);
            source.finish().unwrap();
            word
        }
    });
    let (mut received, mut buffer) = (Vec::new(), [0; 1 << 16]);
    while received.len() < sent.len() {
        let read = target.read(&mut buffer).unwrap();
        received.extend_from_slice(&buffer[..read]);
    }
    assert!(received == sent);
    target.write_all(b"word").unwrap();
    assert_eq!(read_all(&target), b"");
    drop(target);
    assert_eq!(&sending.join().unwrap(), b"word");
}

fn inet(listener: &Listener) -> Address {
    let Bound::Inet(bound) = &listener.bound()[0] else { panic!("not tcp") };
    let (host, port) = (bound.ip().to_string(), bound.port().to_string());
    Address::Inet(InetAddress { host, port, numeric: true, ..Default::default() })
}

#[test]
fn tcp_and_unix_carry_bytes_both_ways() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    for uri in
        ["tcp:127.0.0.1:0".to_owned(), "tcp:[::1]:0".into(), format!("unix:{}", path.display())]
    {
        let listener = listener(&uri, &stop());
        let address =
            if uri.starts_with("tcp") { inet(&listener) } else { uri.parse::<Address>().unwrap() };
        let source = open(&address).unwrap();
        assert!(source.is_duplex());
        talk(source, listener.accept().unwrap());
    }
    assert!(!path.exists());
}

#[test]
fn abstract_names_are_tight_or_not() {
    let name = format!("migration-{}", std::process::id());
    for tight in [true, false] {
        let address = Address::Unix(UnixAddress { path: name.clone(), is_abstract: true, tight });
        let other =
            Address::Unix(UnixAddress { path: name.clone(), is_abstract: true, tight: !tight });
        let Incoming::Listener(listener) = listen(&address, &Named::none(), 1, &stop()).unwrap()
        else {
            panic!()
        };
        assert!(open(&other).is_err());
        talk(open(&address).unwrap(), listener.accept().unwrap());
    }
}

#[test]
fn a_range_of_ports_is_tried_in_turn() {
    let first = listener("tcp:127.0.0.1:0", &stop());
    let Address::Inet(taken) = inet(&first) else { panic!() };
    let port: u16 = taken.port.parse().unwrap();
    let busy =
        listen(&Address::Inet(taken.clone()), &Named::none(), 1, &stop()).map(drop).unwrap_err();
    assert_eq!(busy.to_string(), "Failed to find an available port: Address already in use");
    let range = Address::Inet(InetAddress { to: Some(port.saturating_add(50)), ..taken });
    let Incoming::Listener(second) = listen(&range, &Named::none(), 1, &stop()).unwrap() else {
        panic!()
    };
    assert_ne!(second.bound(), first.bound());
}

#[test]
fn failures_are_reported_in_qemus_words() {
    let error = |uri: &str| open(&uri.parse().unwrap()).unwrap_err().to_string();
    assert_eq!(error("tcp:127.0.0.1:1"), "Failed to connect to '127.0.0.1:1': Connection refused");
    assert_eq!(
        error("tcp:127.0.0.1:65537"),
        "Failed to connect to '127.0.0.1:65537': Connection refused"
    );
    assert_eq!(error("tcp::1"), "address resolution failed for :1: Name or service not known");
    assert_eq!(
        error("tcp:127.0.0.1:notaport"),
        "address resolution failed for 127.0.0.1:notaport: Servname not supported for ai_socktype"
    );
    assert_eq!(
        error("unix:/no/such"),
        "Failed to connect to '/no/such': No such file or directory"
    );
    assert_eq!(
        error(&format!("unix:/{}", "x".repeat(200))),
        format!("UNIX socket path '/{}' is too long", "x".repeat(200))
    );
    assert_eq!(error("fd:9999"), "File descriptor named '9999' has not been found");
    assert_eq!(error("fd:nofd"), "File descriptor named 'nofd' has not been found");
    assert_eq!(
        error("file:/no/such/file"),
        "Could not create '/no/such/file': No such file or directory"
    );
    assert_eq!(error("rdma:h:1"), "RDMA ERROR: could not create CM channel");
    let spawn = |arguments: &[&str]| {
        open(&Address::Exec(arguments.iter().map(|&s| s.into()).collect())).unwrap_err()
    };
    assert_eq!(
        spawn(&["/no/such"]).to_string(),
        "Failed to execute child process \u{201c}/no/such\u{201d} (No such file or directory)"
    );
    assert_eq!(spawn(&[]), TransportError::NoProgram);
    let refused = |uri: &str| {
        listen(&uri.parse().unwrap(), &Named::none(), 1, &stop()).map(drop).unwrap_err()
    };
    assert_eq!(
        refused("unix:/no/such/s").to_string(),
        "Failed to bind socket to /no/such/s: No such file or directory"
    );
    assert_eq!(
        refused("file:/no/such").to_string(),
        "Could not open '/no/such': No such file or directory"
    );
}

#[test]
fn files_keep_what_lies_before_the_offset() {
    let file = tempfile::NamedTempFile::new().unwrap();
    std::fs::write(file.path(), b"kept and cut").unwrap();
    let uri = format!("file:{},offset=4", file.path().display());
    let source = open(&uri.parse().unwrap()).unwrap();
    assert!(!source.is_duplex());
    source.write_all(b"stream").unwrap();
    source.finish().unwrap();
    assert_eq!(std::fs::read(file.path()).unwrap(), b"keptstream");
    assert_eq!(read_all(&incoming(&uri)), b"stream");
}

#[test]
fn commands_read_everything_and_say_how_it_went() {
    let file = tempfile::NamedTempFile::new().unwrap();
    let path = file.path().display();
    let source = open(&format!("exec:cat > {path}").parse().unwrap()).unwrap();
    source.write_all(b"stream").unwrap();
    source.finish().unwrap();
    assert_eq!(read_all(&incoming(&format!("exec:cat {path}"))), b"stream");
    let source = open(&"exec:cat > /dev/null; exit 3".parse().unwrap()).unwrap();
    source.write_all(b"stream").unwrap();
    assert_eq!(source.finish().unwrap_err().to_string(), "command ended with exit status: 3");
    let source = open(&"exec:exit 3".parse().unwrap()).unwrap();
    let error = (0..1000).find_map(|_| source.write_all(&[0; 1 << 16]).err()).unwrap();
    assert_eq!(error.to_string(), "Unable to write to command: Broken pipe");
}

#[test]
fn a_command_that_was_read_goes_on_to_its_end() {
    let folder = tempfile::tempdir().unwrap();
    let done = folder.path().join("done");
    let command = format!("exec:echo stream; exec >&-; sleep 0.2; touch {}", done.display());
    assert_eq!(read_all(&incoming(&command)), b"stream\n");
    let end = Instant::now() + Duration::from_secs(60);
    while !done.exists() {
        assert!(Instant::now() < end, "it was cut short");
        std::thread::sleep(Duration::from_millis(10));
    }
}

#[test]
fn an_aborted_connection_releases_a_peer_that_waits_for_room() {
    for read in [0, 1 << 12, 1 << 16, 1 << 18] {
        let stop = stop();
        let listener = listener("tcp:127.0.0.1:0", &stop);
        let source = open(&inet(&listener)).unwrap();
        let target = listener.accept().unwrap();
        let (sender, outcome) = std::sync::mpsc::channel();
        std::thread::spawn(move || {
            let written = (0..1024).try_for_each(|_| source.write_all(&[1; 1 << 16]));
            sender.send(written).unwrap();
        });
        assert!(outcome.recv_timeout(Duration::from_millis(300)).is_err(), "there was room");
        target.read_all(&mut vec![0; read]).unwrap();
        target.abort();
        while target.read(&mut [0; 1 << 16]).is_ok_and(|read| read > 0) {}
        drop(target);
        let written = outcome.recv_timeout(Duration::from_secs(20)).expect("the peer waits on");
        assert!(written.is_err());
    }
}

#[test]
fn both_families_cannot_be_off() {
    let address: Address = "tcp:localhost:0,ipv4=off,ipv6=off".parse().unwrap();
    let error = open(&address).err().unwrap().to_string();
    assert_eq!(error, "Cannot disable IPv4 and IPv6 at same time");
}

#[test]
fn descriptors_are_given_up_once() {
    let (read, write) = rustix::pipe::pipe().unwrap();
    let named = Named(vec![("out".into(), write)].into());
    let source = connect(&Address::Fd("out".into()), &named, &stop()).unwrap();
    source.write_all(b"stream").unwrap();
    drop(source);
    let mut bytes = Vec::new();
    std::io::Read::read_to_end(&mut std::fs::File::from(read), &mut bytes).unwrap();
    assert_eq!(bytes, b"stream");
    assert!(connect(&Address::Fd("out".into()), &named, &stop()).is_err());
}

#[test]
fn everything_that_waits_can_be_stopped() {
    let accepting = stop();
    let listening = listener("tcp:127.0.0.1:0", &accepting);
    let waiting = std::thread::spawn(move || listening.accept().map(drop));
    accepting.stop();
    assert!(waiting.join().unwrap().is_err());

    let target = listener("tcp:127.0.0.1:0", &stop());
    let switch = stop();
    let source = Arc::new(connect(&inet(&target), &Named::none(), &switch).unwrap());
    let silent = target.accept().unwrap();
    let reading = std::thread::spawn({
        let source = source.clone();
        move || source.read(&mut [0])
    });
    let writing = std::thread::spawn(move || while source.write_all(&[0; 1 << 16]).is_ok() {});
    std::thread::sleep(Duration::from_millis(50));
    switch.stop();
    assert!(reading.join().unwrap().is_err());
    writing.join().unwrap();
    // The peer sees EOF.
    while silent.read(&mut [0; 1 << 16]).unwrap() > 0 {}
}

#[test]
fn a_listener_removes_no_other_files() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("disk");
    std::fs::write(&path, "valuable").unwrap();
    let address: Address = format!("unix:{}", path.display()).parse().unwrap();
    let refused = listen(&address, &Named::none(), 1, &stop()).err().unwrap().to_string();
    assert!(refused.ends_with("Address already in use"), "{refused}");
    assert_eq!(std::fs::read_to_string(&path).unwrap(), "valuable");
}

#[test]
fn a_full_unix_listener_can_be_waited_for_and_given_up() {
    let directory = tempfile::tempdir().unwrap();
    let uri = format!("unix:{}", directory.path().join("socket").display());
    let address: Address = uri.parse().unwrap();
    let listener = listener(&uri, &stop());
    let queued = [(); 2].map(|()| open(&address).unwrap());
    let switch = stop();
    let given_up = std::thread::spawn({
        let (address, switch) = (address.clone(), switch.clone());
        move || connect(&address, &Named::none(), &switch).map(drop)
    });
    let patient = std::thread::spawn(move || open(&address).map(drop));
    std::thread::sleep(Duration::from_millis(50));
    switch.stop();
    assert!(given_up.join().unwrap().is_err());
    // The abandoned attempt is gone, so a later accept does not find it. Only the other one is
    // left.
    let tries = || {
        let tasks = std::fs::read_dir("/proc/self/task").unwrap().flatten();
        let names = tasks.filter_map(|task| std::fs::read_to_string(task.path().join("comm")).ok());
        names.filter(|name| name.trim() == "connect").count()
    };
    let end = std::time::Instant::now() + Duration::from_secs(60);
    while tries() > 1 {
        assert!(std::time::Instant::now() < end);
        std::thread::sleep(Duration::from_millis(10));
    }
    for _ in &queued {
        listener.accept().unwrap();
    }
    listener.accept().unwrap();
    patient.join().unwrap().unwrap();
}

#[test]
fn a_reader_that_dies_without_having_read_everything_is_noticed() {
    let listener = listener("tcp:127.0.0.1:0", &stop());
    let source = open(&inet(&listener)).unwrap();
    let target = listener.accept().unwrap();
    source.write_all(&[0; 1000]).unwrap();
    // The socket is closed with unread data.
    let _ = target.read(&mut [0; 10]).unwrap();
    drop(target);
    assert!(source.finish().is_err());

    let source = open(&inet(&listener)).unwrap();
    let target = listener.accept().unwrap();
    source.write_all(&[0; 1000]).unwrap();
    let reading = std::thread::spawn(move || read_all(&target).len());
    source.finish().unwrap();
    assert_eq!(reading.join().unwrap(), 1000);
}

#[test]
fn a_connection_within_the_host_has_a_large_buffer_and_no_pacing() {
    use rustix::net::sockopt;
    let listener = listener("tcp:127.0.0.1:0", &stop());
    let source = open(&inet(&listener)).unwrap();
    let target = listener.accept().unwrap();
    let limit = std::fs::read_to_string("/proc/sys/net/core/wmem_max").unwrap();
    let size = usize::min(1 << 20, limit.trim().parse().unwrap());
    for channel in [&source, &target] {
        // The kernel doubles the size, for its own needs.
        assert_eq!(sockopt::socket_send_buffer_size(channel).unwrap(), 2 * size);
        assert_eq!(sockopt::tcp_congestion(channel).unwrap(), "reno");
    }
}
