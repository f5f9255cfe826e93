//! Runs every model: exhaustively for a moment, at random, and with few switches of threads (PCT).

use std::time::Instant;

use migration_models::destination::{multifd, postcopy};
use migration_models::{run_lock_model, source};
use shuttle::scheduler::{DfsScheduler, PctScheduler, RandomScheduler, Scheduler};
use shuttle::{Config, Runner};

/// The runs of one model under one scheduler; `MODEL_RUNS` sets another number.
const RUNS: usize = 500;

fn explore(model: fn()) {
    fn run(scheduler: impl Scheduler + 'static, model: fn()) -> usize {
        let mut config = Config::new();
        // An endless loop is a fault, too.
        config.max_steps = shuttle::MaxSteps::FailAfter(100_000);
        Runner::new(scheduler, config).run(model)
    }
    let runs = std::env::var("MODEL_RUNS").map_or(RUNS, |runs| runs.parse().expect("a number"));
    let started = Instant::now();
    let exhaustive = run(DfsScheduler::new(Some(runs), false), model);
    let random = run(RandomScheduler::new_from_seed(15, runs), model);
    let few = run(PctScheduler::new_from_seed(15, 3, runs), model);
    println!("{exhaustive} + {random} + {few} orders in {:?}", started.elapsed());
    assert!(random == runs && few == runs);
}

#[test]
fn page_requests() {
    explore(postcopy::no_request_outlives_its_page);
    explore(postcopy::the_last_page_wakes_the_waiter);
    explore(postcopy::a_waiter_leaves_when_requests_are_given_up);
}

#[test]
fn multifd_queue() {
    explore(source::every_packet_is_written_before_its_sync);
    explore(source::a_failure_ends_every_wait);
    explore(source::a_yank_ends_a_sync);
}

#[test]
fn multifd_barrier() {
    explore(multifd::rounds_do_not_mix);
    explore(multifd::a_failure_ends_every_wait);
    explore(multifd::a_channel_that_ends_early_is_a_fault);
    explore(multifd::no_page_comes_after_the_end);
    explore(multifd::no_page_comes_after_a_failure);
}

#[test]
fn run_lock() {
    explore(run_lock_model::jobs_and_commands);
}
