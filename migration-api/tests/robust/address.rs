//! Properties of addresses: no text causes a panic, and what an address holds stands in its text.

use migration_api::transport::Address;

/// Checks them for a uri.
pub fn check(bytes: &[u8]) {
    let Ok(uri) = str::from_utf8(bytes) else { return };
    match uri.parse::<Address>() {
        Err(error) => assert!(!error.to_string().is_empty()),
        Ok(address) => {
            let (protocol, rest) = uri.split_once(':').expect("a protocol");
            assert_eq!(uri.parse::<Address>().as_ref(), Ok(&address), "the same each time");
            assert_eq!(address.is_multi_channel(), matches!(protocol, "tcp" | "unix" | "vsock"));
            match &address {
                Address::Inet(inet) | Address::Rdma(inet) => {
                    let plain = format!("{}:{}", inet.host, inet.port);
                    let bracketed = format!("[{}]:{}", inet.host, inet.port);
                    assert!(rest.starts_with(&plain) || rest.starts_with(&bracketed), "{uri}");
                    assert!(!inet.port.is_empty());
                }
                Address::Unix(unix) => assert_eq!(unix.path, rest),
                Address::Fd(name) => assert_eq!(name, rest),
                Address::Exec(words) => assert_eq!(words.last().map(|word| &word[..]), Some(rest)),
                Address::File { path, offset } => {
                    assert!(rest.starts_with(path));
                    assert!(*offset == 0 || rest.contains(",offset="));
                }
                Address::Vsock { cid, port } => assert_eq!(rest, format!("{cid}:{port}")),
            }
        }
    }
}
