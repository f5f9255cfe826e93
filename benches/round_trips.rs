//! `query-status` over a unix socket: our server, real QEMU and a bare echo, one client at a time.
//!
//! `cargo bench -p qapi-benches --bench round_trips`. Each server is a process of its own. A bare
//! client either waits for each reply or keeps a number of requests under way; our client does the
//! same, starting commands one by one or queueing them. All take turns, and the best turn counts.
//! Without `qemu-system-x86_64` its lines are left out.

use std::fs;
use std::io::{self, BufRead as _, BufReader, Read as _, Write as _};
use std::net::Shutdown;
use std::os::unix::net::{UnixListener, UnixStream};
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use qapi::client::{Address, Client, Options, Ticket};
use qapi::server::{Listener, Server};
use qapi::{Commands, Context, QmpError};
use qapi_benches::ratio;

mod api {
    qapi::include_qapi!("../schema/qapi-schema.json", select = ["query-status"]);
}

const REQUEST: &[u8] = b"{\"execute\": \"query-status\"}\r\n";
/// The number of pending requests in the pipelined measurement.
const WINDOW: usize = 64;
const TURNS: usize = 15;
const TURN: Duration = Duration::from_millis(200);

type Result<T> = std::result::Result<T, Box<dyn std::error::Error>>;

fn main() -> Result<()> {
    let arguments: Vec<String> = std::env::args().collect();
    match &arguments[..] {
        [_, what, path] if what == "serve" => serve(path),
        [_, what, path] if what == "echo" => echo(path),
        _ => {
            let folder =
                std::env::temp_dir().join(format!("qapi-round-trips-{}", std::process::id()));
            fs::create_dir(&folder)?;
            let result = measure(&folder);
            fs::remove_dir_all(&folder)?;
            result
        }
    }
}

fn measure(folder: &Path) -> Result<()> {
    let ourselves = std::env::current_exe()?;
    let mut peers = Vec::new();
    for what in ["serve", "echo"] {
        let path = folder.join(what);
        let mut command = Command::new(&ourselves);
        command.arg(what).arg(&path);
        peers.push(Peer::start(what, command, path)?);
    }
    let path = folder.join("qemu");
    let mut command = Command::new("qemu-system-x86_64");
    command.args(["-machine", "none", "-display", "none", "-nodefaults", "-S", "-qmp"]);
    command.arg(format!("unix:{},server=on,wait=off", path.display()));
    match Peer::start("qemu", command, path) {
        Ok(qemu) => peers.push(qemu),
        Err(error) => println!("no qemu-system-x86_64: {error}"),
    }
    for (window, way) in [(1, "waiting for each reply"), (WINDOW, "pipelined")] {
        let mut best = vec![0f64; peers.len()];
        for _ in 0..TURNS {
            for (peer, best) in peers.iter_mut().zip(&mut best) {
                *best = best.max(peer.rate(window)?);
            }
        }
        println!("{way}, round trips per second:");
        for (peer, rate) in peers.iter().zip(&best) {
            println!("  {:<6} {rate:>8.0}", peer.name);
        }
        for (peer, rate) in peers.iter().zip(&best).skip(1) {
            ratio(&format!("round trips, {way}"), &format!("{}, rate", peer.name), best[0] / rate);
        }
    }
    println!("our client, round trips per second:");
    for peer in peers.iter().filter(|peer| peer.name != "echo") {
        // Servers have room for one client.
        peer.requests.shutdown(Shutdown::Both)?;
        let client =
            Client::connect(Address::unix(&peer.path), Options::within(Duration::from_secs(10)))?;
        let mut best = [0f64; 3];
        for _ in 0..TURNS {
            for (best, way) in best.iter_mut().zip([Way::Wait, Way::Start, Way::Queue]) {
                *best = best.max(client_rate(&client, way)?);
            }
        }
        let [wait, start, queue] = best;
        println!(
            "  {:<6} {wait:>8.0} waiting   {start:>8.0} started   {queue:>8.0} queued ({:.2} of started)",
            peer.name,
            queue / start
        );
    }
    Ok(())
}

