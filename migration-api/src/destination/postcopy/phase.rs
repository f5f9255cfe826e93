//! The phases of postcopy: a state machine without threads or memory of its own.

/// Progress of postcopy. `R` is the memory that is in use while its pages arrive, `L` the devices
/// being loaded.
#[derive(Debug, Default)]
pub(super) enum Phase<R, L> {
    /// Postcopy was not announced.
    #[default]
    Off,
    /// Postcopy may follow.
    Advised,
    /// Ranges are being discarded. Counts the discarded bytes, by block.
    Discarding(Vec<u64>),
    /// Pages arrive in parallel with the rest of the stream. Without memory, only dirty bitmaps do.
    Listening(Option<R>),
    /// The guest runs, or will once its devices are loaded. Without memory, all of it has arrived.
    Running(Option<R>, L),
}

/// The number of the phase in which a command came too early or too late.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::destination) struct WrongPhase(pub(in crate::destination) u32);

impl<R, L> Phase<R, L> {
    /// Returns QEMU's number of the phase, which appears in errors.
    pub(super) fn number(&self) -> u32 {
        match self {
            Self::Off => 0,
            Self::Advised => 1,
            Self::Discarding(_) => 2,
            Self::Listening(_) => 3,
            Self::Running(..) => 4,
        }
    }

    fn wrong<T>(&self) -> Result<T, WrongPhase> {
        Err(WrongPhase(self.number()))
    }

    /// Announces postcopy.
    ///
    /// # Errors
    /// It was announced before.
    pub(super) fn advise(&mut self) -> Result<(), WrongPhase> {
        let Self::Off = self else { return self.wrong() };
        *self = Self::Advised;
        Ok(())
    }

    /// Returns true if ranges are being discarded, false if the first one is about to be.
    ///
    /// # Errors
    /// Postcopy was not announced, or pages arrive already.
    pub(super) fn is_discarding(&self) -> Result<bool, WrongPhase> {
        match self {
            Self::Advised => Ok(false),
            Self::Discarding(_) => Ok(true),
            _ => self.wrong(),
        }
    }

    /// Begins to discard ranges, or continues.
    ///
    /// # Errors
    /// Postcopy was not announced, or pages arrive already.
    pub(super) fn discard(&mut self) -> Result<(), WrongPhase> {
        if !self.is_discarding()? {
            *self = Self::Discarding(Vec::new());
        }
        Ok(())
    }

    /// Returns the number of bytes of a block that were discarded.
    pub(super) fn discarded(&self, block: usize) -> u64 {
        match self {
            Self::Discarding(counts) => counts.get(block).copied().unwrap_or(0),
            _ => 0,
        }
    }

    /// Sets the number of bytes of a block that were discarded.
    pub(super) fn set_discarded(&mut self, block: usize, bytes: u64) {
        if let Self::Discarding(counts) = self {
            if counts.len() <= block {
                counts.resize(block + 1, 0);
            }
            counts[block] = bytes;
        }
    }

    /// Has pages arrive in `memory`.
    ///
    /// # Errors
    /// Postcopy was not announced, or pages arrive already.
    pub(super) fn listen(&mut self, memory: Option<R>) -> Result<(), WrongPhase> {
        self.is_discarding()?;
        *self = Self::Listening(memory);
        Ok(())
    }

    /// Returns true if the guest may be run next.
    pub(super) fn is_listening(&self) -> bool {
        matches!(self, Self::Listening(_))
    }

    /// Runs the guest, whose devices are being loaded.
    ///
    /// # Errors
    /// Pages do not arrive yet, or the guest runs already.
    pub(super) fn run(&mut self, loading: L) -> Result<(), WrongPhase> {
        let Self::Listening(memory) = self else { return self.wrong() };
        *self = Self::Running(memory.take(), loading);
        Ok(())
    }

    /// Takes the memory, all of which has arrived.
    pub(super) fn complete(&mut self) -> Option<R> {
        match self {
            Self::Running(memory, _) => memory.take(),
            _ => None,
        }
    }

    /// Returns the memory that is in use while its pages arrive.
    pub(super) fn memory(&self) -> Option<&R> {
        match self {
            Self::Listening(memory) | Self::Running(memory, _) => memory.as_ref(),
            _ => None,
        }
    }

    /// Returns the same memory for changes.
    pub(super) fn memory_mut(&mut self) -> Option<&mut R> {
        match self {
            Self::Listening(memory) | Self::Running(memory, _) => memory.as_mut(),
            _ => None,
        }
    }

    /// Returns the devices being loaded.
    pub(super) fn loading(&self) -> Option<&L> {
        match self {
            Self::Running(_, loading) => Some(loading),
            _ => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    type Phase = super::Phase<&'static str, ()>;

    /// Makes one of the states, by QEMU's number and with or without memory.
    fn phase(number: u32, memory: Option<&'static str>) -> Phase {
        match number {
            0 => Phase::Off,
            1 => Phase::Advised,
            2 => Phase::Discarding(vec![5]),
            3 => Phase::Listening(memory),
            _ => Phase::Running(memory, ()),
        }
    }

    #[test]
    fn every_command_has_its_effect_in_every_phase() {
        let signals = ["advise", "discard", "listen", "run"];
        // The number of the next phase, or `None` if the command is refused.
        let table = [
            [Some(1), None, None, None],
            [None, Some(2), Some(3), None],
            [None, Some(2), Some(3), None],
            [None, None, None, Some(4)],
            [None, None, None, None],
        ];
        for (number, nexts) in (0..).zip(table) {
            for memory in [None, Some("ram")] {
                for (signal, next) in signals.into_iter().zip(nexts) {
                    let mut phase = phase(number, memory);
                    assert_eq!(phase.number(), number);
                    let taken = match signal {
                        "advise" => phase.advise(),
                        "discard" => phase.discard(),
                        "listen" => phase.listen(memory),
                        _ => phase.run(()),
                    };
                    let expected = next.map_or(Err(WrongPhase(number)), |_| Ok(()));
                    assert_eq!(taken, expected, "{number}, {signal}");
                    assert_eq!(phase.number(), next.unwrap_or(number), "{number}, {signal}");
                    let live = phase.number() >= 3;
                    assert_eq!(phase.memory().copied(), memory.filter(|_| live), "{signal}");
                    assert_eq!(phase.loading().is_some(), phase.number() == 4);
                }
            }
        }
    }

    #[test]
    fn counts_are_kept_between_ranges_and_memory_goes_once() {
        let mut phase = phase(1, None);
        assert_eq!(phase.is_discarding(), Ok(false));
        phase.discard().unwrap();
        phase.set_discarded(2, 4096);
        assert_eq!(phase.is_discarding(), Ok(true));
        phase.discard().unwrap();
        assert_eq!([0, 2, 3].map(|block| phase.discarded(block)), [0, 4096, 0]);
        phase.listen(Some("ram")).unwrap();
        assert_eq!((phase.complete(), phase.memory().copied()), (None, Some("ram")));
        assert_eq!(phase.is_discarding(), Err(WrongPhase(3)));
        phase.run(()).unwrap();
        *phase.memory_mut().unwrap() = "more";
        assert_eq!((phase.complete(), phase.complete()), (Some("more"), None));
        assert_eq!(phase.number(), 4);
    }
}
