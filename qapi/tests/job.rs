//! A job seen to its end by either client, at a server whose every word is written here.

mod schema;

use std::io::{BufRead, BufReader, Write};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use qapi::client::{Client, ClientError, Options};
use schema::commands::Quit;

/// Long enough that only a hang takes as long.
const LONG: Duration = Duration::from_secs(30);

const GREETING: &str =
    r#"{"QMP": {"version": {"qemu": {"major": 1, "minor": 0, "micro": 0}}, "capabilities": []}}"#;

/// Serves one client: each entry is an expected command and the bytes sent for it, where
/// `change STATUS` stands for the event.
fn serve(stream: UnixStream, script: &[(&str, &[&str])]) {
    let mut output = stream.try_clone().unwrap();
    writeln!(output, "{GREETING}").unwrap();
    let lines = BufReader::new(stream).lines();
    let greeting: (&str, &[&str]) = ("qmp_capabilities", &["\"return\": {}"]);
    for ((command, words), line) in std::iter::once(&greeting).chain(script).zip(lines) {
        let request: serde_json::Value = serde_json::from_str(&line.unwrap()).unwrap();
        assert_eq!(request["execute"], *command);
        for word in *words {
            match word.strip_prefix("change ") {
                Some(status) => writeln!(
                    output,
                    "{{\"event\": \"JOB_STATUS_CHANGE\", \"data\": {{\"id\": \"job\", \"status\": \"{status}\"}}}}"
                ),
                None => writeln!(output, "{{{}}}", word.replace("\"return\"", &format!("\"id\": {}, \"return\"", request["id"]))),
            }
            .unwrap();
        }
    }
}

/// The reason of a job's failure, if it has failed.
fn failure(outcome: Result<(), ClientError>) -> Option<String> {
    match outcome {
        Ok(()) => None,
        Err(ClientError::Qmp(error)) => Some(error.desc),
        Err(error) => panic!("{error}"),
    }
}

fn options() -> Options {
    Options::new().timeout(LONG)
}

/// Runs jobs on a connection with one of the clients.
type Run = fn(UnixStream, usize) -> Vec<Option<String>>;

/// Runs as many jobs with the blocking client; why each has failed.
fn run_blocking(stream: UnixStream, jobs: usize) -> Vec<Option<String>> {
    let client = Client::from_socket(stream, options()).unwrap();
    (0..jobs).map(|_| failure(client.run_job("job", &Quit, LONG))).collect()
}

/// The same with the asynchronous one.
#[cfg(feature = "tokio")]
fn run_async(stream: UnixStream, jobs: usize) -> Vec<Option<String>> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    runtime.block_on(async {
        let client = qapi::client::tokio::Client::from_socket(stream, options()).await.unwrap();
        let mut failures = Vec::new();
        for _ in 0..jobs {
            failures.push(failure(client.run_job("job", &Quit, LONG).await));
        }
        failures
    })
}

/// Runs jobs, one for each failure or success that is expected.
fn check(script: &'static [(&str, &[&str])], failures: &[Option<&str>]) {
    let clients: &[Run] = &[
        run_blocking,
        #[cfg(feature = "tokio")]
        run_async,
    ];
    for run in clients {
        let (ours, theirs) = UnixStream::pair().unwrap();
        let serving = std::thread::spawn(move || serve(theirs, script));
        let found = run(ours, failures.len());
        assert_eq!(found.iter().map(Option::as_deref).collect::<Vec<_>>(), failures);
        serving.join().unwrap();
    }
}

const DONE: &str = "\"return\": {}";
const COMPLETED: &str =
    "\"event\": \"BLOCK_JOB_COMPLETED\", \"data\": {\"device\": \"job\", \"error\": \"no disk\"}";

#[test]
fn a_job_is_finalized_and_dismissed() {
    check(
        &[
            (
                "quit",
                &["change created", "change running", DONE, "change waiting", "change pending"],
            ),
            ("job-finalize", &["change concluded", DONE]),
            ("query-jobs", &["\"return\": [{\"id\": \"job\"}]"]),
            ("job-dismiss", &["change null", DONE]),
        ],
        &[None],
    );
}

#[test]
fn the_end_of_an_earlier_job_is_not_that_of_the_next() {
    check(
        &[
            ("quit", &["change created", DONE, "change concluded"]),
            ("query-jobs", &["\"return\": []"]),
            ("job-dismiss", &["change null", DONE]),
            (
                "quit",
                &["change created", "change running", DONE, "change aborting", "change concluded"],
            ),
            ("query-jobs", &["\"return\": [{\"id\": \"job\", \"error\": \"no space\"}]"]),
            ("job-dismiss", &["change null", DONE]),
        ],
        &[None, Some("no space")],
    );
}

#[test]
fn a_job_that_is_gone_when_asked_has_still_failed() {
    check(
        &[
            (
                "quit",
                &[
                    "change created",
                    DONE,
                    "change aborting",
                    COMPLETED,
                    "change concluded",
                    "change null",
                ],
            ),
            ("query-jobs", &["\"return\": []"]),
            ("job-dismiss", &[DONE]),
            (
                "quit",
                &["change created", DONE, "change aborting", "change concluded", "change null"],
            ),
            ("query-jobs", &["\"return\": []"]),
            ("job-dismiss", &[DONE]),
        ],
        &[Some("no disk"), Some("job 'job' has not completed")],
    );
}
