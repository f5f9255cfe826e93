//! `yank.json`: cutting what hangs.

use qapi::{Context, ErrorClass, QmpError};

use super::told;
use crate::api::{YankInstance, YankInstanceChardev, commands, server};
use crate::engine::Engine;

impl server::YankCommands for Engine {
    fn yank(&self, _cx: &Context<'_>, arguments: commands::Yank) -> Result<(), QmpError> {
        for instance in &arguments.instances {
            match instance {
                YankInstance::Migration if self.can_yank() => {}
                YankInstance::Chardev(chardev) if self.core.chardevs.contains(&chardev.id) => {
                    return Err(told("a monitor's connection is not yanked: close it"));
                }
                _ => return Err(QmpError::new(ErrorClass::DeviceNotFound, "Instance not found")),
            }
        }
        if !arguments.instances.is_empty() {
            self.yank();
        }
        Ok(())
    }

    fn query_yank(&self, _cx: &Context<'_>) -> Result<Vec<YankInstance>, QmpError> {
        let chardevs =
            self.core.chardevs.iter().map(|id| YankInstance::Chardev(YankInstanceChardev::new(id)));
        Ok(chardevs.chain(self.can_yank().then_some(YankInstance::Migration)).collect())
    }
}
