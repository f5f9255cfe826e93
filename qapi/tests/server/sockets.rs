//! Listening sockets, their files, and other transports.

use std::os::unix::fs::PermissionsExt;
use std::path::Path;

use qapi::client::ConnectStep;

use super::*;

#[test]
fn a_full_queue_is_not_waited_for() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("full");
    let listener = std::os::unix::net::UnixListener::bind(&path).unwrap();
    rustix::net::listen(&listener, 0).unwrap();
    let _queued = UnixStream::connect(&path).unwrap();
    let refused = Client::connect(Address::unix(&path), Options::default()).unwrap_err();
    let step = matches!(refused, ClientError::Connect { step: ConnectStep::Connect, .. });
    assert!(step, "{refused:?}");
    assert_eq!(Listener::unix(&path).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
}

#[test]
fn socket_files() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("socket");
    let listener = Listener::unix(&path).unwrap();
    let mode = |path: &Path| std::fs::metadata(path).unwrap().permissions().mode() & 0o777;
    assert_eq!(mode(&path), 0o600);
    assert_eq!(Listener::unix(&path).unwrap_err().kind(), std::io::ErrorKind::AddrInUse);
    drop(listener);
    assert!(!path.exists());

    drop(std::os::unix::net::UnixListener::bind(&path).unwrap());
    assert!(path.exists(), "stale");
    let listener = Listener::unix(&path).unwrap();
    std::fs::remove_file(&path).unwrap();
    std::fs::write(&path, "precious").unwrap();
    assert_eq!(Listener::unix(&path).unwrap_err().kind(), std::io::ErrorKind::AlreadyExists);
    drop(listener);
    assert!(path.exists(), "a file of somebody else stays");
    assert_eq!(std::fs::read_dir(&directory).unwrap().count(), 1);
}

#[test]
fn tcp_and_plain_streams() {
    let fixture = Fixture::one_client();
    let listener = Listener::tcp("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let server = fixture.server.clone();
    let serving = spawn(move || server.serve(&listener));
    let client = Client::connect(Address::tcp(address.to_string()), Options::default()).unwrap();
    assert_eq!(client.execute(&QueryStats).unwrap(), Stats::new(1, 2));
    drop(client);

    #[derive(Clone, Default)]
    struct Output(Arc<Mutex<Vec<u8>>>);

    impl Write for Output {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    let output = Output::default();
    fixture.server.serve_stream(&b"{'execute':'qmp_capabilities'}oops"[..], output.clone());
    let text = String::from_utf8(output.0.lock().unwrap().clone()).unwrap();
    assert!(text.starts_with("{\"QMP\"") && text.ends_with("{\"return\": {}}\r\n"), "{text}");
    fixture.server.shutdown();
    serving.join().unwrap().unwrap();
}

#[test]
fn connecting_waits_for_the_server() {
    let directory = tempfile::tempdir().unwrap();
    let path = directory.path().join("late");
    let options = Options::new().connect(Duration::from_secs(60));
    let connecting = {
        let path = path.clone();
        spawn(move || Client::connect(Address::unix(path), options).map(|_| ()))
    };
    std::thread::sleep(Duration::from_millis(30));
    let fixture = Fixture::one_client();
    let listener = Listener::unix(&path).unwrap();
    let server = fixture.server.clone();
    let serving = spawn(move || server.serve(&listener));
    connecting.join().unwrap().unwrap();
    fixture.server.shutdown();
    serving.join().unwrap().unwrap();
}
