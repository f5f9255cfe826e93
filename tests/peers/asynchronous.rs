//! The asynchronous client with a real QEMU and a real guest agent.

use std::os::fd::AsFd as _;
use std::os::unix::net::UnixStream;
use std::process::Command;

use qapi::client::tokio::{Client, Process};
use qapi::client::{Address, ClientError};
use qapi::{Dict, QmpError};
use qapi_tests::wire::full::commands::{
    BlockdevCreate, Closefd, Cont, Getfd, QueryJobs, QueryStatus, QueryYank, Quit, Stop,
};
use qapi_tests::wire::full::events::Event;
use qapi_tests::wire::full::{BlockdevCreateOptions, BlockdevCreateOptionsFile, RunState};
use qapi_tests::wire::qga::commands::{GuestInfo, GuestPing, GuestSync};

use crate::LONG;
use crate::processes::{Agent, options};

async fn qemu() -> Process {
    let mut command = Command::new("qemu-system-x86_64");
    command.args(["-machine", "none", "-display", "none", "-nodefaults", "-S"]);
    let options = options().oob(true);
    Process::spawn(command, options).await.expect("qemu-system-x86_64 starts; see .ci/install")
}

#[tokio::test]
async fn qemu_is_started_used_and_reaped() {
    let mut process = qemu().await;
    let client = process.client();
    assert!(client.greeting().unwrap().capabilities.iter().any(|name| name == "oob"));
    assert_eq!(client.execute(&QueryStatus).await.unwrap().status, RunState::Prelaunch);
    client.execute_oob(&QueryYank).await.unwrap();
    client.execute(&Cont).await.unwrap();
    client.reconnect().await.unwrap();
    client.wait_event(LONG, |one| matches!(one.event, Event::Resume(_))).await.unwrap();
    assert!(client.schema().await.unwrap().supports("migrate.channels.addr.path"));

    client.execute(&Quit).await.unwrap();
    client.wait_event(LONG, |one| matches!(one.event, Event::Shutdown(_))).await.unwrap();
    let status = process.wait(LONG).await.unwrap().expect("it has ended");
    assert!(status.success(), "{status}");
    assert!(matches!(
        process.client().execute(&QueryStatus).await,
        Err(ClientError::Closed { after_quit: true, .. })
    ));
    let folder = format!("/proc/{}", process.id());
    assert!(!std::path::Path::new(&folder).exists(), "no zombie is left");
}

#[tokio::test]
async fn many_tasks_use_one_connection() {
    let mut process = qemu().await;
    let client = process.client();
    let mut events = client.events::<Event>();
    let watcher = tokio::spawn(async move {
        loop {
            match events.next().await.expect("the connection lasts").unwrap().event {
                Event::Resume(_) => {}
                Event::Stop(_) => return,
                other => panic!("{other:?}"),
            }
        }
    });
    let tasks: Vec<_> = (0..50)
        .map(|_| {
            let client = client.clone();
            tokio::spawn(async move {
                for _ in 0..20 {
                    client.execute(&QueryStatus).await.unwrap();
                }
            })
        })
        .collect();
    client.execute(&Cont).await.unwrap();
    for task in tasks {
        task.await.unwrap();
    }
    client.execute(&Stop).await.unwrap();
    watcher.await.unwrap();
}

#[tokio::test]
async fn qemu_gets_fds_and_runs_jobs() {
    let mut process = qemu().await;
    let client = process.client();
    let (_ours, theirs) = UnixStream::pair().unwrap();
    client.execute_with_fds(&Getfd::new("stream"), &[theirs.as_fd()]).await.unwrap();
    client.execute(&Closefd::new("stream")).await.unwrap();

    let folder = tempfile::tempdir().unwrap();
    let create = |name: &str| {
        let path = folder.path().join(name).display().to_string();
        let file = BlockdevCreateOptionsFile::new(path, 1 << 20);
        BlockdevCreate::new("create", BlockdevCreateOptions::File(file))
    };
    let good = create("image");
    client.run_job("create", &good, LONG).await.unwrap();
    assert_eq!(std::fs::metadata(folder.path().join("image")).unwrap().len(), 1 << 20);
    let bad = create("nowhere/image");
    match client.run_job("create", &bad, LONG).await {
        Err(ClientError::Qmp(QmpError { desc, .. })) => assert!(desc.contains("nowhere"), "{desc}"),
        other => panic!("there is no such folder: {other:?}"),
    }
    assert_eq!(client.execute(&QueryJobs).await.unwrap(), []);

    let folder = format!("/proc/{}", process.id());
    drop(process);
    assert!(!std::path::Path::new(&folder).exists());
}

#[tokio::test]
async fn synchronises_with_an_agent() {
    let agent = Agent::start();
    let options = options().agent(true);
    let mut client = Client::connect(Address::unix(agent.path("agent")), options).await.unwrap();
    for round in 0..3 {
        client.execute(&GuestPing).await.unwrap();
        assert_eq!(client.execute(&GuestSync::new(round)).await.unwrap(), round);
        assert!(!client.execute(&GuestInfo).await.unwrap().version.is_empty());
        assert!(matches!(
            client.execute_raw("guest-nonsense", &Dict::new()).await,
            Err(ClientError::Qmp(_))
        ));
        client.reconnect().await.unwrap();
    }
}
