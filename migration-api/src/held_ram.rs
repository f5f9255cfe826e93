//! The guest's RAM blocks, held in place for as long as an operation uses them.

use std::sync::{Arc, Condvar, Mutex, MutexGuard};

use crate::guest::{self, Guest, RamBlock, answer, check_ram};
use crate::sync::IgnorePoison;
use crate::unwind::catch_panic;

/// Begins and ends the times in which the guest's RAM must not change.
pub(crate) struct RamHolds {
    guest: Arc<dyn Guest>,
    current: Mutex<Hold>,
    /// Signalled when a call of `migration_begins` or `migration_ends` has returned.
    returned: Condvar,
}

#[derive(Default)]
enum Hold {
    #[default]
    None,
    /// During a call of `migration_begins` or `migration_ends`. No lock is held, because the guest
    /// may call the engine.
    Changing,
    Held(CurrentHold),
}

struct CurrentHold {
    blocks: Arc<[RamBlock]>,
    holders: usize,
}

/// A call of `migration_begins` or `migration_ends`. Dropping it enters the next state, also if the
/// guest panics.
struct HoldChange<'a> {
    holds: &'a RamHolds,
    next: Hold,
}

impl Drop for HoldChange<'_> {
    fn drop(&mut self) {
        *self.holds.current() = std::mem::take(&mut self.next);
        self.holds.returned.notify_all();
    }
}

/// A share in a hold. The last one that is dropped ends it.
pub(crate) struct HeldRam {
    holds: Arc<RamHolds>,
    blocks: Arc<[RamBlock]>,
}

impl RamHolds {
    pub(crate) fn new(guest: Arc<dyn Guest>) -> Arc<Self> {
        Arc::new(Self { guest, current: Mutex::default(), returned: Condvar::new() })
    }

    pub(crate) fn guest(&self) -> &Arc<dyn Guest> {
        &self.guest
    }

    fn current(&self) -> MutexGuard<'_, Hold> {
        self.current.lock().ignore_poison()
    }

    /// Returns the blocks that are held, or else those of the moment.
    pub(crate) fn list(&self) -> Arc<[RamBlock]> {
        let held = match &*self.current() {
            Hold::Held(hold) => Some(hold.blocks.clone()),
            Hold::None | Hold::Changing => None,
        };
        held.unwrap_or_else(|| self.guest.ram().into())
    }

    /// Begins a hold, or joins the current one.
    ///
    /// # Errors
    /// The guest refuses it, or its RAM cannot be migrated.
    pub(crate) fn hold(self: &Arc<Self>) -> guest::Result<HeldRam> {
        let mut current = self.current();
        loop {
            match &mut *current {
                Hold::None => break,
                Hold::Changing => current = self.returned.wait(current).ignore_poison(),
                Hold::Held(hold) => {
                    hold.holders += 1;
                    return Ok(HeldRam { holds: self.clone(), blocks: hold.blocks.clone() });
                }
            }
        }
        *current = Hold::Changing;
        drop(current);
        let mut change = HoldChange { holds: self, next: Hold::None };
        answer("migration_begins", || self.guest.migration_begins())?;
        let listed = answer("ram", || Ok(self.guest.ram()));
        match listed.and_then(|ram| Ok(check_ram(&ram).map(|()| ram)?)) {
            Ok(ram) => {
                let blocks: Arc<[RamBlock]> = ram.into();
                change.next = Hold::Held(CurrentHold { blocks: blocks.clone(), holders: 1 });
                Ok(HeldRam { holds: self.clone(), blocks })
            }
            Err(error) => {
                catch_panic(|| self.guest.migration_ends());
                Err(error)
            }
        }
    }
}

impl HeldRam {
    /// Returns the blocks. A [`BlockId`](guest::BlockId) is an index into them.
    pub(crate) fn blocks(&self) -> &Arc<[RamBlock]> {
        &self.blocks
    }

    /// Replaces the blocks by those of an adopted machine, for this holder and later ones.
    pub(crate) fn replace(&mut self, blocks: Vec<RamBlock>) -> guest::Result<()> {
        check_ram(&blocks)?;
        self.blocks = blocks.into();
        if let Hold::Held(hold) = &mut *self.holds.current() {
            hold.blocks = self.blocks.clone();
        }
        Ok(())
    }
}

