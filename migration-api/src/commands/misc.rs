//! `misc.json`: stop, cont, and named file descriptors.

use qapi::{Context, QmpError};

use super::qmp_error;
use crate::api::{commands, server};
use crate::engine::Engine;
use crate::transport::Descriptors;

impl server::MiscCommands for Engine {
    fn stop(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.stop().map_err(qmp_error)
    }

    fn cont(&self, _cx: &Context<'_>) -> Result<(), QmpError> {
        self.cont().map_err(qmp_error)
    }

    fn getfd(&self, cx: &Context<'_>, arguments: commands::Getfd) -> Result<(), QmpError> {
        let fd = cx
            .fds()
            .take()
            .ok_or_else(|| qmp_error("No file descriptor supplied via SCM_RIGHTS"))?;
        if arguments.fdname.starts_with(|c: char| c.is_ascii_digit()) {
            return Err(qmp_error("Parameter 'fdname' expects a name not starting with a digit"));
        }
        self.core.add_descriptor(arguments.fdname, fd);
        Ok(())
    }

    fn closefd(&self, _cx: &Context<'_>, arguments: commands::Closefd) -> Result<(), QmpError> {
        let name = arguments.fdname;
        let taken = self.core.take(&name);
        taken
            .map(drop)
            .ok_or_else(|| qmp_error(format!("File descriptor named '{name}' not found")))
    }
}