/// The client's way of sending commands.
#[derive(Clone, Copy)]
enum Way {
    /// The next one after the reply.
    Wait,
    /// `WINDOW` under way, each sent by itself.
    Start,
    /// `WINDOW` under way, sent together.
    Queue,
}

/// Round trips per second of our client in one turn.
fn client_rate(client: &Client, way: Way) -> Result<f64> {
    let command = api::commands::QueryStatus;
    let start = Instant::now();
    let mut count = 0;
    while start.elapsed() < TURN {
        let window = match way {
            Way::Wait => 1,
            Way::Start | Way::Queue => WINDOW,
        };
        let tickets: std::result::Result<Vec<Ticket<_>>, _> = (0..window)
            .map(|_| match way {
                Way::Queue => client.queue(&command),
                Way::Wait | Way::Start => client.start(&command),
            })
            .collect();
        for ticket in tickets? {
            client.finish(ticket)?;
        }
        count += window;
    }
    Ok(count as f64 / start.elapsed().as_secs_f64())
}

/// A server process and a connection to it.
struct Peer {
    name: &'static str,
    path: PathBuf,
    process: Child,
    requests: UnixStream,
    replies: BufReader<UnixStream>,
}

impl Peer {
    fn start(name: &'static str, mut command: Command, path: PathBuf) -> Result<Peer> {
        let mut process = command.stdin(Stdio::null()).spawn()?;
        let deadline = Instant::now() + Duration::from_secs(10);
        let requests = loop {
            match UnixStream::connect(&path) {
                Ok(socket) => break socket,
                Err(error) if Instant::now() > deadline || process.try_wait()?.is_some() => {
                    process.kill()?;
                    process.wait()?;
                    return Err(error.into());
                }
                Err(_) => std::thread::sleep(Duration::from_millis(10)),
            }
        };
        let replies = BufReader::new(requests.try_clone()?);
        let mut peer = Peer { name, path, process, requests, replies };
        if name != "echo" {
            peer.reply()?;
        }
        peer.requests.write_all(b"{\"execute\": \"qmp_capabilities\"}\r\n")?;
        peer.reply()?;
        Ok(peer)
    }

    fn reply(&mut self) -> io::Result<()> {
        loop {
            let bytes = self.replies.fill_buf()?;
            if bytes.is_empty() {
                return Err(io::ErrorKind::UnexpectedEof.into());
            }
            let end = bytes.iter().position(|byte| *byte == b'\n');
            let used = end.map_or(bytes.len(), |end| end + 1);
            self.replies.consume(used);
            if end.is_some() {
                return Ok(());
            }
        }
    }

    /// Measures round trips per second in one turn, with `window` pending requests.
    fn rate(&mut self, window: usize) -> io::Result<f64> {
        let half = window.div_ceil(2);
        self.requests.write_all(&REQUEST.repeat(window - half))?;
        let batch = REQUEST.repeat(half);
        let start = Instant::now();
        let mut count = 0;
        while start.elapsed() < TURN {
            self.requests.write_all(&batch)?;
            for _ in 0..half {
                self.reply()?;
            }
            count += half;
        }
        let rate = count as f64 / start.elapsed().as_secs_f64();
        for _ in half..window {
            self.reply()?;
        }
        Ok(rate)
    }
}

impl Drop for Peer {
    fn drop(&mut self) {
        // It may have exited already.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

struct Machine;

impl api::server::RunStateCommands for Machine {
    fn query_status(&self, _: &Context<'_>) -> std::result::Result<api::StatusInfo, QmpError> {
        Ok(api::StatusInfo::new(false, api::RunState::Prelaunch))
    }
}

fn serve(path: &str) -> Result<()> {
    let tables = api::server::commands::<Machine>();
    let commands = tables.into_iter().fold(Commands::new(), Commands::with);
    Server::builder(commands, Machine).build().serve(&Listener::unix(path)?)?;
    Ok(())
}

/// Echoes its input.
fn echo(path: &str) -> Result<()> {
    let (mut socket, _) = UnixListener::bind(path)?.accept()?;
    let mut bytes = [0; 64 << 10];
    loop {
        match socket.read(&mut bytes)? {
            0 => return Ok(()),
            length => socket.write_all(&bytes[..length])?,
        }
    }
}
