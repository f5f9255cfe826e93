//! A destination controlled by a test: it stores pages, requests pages, and closes connections on
//! demand.

use std::io::Write;
use std::net::{Shutdown, TcpListener, TcpStream};
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use super::*;
use crate::guest::{GlobalState, Layout};
use crate::stream::ram::{Block, BlockTable, Record, RecordReader, Rules};
use crate::stream::return_path::Message;
use crate::stream::{BodyLength, Buffer, Command, Event, MIN_INPUT, Name, Options, Reader};

pub(super) const PAGES: usize = SIZE as usize / 4096;

pub(super) struct Peer {
    listener: TcpListener,
    reader: Reader,
    placed: Arc<Mutex<Placed>>,
    preempt: bool,
    /// The destination cannot load the devices.
    pub(super) refuses: bool,
    /// The device state from the package.
    pub(super) devices: Vec<String>,
}

/// Data that has arrived.
pub(super) struct Placed {
    pub(super) memory: Vec<u8>,
    pub(super) received: Vec<bool>,
    /// The guest would run.
    pub(super) live: bool,
    /// Pages in the order of their arrival since.
    pub(super) arrivals: Vec<usize>,
}

/// The end of a connection.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum End {
    Complete,
    Cut,
}

impl Placed {
    fn place(&mut self, offset: u64, data: &[u8]) {
        let page = offset as usize / 4096;
        if self.live {
            assert!(!self.received[page], "page {page} came twice");
            self.arrivals.push(page);
        }
        self.received[page] = true;
        self.memory[page * 4096..][..4096].copy_from_slice(data);
    }

    fn record(&mut self, record: &Record<'_>) {
        match record {
            Record::Page { offset, data, .. } => self.place(*offset, data),
            Record::Zero { offset, .. } => self.place(*offset, &[0; 4096]),
            _ => {}
        }
    }
}

fn blocks() -> BlockTable {
    BlockTable::new(vec![Block::fixed("ram".try_into().unwrap(), SIZE, 4096)])
}

fn rules() -> Rules {
    Rules { postcopy_ram: true, ..Rules::default() }
}

fn say(stream: &mut TcpStream, message: &Message) {
    let mut bytes = Vec::new();
    message.write(&mut bytes);
    // Ignore the error: a source that has closed learns it from the connection.
    let _ = stream.write_all(&bytes);
}

impl Peer {
    /// Makes a destination for the guest of `source`.
    pub(super) fn new(source: &Host, preempt: bool) -> Self {
        let machine = source.machine.clone();
        let admit = Box::new(move |header: &crate::stream::SectionHeader| {
            let layout = match &*header.name {
                GlobalState::NAME => Some(GlobalState::LAYOUT),
                name => machine.layout(name, header.instance),
            };
            Ok(match layout {
                Some(Layout::Fixed { length, .. }) => BodyLength::Known(length as u64),
                _ => BodyLength::Unknown,
            })
        });
        let options = Options { rules: rules(), blocks: blocks(), admit, ..Options::default() };
        let placed = Placed {
            memory: vec![0xaa; SIZE as usize],
            received: vec![false; PAGES],
            live: false,
            arrivals: Vec::new(),
        };
        Self {
            listener: TcpListener::bind("127.0.0.1:0").unwrap(),
            reader: Reader::new(options),
            placed: Arc::new(Mutex::new(placed)),
            preempt,
            refuses: false,
            devices: Vec::new(),
        }
    }

    pub(super) fn address(&self) -> Address {
        let port = self.listener.local_addr().unwrap().port().to_string();
        Address::Inet(InetAddress { host: "127.0.0.1".into(), port, ..Default::default() })
    }

