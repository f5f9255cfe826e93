//! Announces the guest on the network, several times.

use std::time::Duration;

use crate::guest::{self, Guest, answer};
use crate::settings::Parameters;
use crate::transport::Stop;

/// Announces with growing pauses, first after `announce-initial` milliseconds.
///
/// # Errors
/// The first of the guest, after which it is not asked again.
pub(super) fn announce(
    guest: &dyn Guest,
    parameters: &Parameters,
    stop: &Stop,
) -> guest::Result<()> {
    for pause in pauses(parameters) {
        stop.sleep(pause);
        if stop.is_stopped() {
            break;
        }
        answer("announce", || guest.announce())?;
    }
    Ok(())
}

/// Returns the pause before each announcement.
fn pauses(parameters: &Parameters) -> impl Iterator<Item = Duration> {
    let (initial, step, max) =
        (parameters.announce_initial, parameters.announce_step, parameters.announce_max);
    (0..parameters.announce_rounds).map(move |round| {
        let pause = match round {
            0 => initial,
            _ => initial.saturating_add(step.saturating_mul(round - 1)).min(max),
        };
        Duration::from_millis(pause)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pauses_grow_up_to_a_limit() {
        let millis = |parameters: &Parameters| -> Vec<u128> {
            pauses(parameters).map(|pause| pause.as_millis()).collect()
        };
        let mut parameters = Parameters { announce_rounds: 8, ..Parameters::default() };
        assert_eq!(millis(&parameters), [50, 50, 150, 250, 350, 450, 550, 550]);
        parameters =
            Parameters { announce_initial: 7, announce_step: 10, announce_max: 20, ..parameters };
        assert_eq!(millis(&parameters), [7, 7, 17, 20, 20, 20, 20, 20]);
        parameters.announce_rounds = 0;
        assert_eq!(millis(&parameters), []);
    }
}
