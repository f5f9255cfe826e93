//! A paused postcopy: every order of the commands `cont`, `stop`, `migrate_cancel`,
//! `migrate-recover` and `migrate` with `resume`, and a cut between the package and its answer.

use std::io::{Read, Write};
use std::net::{Shutdown, SocketAddr, TcpListener, TcpStream};

use super::*;
use crate::engine::outgoing::OutgoingError;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Order {
    Cont,
    Stop,
    Cancel,
    Recover,
    Resume,
}

const ORDERS: [Order; 5] = [Order::Cont, Order::Stop, Order::Cancel, Order::Recover, Order::Resume];

/// Returns every order of the elements.
fn permutations(of: &[Order]) -> Vec<Vec<Order>> {
    let Some((first, rest)) = of.split_first() else { return vec![Vec::new()] };
    let longer = permutations(rest).into_iter().flat_map(|shorter| {
        (0..=shorter.len()).map(move |at| {
            let mut longer = shorter.clone();
            longer.insert(at, *first);
            longer
        })
    });
    longer.collect()
}

/// A paused migration, and the state that the commands so far must have led to.
struct Paused {
    source: Host,
    target: Host,
    /// The last address that the destination has listened on.
    address: Address,
    recovered: bool,
    resumed: bool,
    runs: bool,
}

impl Paused {
    fn new(capabilities: &[Capability]) -> Self {
        let source = host(&[PATTERN, DIRTY], false, capabilities, slow(1));
        let target = host(&[], true, capabilities, Parameters::default());
        let address = target.listen();
        source.engine.cont().unwrap();
        source.engine.migrate(&address).unwrap();
        source.until(Status::Active);
        source.engine.switch_to_postcopy().unwrap();
        target.until(Status::PostcopyActive);
        wait("it runs there", || target.engine.run_state() == RunState::Running);
        target.engine.pause_incoming();
        target.until(Status::PostcopyPaused);
        source.until(Status::PostcopyPaused);
        Self { source, target, address, recovered: false, resumed: false, runs: true }
    }

    fn give(&mut self, order: Order) {
        let (source, target) = (&self.source.engine, &self.target.engine);
        match order {
            Order::Cont => {
                target.cont().unwrap();
                assert!(source.cont().is_err(), "the guest is not here");
                self.runs = true;
            }
            Order::Stop => {
                target.stop().unwrap();
                source.stop().unwrap();
                self.runs = false;
            }
            Order::Cancel => {
                assert_eq!(source.cancel(), Err(OutgoingError::InPostcopy));
                // The destination has no migration of its own to cancel.
                target.cancel().unwrap();
            }
            Order::Recover => {
                self.address = self.target.recover();
                self.recovered = true;
            }
            Order::Resume => {
                source.resume_postcopy(&self.address.clone()).unwrap();
                self.resumed = self.recovered;
                if self.resumed {
                    self.source.until(Status::PostcopyActive);
                    self.target.until(Status::PostcopyActive);
                } else {
                    // No listener: the pause goes on, with the reason.
                    wait("the attempt fails", || self.source.error().is_some_and(is_refusal));
                }
            }
        }
        self.check();
    }

    /// Compares both sides with the state that the commands must have led to.
    fn check(&self) {
        let status = if self.resumed { Status::PostcopyActive } else { Status::PostcopyPaused };
        assert_eq!((self.source.outgoing(), self.target.incoming()), (status, status));
        let state = if self.runs { RunState::Running } else { RunState::Paused };
        assert_eq!(self.target.engine.run_state(), state);
        assert_eq!(self.source.engine.run_state(), RunState::FinishMigrate);
    }

