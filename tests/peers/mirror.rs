//! A server generated from the peer's schema that forwards every command to the peer, so that the
//! generated types read and write every reply.

use std::os::unix::net::UnixStream;
use std::sync::{Arc, Mutex};
use std::thread::JoinHandle;

use qapi::client::{Client, ClientError};
use qapi::qmp::ServerKind;
use qapi::server::Server;
use qapi::{Dict, QmpError, Rules, Value};
use qapi_tests::stub::{Call, Stub};
use qapi_tests::wire::tables;

use crate::processes::options;

/// The mirror and a client of it.
pub struct Mirror {
    client: Option<Client>,
    /// The last reply of the peer.
    told: Arc<Mutex<Option<Result<Value, QmpError>>>>,
    /// True if the peer is newer than the schema.
    newer: bool,
    serving: Option<JoinHandle<()>>,
}

impl Mirror {
    /// Creates a mirror that forwards commands to `peer`; `newer` if it is newer than the schema.
    pub fn new(
        schema: &str,
        kind: ServerKind,
        newer: bool,
        peer: impl FnMut(&str, &Dict) -> Result<Value, ClientError> + Send + 'static,
    ) -> Mirror {
        let told = Arc::new(Mutex::new(None));
        let (last, peer) = (told.clone(), Mutex::new(peer));
        let stub = Stub::new(move |call| {
            let outcome = ask(&mut *peer.lock().unwrap(), call);
            *last.lock().unwrap() = Some(outcome.clone());
            outcome.map(|reply| reply.to_string())
        });
        let stub = stub.with_rules(if newer { Rules::LENIENT } else { Rules::STRICT });
        let server = Server::builder((tables(schema).commands)(), stub).kind(kind).build();
        let (ours, theirs) = UnixStream::pair().unwrap();
        let serving = std::thread::spawn(move || server.serve_socket(theirs));
        let agent = kind == ServerKind::Agent;
        let client = Client::from_socket(ours, options().agent(agent)).unwrap();
        Mirror { client: Some(client), told, newer, serving: Some(serving) }
    }

    /// Runs a command without arguments and returns true if the peer replied. The mirror must
    /// return the same reply or error, except that a newer peer's unknown members are left out,
    /// and its unknown values of closed enums are refused.
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
            (Ok(seen), Ok(told)) if self.newer => {
                assert!(is_part(&parsed(seen), &parsed(told)), "{command}: {seen} of {told}");
            }
            (Err(error), Ok(_)) if self.newer => {
                assert!(error.desc.contains("does not accept value"), "{command}: {error}");
            }
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

/// Converts to a value whose members have no order.
fn parsed(value: &Value) -> serde_json::Value {
    serde_json::from_str(&value.to_string()).unwrap()
}

/// Returns true if `part` is `whole` without some members of objects.
fn is_part(part: &serde_json::Value, whole: &serde_json::Value) -> bool {
    use serde_json::Value::{Array, Object};
    match (part, whole) {
        (Object(part), Object(whole)) => part
            .iter()
            .all(|(name, value)| whole.get(name).is_some_and(|whole| is_part(value, whole))),
        (Array(part), Array(whole)) => {
            part.len() == whole.len() && part.iter().zip(whole).all(|(one, of)| is_part(one, of))
        }
        _ => part == whole,
    }
}
