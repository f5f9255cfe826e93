//! `misc.json`: stop, cont, and named file descriptors.

use qapi::{Context, QmpError};

use super::qmp_error;
use crate::api::{commands, server};
use crate::engine::Engine;

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
        self.add_descriptor(&arguments.fdname, fd).map_err(qmp_error)
    }

    fn closefd(&self, _cx: &Context<'_>, arguments: commands::Closefd) -> Result<(), QmpError> {
        self.remove_descriptor(&arguments.fdname).map_err(qmp_error)
    }
}
