//! `qapi shell` with `migration-engine`: a guest is migrated by typed lines.

use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};

use qapi::client::{Address, Client};
use tempfile::TempDir;

use crate::processes::options;
use crate::shell::{build, shell, text};

/// An engine with a running guest. Killed and reaped when dropped.
struct Engine {
    child: Child,
    folder: TempDir,
}

impl Engine {
    fn start() -> Engine {
        let folder = tempfile::tempdir().unwrap();
        let mut command = Command::new(build("migration-programs", "migration-engine"));
        let monitor = format!("unix:{},server=on,wait=off", folder.path().join("qmp").display());
        let child = command.args(["-m", "16M", "-qmp", &monitor]).stdin(Stdio::null()).spawn();
        let engine = Engine { child: child.expect("the engine starts"), folder };
        // Connecting is tried again until the engine listens.
        drop(Client::connect(Address::unix(engine.path("qmp")), options()).unwrap());
        engine
    }

    fn path(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn shell(&self, options: &[&str], script: &str) -> (Vec<String>, String) {
        text(&shell(Path::new(&self.path("qmp")), options, script))
    }
}

impl Drop for Engine {
    fn drop(&mut self) {
        let _ = self.child.kill();
        let _ = self.child.wait();
    }
}

#[test]
fn a_guest_of_the_engine_is_migrated_to_a_file() {
    let engine = Engine::start();
    let image = engine.path("image");
    let script = format!(
        "query-status\n\
         migrate-set-capabilities capabilities=[{{'capability': 'events', 'state': true}}]\n\
         migrate uri=file:{}\n\
         .wait STOP 60\n\
         query-status\n",
        image.display()
    );
    let (out, err) = engine.shell(&[], &script);
    assert_eq!(err, "");
    assert_eq!(out[..3], ["status: \"running\"", "running: true", "ok"]);
    let at = |text: &str| out.iter().position(|line| line.starts_with(text));
    assert!(at("event MIGRATION at ") < at("event STOP at "), "{out:?}");
    assert!(at("event STOP at ") < at("running: false"), "{out:?}");
    assert!(at("running: false").is_some() && image.exists(), "{out:?}");
}

#[test]
fn faults_are_found_by_the_engines_own_schema() {
    let engine = Engine::start();
    let script = "\
migrate-set-capabilities capabilities=[{'capability': 'xbzrel', 'state': true}]
migrate-set-parameters max-bandwidth=fast
query-migrat
migrate
";
    let (out, err) = engine.shell(&[], script);
    assert_eq!(
        err,
        "error: line 1: migrate-set-capabilities: capabilities[0].capability: \
         unknown value 'xbzrel'; did you mean 'xbzrle'?\n\
         error: line 2: migrate-set-parameters: max-bandwidth: expected an integer, \
         found string 'fast'\n\
         error: line 3: unknown command 'query-migrat'; did you mean 'query-migrate'?\n"
    );
    // Neither URI nor channels is valid by the schema: the engine itself refuses that.
    assert!(out.len() == 1 && out[0].starts_with("error: GenericError: "), "{out:?}");
}
