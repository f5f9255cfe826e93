//! One connection used by many threads or tasks at once.

use std::os::unix::net::UnixStream;
use std::thread::JoinHandle;

use qapi::{RawEvent, Value, dict};

use crate::script::{Peer, pair};
use crate::{LONG, options};

/// Answers `echo` with its number: of each two requests the later one first, with an event between.
fn echo_in_pairs(commands: usize) -> (UnixStream, JoinHandle<()>) {
    pair(move |mut peer| {
        for _ in 0..commands / 2 {
            let (first, second) = (peer.expect("echo"), peer.expect("echo"));
            answer(&mut peer, &second);
            peer.event("TICK", "{}");
            answer(&mut peer, &first);
        }
        peer.event("DONE", "{}");
        peer.wait();
    })
}

fn answer(peer: &mut Peer, request: &serde_json::Value) {
    peer.answer(request, &request["arguments"]["number"].to_string());
}

macro_rules! scenarios {
    ($test:meta $(, $async:tt $await:tt)?) => {
        #[$test]
        $($async)? fn queued_commands_are_sent_together() {
            let (stream, serving) = pair(|mut peer| {
                let first = peer.expect("echo");
                assert_eq!(peer.buffered(), 9);
                answer(&mut peer, &first);
                for _ in 1..10 {
                    let request = peer.expect("echo");
                    answer(&mut peer, &request);
                }
                peer.wait();
            });
            let client = Client::from_socket(stream, options()) $(.$await)? .unwrap();
            let queue = |number| client.request_raw("echo", &dict! { "number": number }).queue();
            let tickets: Vec<_> = (0..10).map(|number| queue(number).unwrap()).collect();
            for (number, ticket) in (0..10).zip(tickets) {
                assert_eq!(client.finish(ticket) $(.$await)? .unwrap(), Value::from(number));
            }
            drop(client);
            serving.join().unwrap();
        }
    };
}

mod both {
    use super::*;

    crate::with_both_clients!(scenarios);
}

mod blocking {
    use std::thread;

    use qapi::client::Client;

    use super::*;

    #[test]
    fn threads_execute_commands_while_others_wait_for_events() {
        const THREADS: usize = 8;
        const EACH: usize = 100;
        let (stream, serving) = echo_in_pairs(THREADS * EACH);
        let client = Client::from_socket(stream, options()).unwrap();
        let waiting: Vec<_> = (0..2)
            .map(|_| {
                let client = client.clone();
                thread::spawn(move || {
                    let mut ticks = 0;
                    for event in client.events::<RawEvent>() {
                        match event.unwrap().event.name.as_str() {
                            "TICK" => ticks += 1,
                            _ => return ticks,
                        }
                    }
                    panic!("the connection is closed");
                })
            })
            .collect();
        // The streams of events begin when their threads do.
        let done = client.clone();
        let working: Vec<_> = (0..THREADS)
            .map(|thread| {
                let client = client.clone();
                thread::spawn(move || {
                    for number in (0..EACH).step_by(2) {
                        let numbers = [thread * EACH + number, thread * EACH + number + 1];
                        let tickets = numbers.map(|number| {
                            client.request_raw("echo", &dict! { "number": number }).start()
                        });
                        for (ticket, number) in tickets.into_iter().zip(numbers) {
                            let reply = client.finish(ticket.unwrap()).unwrap();
                            assert_eq!(reply, Value::from(number));
                        }
                    }
                })
            })
            .collect();
        working.into_iter().for_each(|thread| thread.join().unwrap());
        done.wait_event::<RawEvent>(LONG, |one| one.event.name == "DONE").unwrap();
        for thread in waiting {
            assert!(thread.join().unwrap() <= THREADS * EACH / 2);
        }
        drop((client, done));
        serving.join().unwrap();
    }

    #[test]
    fn a_long_command_is_sent_while_replies_are_read() {
        // The peer reads nothing until its flood has been read.
        let (stream, serving) = pair(|mut peer| {
            let flood = format!(
                "{{\"event\": \"FLOOD\", \"data\": {{\"x\": \"{}\"}}}}",
                "x".repeat(1 << 20)
            );
            (0..8).for_each(|_| peer.say(&flood));
            let request = peer.expect("long");
            let length = request["arguments"]["text"].as_str().unwrap().len();
            peer.answer(&request, &length.to_string());
            peer.wait();
        });
        let client = Client::from_socket(stream, options()).unwrap();
        let watching = client.clone();
        let watcher = thread::spawn(move || {
            for _ in 0..8 {
                watching.wait_event::<RawEvent>(LONG, |_| true).unwrap();
            }
        });
        let text = "y".repeat(8 << 20);
        let reply = client.execute_raw("long", &dict! { "text": text }).unwrap();
        assert_eq!(reply, Value::from(8 << 20));
        watcher.join().unwrap();
        drop(client);
        serving.join().unwrap();
    }
}

#[cfg(feature = "tokio")]
mod asynchronous {
    use std::time::Duration;

    use qapi::client::tokio::Client;

