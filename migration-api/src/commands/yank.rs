//! `yank.json`: cuts connections that hang.

use qapi::{Context, ErrorClass, QmpError};

use crate::api::{YankInstance, YankInstanceChardev, commands, server};
use crate::engine::Engine;

impl server::YankCommands for Engine {
    fn yank(&self, _cx: &Context<'_>, arguments: commands::Yank) -> Result<(), QmpError> {
        for instance in &arguments.instances {
            match instance {
                YankInstance::Migration if self.can_yank() => {}
                YankInstance::Chardev(chardev) if self.chardevs().contains(&chardev.id) => {}
                _ => return Err(QmpError::new(ErrorClass::DeviceNotFound, "Instance not found")),
            }
        }
        // Act only once all instances are known.
        for instance in arguments.instances {
            match instance {
                YankInstance::Migration => self.yank(),
                YankInstance::Chardev(chardev) => {
                    self.disconnect(&chardev.id).map_err(super::qmp_error)?;
                }
                YankInstance::BlockNode(_) => {}
            }
        }
        Ok(())
    }

    fn query_yank(&self, _cx: &Context<'_>) -> Result<Vec<YankInstance>, QmpError> {
        let chardevs =
            self.chardevs().iter().map(|id| YankInstance::Chardev(YankInstanceChardev::new(id)));
        Ok(chardevs.chain(self.can_yank().then_some(YankInstance::Migration)).collect())
    }
}
