//! `control.json`: version, commands, and quit.

use std::time::Duration;

use qapi::{Context, QmpError};

use crate::api::{CommandInfo, VersionInfo, VersionTriple, server};
use crate::engine::Engine;

/// Limit for `quit` to wait for the engine's threads.
const PATIENCE: Duration = Duration::from_secs(1);

impl server::ControlCommands for Engine {
    fn query_version(&self, cx: &Context<'_>) -> Result<VersionInfo, QmpError> {
        let version = cx.monitor().version();
        let (major, minor, micro) =
            (version.major.into(), version.minor.into(), version.micro.into());
        Ok(VersionInfo::new(VersionTriple::new(major, minor, micro), version.package.clone()))
    }

    fn query_commands(&self, cx: &Context<'_>) -> Result<Vec<CommandInfo>, QmpError> {
        let known = super::commands();
        let enabled =
            known.infos().map(|info| info.name()).filter(|name| cx.monitor().is_enabled(name));
        let mut names: Vec<&str> = enabled.collect();
        names.sort_unstable();
        Ok(names.into_iter().map(CommandInfo::new).collect())
    }

    fn quit(&self, cx: &Context<'_>) -> Result<(), QmpError> {
        // The reply does not wait long for a guest that takes its time.
        let _ = self.shutdown().join_timeout(PATIENCE);
        cx.monitor().quit();
        Ok(())
    }
}