    pub(super) fn placed(&self) -> std::sync::MutexGuard<'_, Placed> {
        self.placed.lock().unwrap()
    }

    fn accept(&self) -> TcpStream {
        let (stream, _) = self.listener.accept().unwrap();
        stream.set_read_timeout(Some(PATIENCE)).unwrap();
        stream
    }

    /// Accepts the main channel, on which the source sends first. Closes a preempt channel left
    /// from a broken attempt.
    fn accept_main(&self) -> TcpStream {
        loop {
            let stream = self.accept();
            if stream.peek(&mut [0]).is_ok_and(|bytes| bytes > 0) {
                return stream;
            }
        }
    }

    /// Serves one connection, until all pages have arrived or, after the guest could run, `cut`
    /// bytes. Tells `source` to switch after the first pages. `want` returns the requests to send
    /// after each event.
    pub(super) fn serve(
        &mut self,
        source: &Engine,
        cut: Option<u64>,
        mut want: impl FnMut(&Placed) -> Vec<usize>,
    ) -> End {
        let mut stream = self.accept_main();
        let mut urgent = None;
        let mut buffer = Buffer::new(2 * MIN_INPUT);
        let (mut named, mut begin) = (false, 0);
        let mut resumed = !self.placed().live;
        let mut in_package = false;
        let end = loop {
            let step = self.reader.step(buffer.filled()).unwrap();
            let used = step.used;
            let Some(event) = step.event else {
                buffer.consume(used);
                if buffer.fill(&mut stream).unwrap_or(0) == 0 {
                    break End::Cut;
                }
                continue;
            };
            match event {
                // The engine may have ended meanwhile.
                Event::Part { .. } => drop(source.switch_to_postcopy()),
                Event::Record(record) => self.placed.lock().unwrap().record(&record),
                // Answered once the devices are loaded.
                Event::Command(Command::Ping(_)) if in_package => {}
                Event::Command(Command::Ping(value)) => say(&mut stream, &Message::Pong(value)),
                Event::Command(Command::PostcopyRamDiscard { ranges, .. }) => {
                    let mut placed = self.placed.lock().unwrap();
                    for range in ranges {
                        let pages = range.start as usize / 4096
                            ..(range.start + range.length) as usize / 4096;
                        placed.received[pages].fill(false);
                    }
                }
                Event::Package { .. } => {
                    self.devices.clear();
                    in_package = true;
                }
                Event::Command(Command::PostcopyListen) => assert!(self.devices.is_empty()),
                Event::Command(Command::PostcopyRun) => assert!(!self.devices.is_empty()),
                Event::Device(device) => self.devices.push(device.header.name.to_string()),
                Event::PackageEnd => {
                    in_package = false;
                    if self.refuses {
                        say(&mut stream, &Message::Shut(1));
                        break End::Cut;
                    }
                    say(&mut stream, &Message::Pong(3));
                    self.placed.lock().unwrap().live = true;
                    urgent = self.preempt.then(|| self.urgent());
                    begin = self.reader.position();
                }
                Event::Command(Command::RecvBitmap(block)) => {
                    let bitmap = bitmap(&self.placed.lock().unwrap().received);
                    say(&mut stream, &Message::RecvBitmap { block, bitmap });
                }
                Event::Command(Command::PostcopyResume) => {
                    urgent = self.preempt.then(|| self.urgent());
                    say(&mut stream, &Message::ResumeAck);
                    resumed = true;
                }
                Event::Eof => {
                    // A requested page may still be on its way on the preempt channel.
                    let patience = Instant::now() + PATIENCE;
                    while !self.placed().received.iter().all(|&received| received) {
                        assert!(self.preempt && Instant::now() < patience, "a page never came");
                        std::thread::yield_now();
                    }
                    say(&mut stream, &Message::Shut(0));
                    break End::Complete;
                }
                _ => {}
            }
            buffer.consume(used);
            let placed = self.placed.lock().unwrap();
            if !placed.live {
                continue;
            }
            if cut.is_some_and(|cut| self.reader.position() - begin >= cut) {
                break End::Cut;
            }
            if resumed {
                for page in want(&placed) {
                    let block = (!named).then(|| Name::try_from("ram").unwrap());
                    named = true;
                    say(
                        &mut stream,
                        &Message::ReqPages { block, start: page as u64 * 4096, length: 4096 },
                    );
                }
            }
        };
        if end == End::Cut {
            let _ = stream.shutdown(Shutdown::Both);
        }
        if let Some((stream, thread)) = urgent {
            let _ = stream.shutdown(Shutdown::Both);
            thread.join().unwrap();
        }
        self.reader.reconnect();
        end
    }

    /// Accepts the preempt channel.
    fn urgent(&self) -> (TcpStream, JoinHandle<()>) {
        let mut stream = self.accept();
        let handle = stream.try_clone().unwrap();
        let placed = self.placed.clone();
        let thread = std::thread::spawn(move || {
            let mut reader = RecordReader::new(rules());
            let mut blocks = blocks();
            let mut buffer = Buffer::new(MIN_INPUT);
            loop {
                if let Some((used, record)) = reader.step(&mut blocks, buffer.filled()).unwrap() {
                    placed.lock().unwrap().record(&record);
                    buffer.consume(used);
                } else if buffer.fill(&mut stream).unwrap_or(0) == 0 {
                    return;
                }
            }
        });
        (handle, thread)
    }
}

/// Encodes the received pages as in the message.
fn bitmap(received: &[bool]) -> Vec<u8> {
    let mut bytes =
        vec![0; crate::stream::return_path::bitmap_length(received.len() as u64) as usize];
    for (page, _) in received.iter().enumerate().filter(|(_, received)| **received) {
        bytes[page / 8] |= 1 << (page % 8);
    }
    bytes
}