impl Clone for HeldRam {
    fn clone(&self) -> Self {
        if let Hold::Held(hold) = &mut *self.holds.current() {
            hold.holders += 1;
        }
        Self { holds: self.holds.clone(), blocks: self.blocks.clone() }
    }
}

impl Drop for HeldRam {
    fn drop(&mut self) {
        let mut current = self.holds.current();
        let Hold::Held(hold) = &mut *current else { return };
        hold.holders -= 1;
        if hold.holders == 0 {
            *current = Hold::Changing;
            drop(current);
            let _change = HoldChange { holds: &self.holds, next: Hold::None };
            // The hold may be dropped because the guest panicked. A second panic would end the
            // process.
            catch_panic(|| self.holds.guest.migration_ends());
        }
    }
}

#[cfg(test)]
mod tests {
    use std::sync::atomic::{AtomicI32, Ordering};

    use super::*;
    use crate::guest::GuestError;
    use crate::tests::over::{Hooks, Over};

    /// Counts begins and ends, and refuses or panics where asked to.
    #[derive(Default)]
    struct Counts {
        begun: AtomicI32,
        refuses: &'static str,
        panics: &'static str,
    }

    impl Hooks for Counts {
        fn asked(&self, what: &str) {
            match what {
                "migration_begins" if self.refuses != what => {
                    assert_eq!(self.begun.fetch_add(1, Ordering::SeqCst), 0);
                }
                "migration_ends" => assert_eq!(self.begun.fetch_sub(1, Ordering::SeqCst), 1),
                _ => {}
            }
            assert!(self.panics != what, "a test's guest cannot {what}");
        }

        fn fails(&self, what: &str) -> guest::Result<()> {
            if self.refuses == what { Err(GuestError::new("memory is hotplugged")) } else { Ok(()) }
        }

        fn blocks(&self, mut ram: Vec<RamBlock>) -> Vec<RamBlock> {
            if self.refuses == "ram" {
                ram[0].name.clear();
            }
            ram
        }
    }

    fn holds(hooks: Counts) -> (Arc<RamHolds>, Arc<Over<Counts>>) {
        let machine = crate::tests::machine(&[], false);
        let guest = Arc::new(Over { machine, hooks });
        (RamHolds::new(guest.clone()), guest)
    }

    #[test]
    fn a_hold_ends_with_its_last_holder() {
        let (holds, guest) = holds(Counts::default());
        let begun = || guest.hooks.begun.load(Ordering::SeqCst);
        for _ in 0..2 {
            let first = holds.hold().unwrap();
            let second = (holds.hold().unwrap(), first.clone());
            assert_eq!((begun(), first.blocks().len()), (1, 1));
            drop(first);
            assert_eq!(begun(), 1);
            drop(second);
            assert_eq!(begun(), 0);
        }
    }

    #[test]
    fn adopted_blocks_are_checked() {
        let (holds, _) = holds(Counts::default());
        let mut held = holds.hold().unwrap();
        let block = held.blocks()[0].clone();
        let error = held.replace(vec![block.clone(), block.clone()]).unwrap_err().to_string();
        assert_eq!(error, "RAM block name 'ram' is empty, too long or used twice");
        let other = RamBlock { name: "other".into(), ..block.clone() };
        held.replace(vec![block, other]).unwrap();
        assert_eq!((held.blocks().len(), holds.hold().unwrap().blocks().len()), (2, 2));
    }

    #[test]
    fn begin_and_end_are_paired_after_errors_and_panics() {
        for (refuses, panics) in
            [("migration_begins", ""), ("ram", ""), ("", "ram"), ("", "migration_ends")]
        {
            let (holds, guest) = holds(Counts { refuses, panics, ..Counts::default() });
            for _ in 0..2 {
                assert_eq!(holds.hold().is_ok(), panics == "migration_ends");
                assert_eq!(guest.hooks.begun.load(Ordering::SeqCst), 0, "{refuses}{panics}");
            }
        }
    }
}