    use super::*;

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tasks_execute_commands_while_others_wait_for_events() {
        const TASKS: usize = 50;
        const EACH: usize = 20;
        let (stream, serving) = echo_in_pairs(TASKS * EACH);
        let client = Client::from_socket(stream, options()).await.unwrap();
        let mut events = client.events::<RawEvent>();
        let watcher = tokio::spawn(async move {
            let mut ticks = 0;
            while let Some(event) = events.next().await {
                match event.unwrap().event.name.as_str() {
                    "TICK" => ticks += 1,
                    _ => return ticks,
                }
            }
            panic!("the connection is closed");
        });
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let client = client.clone();
                tokio::spawn(async move {
                    for number in (0..EACH).step_by(2) {
                        let numbers = [task * EACH + number, task * EACH + number + 1];
                        let tickets = numbers.map(|number| {
                            client.request_raw("echo", &dict! { "number": number }).start()
                        });
                        for (ticket, number) in tickets.into_iter().zip(numbers) {
                            let reply = client.finish(ticket.unwrap()).await.unwrap();
                            assert_eq!(reply, Value::from(number));
                        }
                    }
                })
            })
            .collect();
        for task in tasks {
            task.await.unwrap();
        }
        assert_eq!(watcher.await.unwrap(), TASKS * EACH / 2);
        drop(client);
        serving.join().unwrap();
    }

    #[tokio::test(flavor = "multi_thread", worker_threads = 2)]
    async fn tasks_that_drop_futures_at_any_moment_mix_up_no_replies() {
        const TASKS: u64 = 40;
        const EACH: u64 = 50;
        // Answers in groups of up to eight, the last first. `len` shows that requests come whole.
        let (stream, serving) = pair(|mut peer| {
            let mut group = Vec::new();
            while let Some(request) = peer.read() {
                let text = request["arguments"]["text"].as_str().unwrap();
                let number = &request["arguments"]["number"];
                let reply = serde_json::json!([number, text.len()]).to_string();
                group.push((request, reply));
                if group.len() == 8 || peer.is_idle() {
                    peer.event("SEEN", &format!("{{\"count\": {}}}", group.len()));
                    for (request, reply) in group.drain(..).rev() {
                        peer.answer(&request, &reply);
                    }
                }
            }
        });
        let client = Client::from_socket(stream, options()).await.unwrap();
        let mut events = client.events::<RawEvent>();
        let tasks: Vec<_> = (0..TASKS)
            .map(|task| {
                let client = client.clone();
                tokio::spawn(async move {
                    let mut dropped = 0;
                    for number in task * EACH..(task + 1) * EACH {
                        let length = (number * 7919 % 5000) as usize;
                        let command = dict! { "number": number, "text": "x".repeat(length) };
                        let future = client.execute_raw("echo", &command);
                        // Every third waits for its reply.
                        let patience = match number % 3 {
                            0 => LONG,
                            _ => Duration::from_micros(number * 31 % 700),
                        };
                        match tokio::time::timeout(patience, future).await {
                            Ok(reply) => {
                                assert_eq!(reply.unwrap(), Value::from([number, length as u64]))
                            }
                            Err(_) => dropped += 1,
                        }
                    }
                    dropped
                })
            })
            .collect();
        let mut dropped = 0;
        for task in tasks {
            dropped += task.await.unwrap();
        }
        assert!(dropped > 0, "no future was dropped");
        let mut seen = 0;
        while seen < TASKS * EACH {
            let event = events.next_within(LONG).await.unwrap().unwrap().event;
            seen += event.data.get("count").and_then(Value::as_u64).unwrap();
        }
        drop((client, events));
        serving.join().unwrap();
    }

    #[tokio::test]
    async fn dropped_futures_leave_the_connection_whole() {
        let (stream, serving) = pair(|mut peer| {
            // Slow enough that the futures are dropped with their commands half sent.
            while let Some(request) = peer.read() {
                std::thread::sleep(Duration::from_millis(2));
                let length = request["arguments"]["text"].as_str().unwrap().len();
                peer.event("SEEN", "{}");
                peer.answer(&request, &length.to_string());
            }
        });
        let client = Client::from_socket(stream, options()).await.unwrap();
        let text = "z".repeat(1 << 20);
        for _ in 0..20 {
            let command = dict! { "text": &text };
            let future = client.execute_raw("long", &command);
            let _ = tokio::time::timeout(Duration::from_millis(1), future).await;
            let future = client.wait_event::<RawEvent>(LONG, |_| false);
            let _ = tokio::time::timeout(Duration::from_micros(100), future).await;
        }
        let reply = client.execute_raw("last", &dict! { "text": "four" }).await.unwrap();
        assert_eq!(reply, Value::from(4));
        for _ in 0..21 {
            client.next_event::<RawEvent>(LONG).await.unwrap();
        }
        drop(client);
        serving.join().unwrap();
    }

    #[tokio::test]
    async fn dropped_waits_lose_no_event() {
        let (stream, serving) = pair(|mut peer| {
            for number in 0..200 {
                peer.event("COUNT", &format!("{{\"number\": {number}}}"));
                std::thread::sleep(Duration::from_micros(100));
            }
            peer.wait();
        });
        let client = Client::from_socket(stream, options()).await.unwrap();
        let mut next = 0;
        while next < 200 {
            let wait = client.next_event::<RawEvent>(LONG);
            if let Ok(event) = tokio::time::timeout(Duration::from_micros(50), wait).await {
                let event = event.unwrap().event;
                assert_eq!(event.data.get("number"), Some(&Value::from(next)));
                next += 1;
            }
        }
        drop(client);
        serving.join().unwrap();
    }

    #[test]
    fn handles_that_outlive_their_runtime_fail_at_once() {
        let (stream, serving) = pair(|mut peer| peer.wait());
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let client = runtime.block_on(Client::from_socket(stream, options())).unwrap();
        drop(runtime);
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
        let error = runtime.block_on(client.execute_raw("stop", &dict! {})).unwrap_err();
        assert_eq!(error.to_string(), "stop: the runtime of the client has ended");
        drop(client);
        serving.join().unwrap();
    }
}
