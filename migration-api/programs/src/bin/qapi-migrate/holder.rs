//! Detects other clients of a Unix socket.

use std::path::Path;

/// The number of columns before the path in `/proc/net/unix`.
const COLUMNS: usize = 7;
/// The column of the connection's state.
const STATE: usize = 5;
/// The state of a connection that the server has accepted.
const CONNECTED: &str = "03";
/// The state of a connection in the server's backlog.
const PENDING: &str = "02";

/// Returns true if the server at `path` has accepted a connection that is still open, while another
/// one waits. Returns false if the system does not tell. For a caller that gets no greeting the
/// accepted connection is another client's: its own is the one that waits.
pub fn is_held(path: &Path) -> bool {
    let absolute = std::fs::canonicalize(path).unwrap_or_else(|_| path.to_owned());
    let table = std::fs::read("/proc/net/unix").unwrap_or_default();
    let states = states(&String::from_utf8_lossy(&table), &absolute);
    [CONNECTED, PENDING].iter().all(|state| states.iter().any(|found| found == state))
}

/// Returns the states of the sockets at a path in the text of `/proc/net/unix`. The server may have
/// bound a relative path.
fn states(table: &str, path: &Path) -> Vec<String> {
    let row = |line: &str| {
        let mut rest = line.to_owned();
        let mut columns = [const { String::new() }; COLUMNS];
        for column in &mut columns {
            let (first, tail) = rest.trim_start().split_once(' ')?;
            (*column, rest) = (first.to_owned(), tail.to_owned());
        }
        let is_ours = !rest.is_empty() && path.ends_with(&rest);
        is_ours.then(|| std::mem::take(&mut columns[STATE]))
    };
    table.lines().skip(1).filter_map(row).collect()
}

#[cfg(test)]
mod tests {
    use std::os::unix::net::{UnixListener, UnixStream};

    use super::*;

    const TABLE: &str = "\
Num       RefCount Protocol Flags    Type St Inode Path
0000000000000000: 00000002 00000000 00010000 0001 01 73411 /run/a b.sock
0000000000000000: 00000003 00000000 00000000 0001 03 73412 /run/a b.sock
0000000000000000: 00000002 00000000 00000000 0001 02 73413 /run/waits.sock
0000000000000000: 00000003 00000000 00000000 0001 03   414 relative.sock
0000000000000000: 00000003 00000000 00000000 0001 03 73415
";

    #[test]
    fn the_path_is_the_rest_of_a_line() {
        let states = |path| states(TABLE, Path::new(path));
        assert_eq!(states("/run/a b.sock"), ["01", "03"]);
        assert_eq!(states("/run/waits.sock"), ["02"]);
        assert_eq!(states("/run/relative.sock"), ["03"]);
        assert_eq!(states("/run/other.sock"), [""; 0]);
        assert_eq!(super::states("", Path::new("/run/a b.sock")), [""; 0]);
    }

    #[test]
    fn a_socket_is_held_while_one_client_waits_for_another() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("socket");
        let listener = UnixListener::bind(&path).unwrap();
        let _first = UnixStream::connect(&path).unwrap();
        assert!(!is_held(&path));
        let accepted = listener.accept().unwrap();
        assert!(!is_held(&path));
        let _second = UnixStream::connect(&path).unwrap();
        assert!(is_held(&path));
        drop(accepted);
        assert!(!is_held(&path));
    }
}