    /// Lets the migration end, and compares memory with that of an undisturbed guest.
    fn completes(mut self) {
        if !self.resumed {
            if !self.recovered {
                self.give(Order::Recover);
            }
            self.give(Order::Resume);
        }
        let left = self.source.machine.pages_dirtied();
        self.source.hurry();
        self.source.until(Status::Completed);
        self.target.until(Status::Completed);
        if self.runs {
            return goes_on(&self.source, &self.target);
        }
        assert_eq!(self.target.engine.run_state(), RunState::Paused);
        let count = self.target.machine.pages_dirtied();
        assert!(count >= left, "{count} {left}");
        assert!(self.target.memory() == undisturbed(&[PATTERN], 1 << 20, 256, count));
        assert!(self.source.memory() == undisturbed(&[PATTERN], 1 << 20, 256, left));
    }
}

fn is_refusal(error: String) -> bool {
    error.ends_with("Connection refused")
}

#[test]
fn every_order_of_commands_leads_to_the_same_guest() {
    let orders = permutations(&ORDERS);
    assert_eq!(orders.len(), 120);
    for (number, order) in orders.into_iter().enumerate() {
        let mut paused = Paused::new(if number % 2 == 0 { POSTCOPY } else { PREEMPT });
        println!("{order:?}");
        order.into_iter().for_each(|order| paused.give(order));
        paused.completes();
    }
}

/// PONG with the value that says that the guest's devices are loaded.
const LOADED: [u8; 8] = [0, 2, 0, 4, 0, 0, 0, 3];

/// Forwards one connection to `target`, and cuts it at the destination's answer to the package.
fn without_the_answer(target: &Address) -> Address {
    let Address::Inet(inet) = target else { panic!("{target:?}") };
    let target: SocketAddr = format!("{}:{}", inet.host, inet.port).parse().unwrap();
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let bound = listener.local_addr().unwrap();
    std::thread::spawn(move || {
        let source = listener.accept().unwrap().0;
        let target = TcpStream::connect(target).unwrap();
        let cut = |ends: [&TcpStream; 2]| {
            // Either side may have closed already.
            ends.into_iter().for_each(|end| drop(end.shutdown(Shutdown::Both)));
        };
        let (mut from, mut to) = (source.try_clone().unwrap(), target.try_clone().unwrap());
        let there = std::thread::spawn(move || {
            let _ = std::io::copy(&mut from, &mut to);
            cut([&from, &to]);
        });
        answers(&target, &source);
        cut([&source, &target]);
        there.join().unwrap();
    });
    reached(&Bound::Inet(bound))
}

/// Forwards answers up to the one that the devices are loaded.
fn answers(mut from: &TcpStream, mut to: &TcpStream) {
    let (mut buffer, mut forwarded) = (Vec::new(), 0);
    let mut byte = [0];
    while let Ok(1) = from.read(&mut byte) {
        buffer.push(byte[0]);
        if buffer.ends_with(&LOADED) {
            return;
        }
        // Hold back what may be the beginning of that answer.
        let held = (1..LOADED.len()).rev().find(|&count| buffer.ends_with(&LOADED[..count]));
        let end = buffer.len() - held.unwrap_or(0);
        if end > forwarded && to.write_all(&buffer[forwarded..end]).is_err() {
            return;
        }
        forwarded = forwarded.max(end);
    }
}

#[test]
fn a_lost_answer_to_the_package_costs_neither_guest_nor_page() {
    for run in 0..10 {
        let source = host(&[PATTERN, DIRTY], false, POSTCOPY, slow(1));
        let target = host(&[], true, POSTCOPY, Parameters::default());
        let address = without_the_answer(&target.listen());
        source.engine.cont().unwrap();
        source.engine.migrate(&address).unwrap();
        source.until(Status::Active);
        std::thread::sleep(Duration::from_millis(7 * run));
        source.engine.switch_to_postcopy().unwrap();
        source.until(Status::PostcopyPaused);
        target.until(Status::PostcopyPaused);
        assert_eq!(source.engine.run_state(), RunState::FinishMigrate);
        assert_eq!(source.engine.cancel(), Err(OutgoingError::InPostcopy));
        wait("it runs there", || target.engine.run_state() == RunState::Running);
        source.hurry();
        resume(&source, &target);
        source.until(Status::Completed);
        target.until(Status::Completed);
        goes_on(&source, &target);
    }
}
