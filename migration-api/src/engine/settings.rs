//! Capabilities, parameters, objects, descriptors and bitmaps.

use std::os::fd::OwnedFd;

use super::Engine;
use crate::api::MigrationCapability;
use crate::block::{Bitmap, BitmapError};
use crate::objects::{Object, ObjectError};
use crate::settings::{
    self, Capabilities, CapabilityError, Environment, ParameterError, Parameters, is_id,
};
use crate::transport::Descriptors;
use crate::{destination, source};

/// Error of adding or removing a named file descriptor. `Display` is the text for the client.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[non_exhaustive]
pub enum DescriptorError {
    /// The name begins with a digit, as the number of an inherited descriptor does.
    #[error("Parameter 'fdname' expects a name not starting with a digit")]
    Digit,
    /// No descriptor has this name.
    #[error("File descriptor named '{0}' not found")]
    NotFound(String),
}

impl Engine {
    /// Returns the capabilities.
    pub fn capabilities(&self) -> Capabilities {
        self.core.state().capabilities
    }

    /// Switches capabilities in order. If the result breaks a rule, none is changed. Those that
    /// change the connections or the stream must be on at both sides, such as `multifd`,
    /// `postcopy-ram` and `x-ignore-shared`; `return-path` matters only to a source.
    ///
    /// # Errors
    /// The rule, or a running migration.
    pub fn set_capabilities(
        &self,
        changes: impl IntoIterator<Item = (MigrationCapability, bool)>,
    ) -> Result<(), CapabilityError> {
        let changes: Vec<(MigrationCapability, bool)> = changes.into_iter().collect();
        let ram = self.core.ram.list();
        // Ask the kernel only if necessary.
        let protects = changes.contains(&(MigrationCapability::BackgroundSnapshot, true));
        let access = self.core.guest.memory_access();
        let no_write_protection = protects && !source::is_supported(access);
        let unprotectable = protects && !source::is_compatible(&ram, access);
        let postcopy = changes.contains(&(MigrationCapability::PostcopyRam, true));
        let postcopy_unfit =
            if postcopy { destination::unfit(&*self.core.guest, &ram) } else { None };
        let dirty_ring = self.core.guest.vcpu_limits().is_some();
        let adopts = self.core.guest.adopts().is_some();
        let mut state = self.core.state_after_jobs();
        if state.outgoing.machine.is_running() {
            return Err(CapabilityError::Running);
        }
        let old = state.capabilities;
        let new = changes.into_iter().fold(old, |set, (capability, on)| set.with(capability, on));
        let around = Environment {
            incoming: state.waits_for_incoming,
            listening: state.incoming.listening,
            postcopy_unfit,
            no_write_protection,
            unprotectable_ram: unprotectable,
            dirty_ring,
            adopts,
        };
        settings::check_capabilities(old, new, &state.parameters, &around)?;
        state.capabilities = new;
        Ok(())
    }

    /// Returns the parameters.
    pub fn parameters(&self) -> Parameters {
        self.core.state().parameters.clone()
    }

    /// Changes parameters, also during a migration. If the result breaks a rule, none is changed.
    ///
    /// `change` is called again if another thread changes them meanwhile.
    ///
    /// ```
    /// # fn f(engine: migration_api::engine::Engine) -> Result<(), Box<dyn std::error::Error>> {
    /// engine.set_parameters(|parameters| parameters.downtime_limit = 200)?;
    /// # Ok(())
    /// # }
    /// ```
    ///
    /// # Errors
    /// The first rule that the result breaks.
    pub fn set_parameters(&self, change: impl Fn(&mut Parameters)) -> Result<(), ParameterError> {
        loop {
            let before = self.parameters();
            let mut after = before.clone();
            change(&mut after);
            let mut state = self.core.state();
            if state.parameters != before {
                continue;
            }
            after.check(state.capabilities)?;
            let reschedules = after.x_checkpoint_delay != before.x_checkpoint_delay;
            state.parameters = after;
            drop(state);
            if reschedules {
                self.core.colo.hurry();
            }
            return Ok(());
        }
    }

    /// Adds an object that parameters can name.
    ///
    /// # Errors
    /// The id is invalid or taken.
    pub fn add_object(&self, id: &str, object: Object) -> Result<(), ObjectError> {
        if !is_id(id) {
            return Err(ObjectError::Id);
        }
        match self.core.state().objects.add(id.to_owned(), object) {
            true => Ok(()),
            false => Err(ObjectError::InUse(id.to_owned())),
        }
    }

    /// Removes an object.
    ///
    /// # Errors
    /// No object has this id.
    pub fn remove_object(&self, id: &str) -> Result<(), ObjectError> {
        match self.core.state().objects.remove(id) {
            true => Ok(()),
            false => Err(ObjectError::NotFound(id.to_owned())),
        }
    }

    /// Names a file descriptor, for addresses `fd:NAME`. An earlier one of that name is closed.
    ///
    /// # Errors
    /// The name begins with a digit.
    pub fn add_descriptor(&self, name: &str, descriptor: OwnedFd) -> Result<(), DescriptorError> {
        if name.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(DescriptorError::Digit);
        }
        self.core.add_descriptor(name.to_owned(), descriptor);
        Ok(())
    }

    /// Closes a named file descriptor.
    ///
    /// # Errors
    /// No descriptor has this name.
    pub fn remove_descriptor(&self, name: &str) -> Result<(), DescriptorError> {
        let taken = self.core.take(name);
        taken.map(drop).ok_or_else(|| DescriptorError::NotFound(name.to_owned()))
    }

    /// Adds a dirty bitmap to a block node.
    ///
    /// # Errors
    /// The node does not exist, or the bitmap is invalid.
    pub fn add_bitmap(&self, node: &str, name: &str, bitmap: Bitmap) -> Result<(), BitmapError> {
        self.core.state().nodes.add_bitmap(node, name, bitmap)
    }

    /// Removes a dirty bitmap from a block node.
    ///
    /// # Errors
    /// The node or the bitmap does not exist.
    pub fn remove_bitmap(&self, node: &str, name: &str) -> Result<(), BitmapError> {
        self.core.state().nodes.remove_bitmap(node, name)
    }
}
