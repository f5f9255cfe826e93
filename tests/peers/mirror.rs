//! A server generated from the peer's schema that has every command answered by the peer: what comes
//! out of it has been read and written by the generated types.

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use qapi::client::{Client, ClientError, Options};
use qapi::qmp::Flavour;
use qapi::server::Server;
use qapi::{Dict, QmpError, Value};
use qapi_tests::stub::{Call, Stub};
use qapi_tests::wire::tables;

use crate::processes::options;

/// The mirror and a client of it.
pub struct Mirror {
    client: Option<Client>,
    /// What the peer has said last.
    told: Arc<Mutex<Option<Result<Value, QmpError>>>>,
    serving: Option<JoinHandle<()>>,
}

impl Mirror {
    /// A mirror of the peer that `peer` asks.
    pub fn new(
        schema: &str,
        flavour: Flavour,
        peer: impl FnMut(&str, &Dict) -> Result<Value, ClientError> + Send + 'static,
    ) -> Mirror {
        let told = Arc::new(Mutex::new(None));
        let (last, peer) = (told.clone(), Mutex::new(peer));
        let stub = Stub::new(move |call| {
            let outcome = ask(&mut *peer.lock().unwrap(), call);
            *last.lock().unwrap() = Some(outcome.clone());
            outcome.map(|reply| reply.to_string())
        });
        let server = Server::builder((tables(schema).commands)(), stub).flavour(flavour).build();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let serving = std::thread::spawn(move || server.serve_socket(theirs));
        let agent = flavour == Flavour::Agent;
        let client = Client::from_socket(ours, Options { agent, ..options() }).unwrap();
        Mirror { client: Some(client), told, serving: Some(serving) }
    }

    /// Runs a command without arguments; the peer's reply is to come through whole, its error as it is.
    /// Whether it was a reply.
    pub fn check(&mut self, command: &str) -> bool {
        let client = self.client.as_mut().unwrap();
        let seen = match client.execute_raw(command, &Dict::new()) {
            Ok(reply) => Ok(reply),
            Err(ClientError::Qmp(error)) => Err(error),
            Err(error) => panic!("{command}: {error}"),
        };
        let told = self.told.lock().unwrap().take();
        let told = told.unwrap_or_else(|| panic!("{command} has not reached the peer: {seen:?}"));
        match (&seen, &told) {
            (Ok(seen), Ok(told)) => assert_eq!(parsed(seen), parsed(told), "{command}"),
            _ => assert_eq!(seen, told, "{command}"),
        }
        seen.is_ok()
    }
}

impl Drop for Mirror {
    fn drop(&mut self) {
        self.client = None;
        if let Some(serving) = self.serving.take() {
            let _ = serving.join();
        }
    }
}

fn ask(
    peer: &mut impl FnMut(&str, &Dict) -> Result<Value, ClientError>,
    call: &Call<'_>,
) -> Result<Value, QmpError> {
    let arguments = qapi::from_text(&call.arguments, &qapi::Rules::STRICT).unwrap();
    match peer(call.command, &arguments) {
        Ok(reply) => Ok(reply),
        Err(ClientError::Qmp(error)) => Err(error),
        Err(error) => panic!("{}: {error}", call.command),
    }
}

/// A value in which the order of members makes no difference.
fn parsed(value: &Value) -> serde_json::Value {
    serde_json::from_str(&value.to_string()).unwrap()
}
