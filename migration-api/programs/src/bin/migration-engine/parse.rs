//! The command line, in QEMU's spelling.

use migration_api::block::Nodes;
use migration_api::generation::Generation;
use migration_api::guest::Uuid;
use migration_api::guests::Backing;
use migration_api::objects::Objects;
use migration_api::settings::Capabilities;
use migration_api::settings::Parameters;
use migration_api::size;
use migration_api::stream::Limits;
use qapi::{InputPolicy, OutputPolicy, Policy};

use crate::blockdev;
use crate::devices;
use crate::ignored;
use crate::keyval::KeyVal;
use crate::limits;
use crate::monitor;
use crate::object::{self, Memory};
use crate::options::{Kind, Options};
use crate::settings::Properties;
use crate::trace::Trace;

/// The request of the command line.
pub enum Request {
    Help,
    Version,
    Run(Box<Options>),
}

/// Options read so far. Some depend on others that come later.
#[derive(Default)]
struct Gathered {
    machine: Option<String>,
    backend: Option<String>,
    size: Option<u64>,
    backings: Vec<Memory>,
    devices: Vec<String>,
    only_migratable: bool,
    properties: Properties,
}

/// Reads the command line.
///
/// # Errors
/// The first option that cannot be understood.
pub fn parse(arguments: impl Iterator<Item = String>) -> Result<Request, String> {
    let mut options = Options {
        kind: Kind::Machine,
        machine: String::new(),
        block: String::new(),
        size: 0,
        backing: Backing::Anonymous { shared: false },
        uuid: None,
        paused: false,
        incoming: None,
        snapshot: None,
        monitors: Vec::new(),
        capabilities: Capabilities::default(),
        parameters: Parameters::default(),
        generation: Generation::default(),
        limits: Limits::default(),
        policy: Policy::ACCEPT,
        trace: None,
        objects: Objects::default(),
        nodes: Nodes::default(),
        devices: Vec::new(),
        primaries: Vec::new(),
        blockers: Vec::new(),
        workloads: Vec::new(),
        reset_is_shutdown: false,
        shutdown_is_pause: false,
    };
    let mut gathered = Gathered::default();
    let mut arguments = arguments;
    while let Some(argument) = arguments.next() {
        let name = argument.strip_prefix("--").or_else(|| argument.strip_prefix('-'));
        let name = name.ok_or_else(|| format!("{argument}: a disk image is of no use here"))?;
        let mut value =
            || arguments.next().ok_or_else(|| format!("{argument}: requires an argument"));
        match name {
            "h" | "help" => return Ok(Request::Help),
            "version" => return Ok(Request::Version),
            "S" => options.paused = true,
            "only-migratable" => gathered.only_migratable = true,
            "m" => gathered.size = Some(memory(&value()?)?),
            "machine" | "M" => machine(&value()?, &mut gathered)?,
            "incoming" => options.incoming = Some(value()?),
            "loadvm" => options.snapshot = Some(value()?),
            "trace" => options.trace = Some(Trace::parse(&value()?)?),
            "uuid" => options.uuid = Some(uuid(&value()?)?),
            "qmp" => options.monitors.push(monitor::monitor(&value()?)?),
            "object" => {
                gathered.backings.extend(object::add(&value()?, &mut options.objects)?);
            }
            "global" => global(&value()?, &mut gathered.properties)?,
            "limits" => limits::set(&value()?, &mut options.limits)?,
            "compat" => options.policy = policy(&value()?)?,
            "device" => device(&value()?, &mut options, &mut gathered)?,
            "blockdev" => blockdev::add(&value()?, &mut options.nodes)?,
            "action" => action(&value()?, &mut options)?,
            "workload" => {
                let text = value()?;
                options
                    .workloads
                    .push(text.parse().map_err(|error| format!("-workload {text}: {error}"))?);
            }
            _ => match ignored::find(name) {
                Some(option) if option.has_value => drop(value()?),
                Some(_) => {}
                None => return Err(format!("{argument}: invalid option")),
            },
        }
    }
    finish(options, gathered).map(|options| Request::Run(Box::new(options)))
}

/// Combines the options that depend on each other.
fn finish(mut options: Options, gathered: Gathered) -> Result<Options, String> {
    if options.snapshot.is_some() && options.incoming.is_some() {
        return Err("'incoming' and 'loadvm' options are mutually exclusive".into());
    }
    options.parameters =
        gathered.properties.parameters().map_err(|error| format!("-global {error}"))?;
    options.capabilities = gathered.properties.capabilities;
    options.generation = gathered.properties.generation;
    options.machine = gathered.machine.unwrap_or_else(|| "none".into());
    if options.machine == "relay" {
        options.kind = Kind::Relay;
    }
    let default = if options.machine == "none" { "ram" } else { "pc.ram" };
    options.block = gathered.backend.clone().unwrap_or_else(|| default.into());
    options.size = gathered.size.unwrap_or(128 << 20);
    if let Some(id) = &gathered.backend {
        let backing = gathered.backings.into_iter().find(|known| known.0 == *id);
        let (_, backing, size) =
            backing.ok_or_else(|| format!("Memory backend '{id}' not found"))?;
        if gathered.size.is_some_and(|wanted| wanted != size) {
            return Err("Size specified by -m option must match size of explicitly specified 'memory-backend' property".into());
        }
        (options.backing, options.size) = (backing, size);
    }
    for (number, driver) in gathered.devices.iter().enumerate() {
        let Some(blocker) = devices::blocker(driver, number) else { continue };
        if gathered.only_migratable {
            let reason = blocker.reason;
            return Err(format!("disallowing migration blocker (--only-migratable) for: {reason}"));
        }
        options.blockers.push(blocker);
    }
    options.devices = gathered.devices;
    Ok(options)
}

fn memory(text: &str) -> Result<u64, String> {
    let mut settings = KeyVal::parse("-m", "size", text)?;
    let given = settings.need("size")?;
    settings.finish()?;
    size::parse(&given, 20)
        .map_err(|_| format!("-m: Parameter 'size' expects a size, not '{given}'"))
}

fn machine(text: &str, gathered: &mut Gathered) -> Result<(), String> {
    let mut settings = KeyVal::parse("-machine", "type", text)?;
    if let Some(name) = settings.take("type") {
        gathered.machine = Some(name);
    }
    if let Some(id) = settings.take("memory-backend") {
        gathered.backend = Some(id);
    }
    if let Some(suppress) = settings.take_switch("suppress-vmdesc")? {
        gathered.properties.generation.suppress_description = suppress;
    }
    drop(settings.take("accel"));
    settings.finish()
}

fn uuid(text: &str) -> Result<Uuid, String> {
    // Other lengths are of other forms, which QEMU does not accept.
    let parsed = (text.len() == 36).then(|| Uuid::try_parse(text).ok()).flatten();
    parsed.ok_or_else(|| "Failed to parse UUID string or wrong format".to_owned())
}

fn device(text: &str, options: &mut Options, gathered: &mut Gathered) -> Result<(), String> {
    let mut device = match text.starts_with('{') {
        true => KeyVal::json("-device", text)?,
        false => KeyVal::parse("-device", "driver", text)?,
    };
    let driver = device.need("driver")?;
    match (device.take("failover_pair_id"), device.take("id")) {
        (Some(_), Some(id)) => options.primaries.push(id),
        (Some(_), None) => return Err("Device with failover_pair_id needs to have id".into()),
        (None, _) => gathered.devices.push(driver),
    }
    Ok(())
}

fn action(text: &str, options: &mut Options) -> Result<(), String> {
    let mut actions = KeyVal::parse("-action", "", text)?;
    if let Some(is_shutdown) =
        actions.take_choice("reboot", &[("reset", false), ("shutdown", true)])?
    {
        options.reset_is_shutdown = is_shutdown;
    }
    if let Some(is_pause) =
        actions.take_choice("shutdown", &[("poweroff", false), ("pause", true)])?
    {
        options.shutdown_is_pause = is_pause;
    }
    // The guest neither panics nor has a watchdog.
    let panic = ["pause", "shutdown", "exit-failure", "none"];
    let watchdog = ["reset", "shutdown", "poweroff", "pause", "debug", "none", "inject-nmi"];
    actions.take_choice("panic", &panic.map(|choice| (choice, ())))?;
    actions.take_choice("watchdog", &watchdog.map(|choice| (choice, ())))?;
    actions.finish()
}

fn global(text: &str, properties: &mut Properties) -> Result<(), String> {
    let (name, value) =
        text.split_once('=').ok_or_else(|| format!("-global {text}: expected PROPERTY=VALUE"))?;
    let name = name
        .strip_prefix("migration.")
        .ok_or_else(|| format!("-global {text}: only migration.… is known"))?;
    properties.set(name, value).map_err(|error| format!("-global {error}"))
}

fn policy(text: &str) -> Result<Policy, String> {
    let mut settings = KeyVal::parse("-compat", "", text)?;
    let input = [
        ("accept", InputPolicy::Accept),
        ("reject", InputPolicy::Reject),
        ("crash", InputPolicy::Crash),
    ];
    let output = [("accept", OutputPolicy::Accept), ("hide", OutputPolicy::Hide)];
    let deprecated_input = settings.take_choice("deprecated-input", &input)?.unwrap_or_default();
    let unstable_input = settings.take_choice("unstable-input", &input)?.unwrap_or_default();
    let deprecated_output = settings.take_choice("deprecated-output", &output)?.unwrap_or_default();
    let unstable_output = settings.take_choice("unstable-output", &output)?.unwrap_or_default();
    settings.finish()?;
    Ok(Policy { deprecated_input, deprecated_output, unstable_input, unstable_output })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::monitor::Qmp;

    fn run(line: &str) -> Result<Options, String> {
        match parse(line.split_whitespace().map(String::from))? {
            Request::Run(options) => Ok(*options),
            Request::Help | Request::Version => Err("no run".into()),
        }
    }

    #[test]
    fn a_command_line_for_qemu_is_understood() {
        let line = "-machine pc,memory-backend=ram0 -accel tcg -m 64 -nodefaults -display none -S \
                    -object memory-backend-file,id=ram0,size=64M,mem-path=/r,share=on -incoming defer \
                    -object authz-simple,id=a0,identity=CN=x -uuid 11111111-1111-1111-1111-11111111111f \
                    -qmp unix:/s,server=on,wait=off -qmp stdio -blockdev driver=null-co,node-name=n0 \
                    -global migration.x-events=on -compat deprecated-output=hide -workload idle";
        let options = run(line).unwrap();
        assert_eq!(
            (options.machine.as_str(), options.block.as_str(), options.size),
            ("pc", "ram0", 64 << 20)
        );
        assert_eq!(options.backing, Backing::File { path: "/r".into(), shared: true });
        assert_eq!(options.monitors, [Qmp::Unix("/s".into()), Qmp::Stdio]);
        assert_eq!(options.uuid.unwrap().as_bytes()[15], 0x1f);
        assert!(options.paused);
        assert_eq!(options.incoming.as_deref(), Some("defer"));
    }

    #[test]
    fn tls_credentials_need_the_feature() {
        let credentials = run("-object tls-creds-anon,id=t0,endpoint=server");
        if cfg!(feature = "tls") {
            assert!(credentials.is_ok());
        } else {
            let error = credentials.unwrap_err();
            assert!(error.ends_with("this engine was built without feature 'tls'"), "{error}");
        }
    }

    #[test]
    fn options_without_effect_are_accepted() {
        let line = "-smp 4,sockets=2 -enable-kvm -nographic -cpu host,migratable=on -name vm -S";
        assert!(run(line).unwrap().paused);
        for option in &ignored::IGNORED {
            let value = if option.has_value { " value" } else { "" };
            assert!(run(&format!("-{}{value} -S", option.name)).unwrap().paused, "{}", option.name);
        }
        assert_eq!(run("-smp").unwrap_err(), "-smp: requires an argument");
    }

    #[test]
    fn memfd_may_consist_of_huge_pages() {
        let backing = |more: &str| {
            let line = format!(
                "-object memory-backend-memfd,id=r,size=64M{more} -machine none,memory-backend=r"
            );
            run(&line).unwrap().backing
        };
        assert_eq!(backing(",share=off"), Backing::Memfd { shared: false, huge: None });
        assert_eq!(backing(",hugetlbsize=2M"), Backing::Memfd { shared: true, huge: None });
        assert_eq!(backing(",hugetlb=on"), Backing::Memfd { shared: true, huge: Some(0) });
        let sized = Backing::Memfd { shared: true, huge: Some(2 << 20) };
        assert_eq!(backing(",hugetlb=on,hugetlbsize=2M"), sized);
    }

    #[test]
    fn primaries_are_no_devices_of_the_stream() {
        let options = run(
            "-device vfio-pci,id=h0,failover_pair_id=n0 -device virtio-net-pci,id=n0 -loadvm t",
        );
        let options = options.unwrap();
        assert_eq!(
            (options.primaries, options.devices),
            (vec!["h0".into()], vec!["virtio-net-pci".into()])
        );
        assert_eq!(options.snapshot.as_deref(), Some("t"));
    }

    #[test]
    fn actions_are_set_one_by_one() {
        let actions = |line: &str| {
            run(line).map(|options| (options.reset_is_shutdown, options.shutdown_is_pause))
        };
        assert_eq!(actions(""), Ok((false, false)));
        assert_eq!(
            actions("-action reboot=shutdown -action panic=none,shutdown=pause"),
            Ok((true, true))
        );
        assert_eq!(actions("-action reboot=shutdown -action reboot=reset"), Ok((false, false)));
        let error = "-action: Parameter 'reboot' does not accept value 'bogus'";
        assert_eq!(actions("-action reboot=bogus"), Err(error.into()));
        assert_eq!(
            actions("-action rebot=reset"),
            Err("-action: Invalid parameter 'rebot'".into())
        );
    }

    #[test]
    fn globals_hold_together_whatever_their_order() {
        let two =
            ["-global migration.max-cpu-throttle=10", "-global migration.x-cpu-throttle-initial=5"];
        for line in [two.join(" "), format!("{} {}", two[1], two[0])] {
            assert_eq!(run(&line).unwrap().parameters.max_cpu_throttle, 10, "{line}");
        }
        assert!(run(two[0]).unwrap_err().starts_with("-global migration: "));
    }

    #[test]
    fn errors_name_the_option() {
        let error = |line: &str| run(line).unwrap_err();
        assert_eq!(error("-bogus"), "-bogus: invalid option");
        assert_eq!(error("-m"), "-m: requires an argument");
        assert_eq!(error("-machine pc,usb=on"), "-machine: Invalid parameter 'usb'");
        assert_eq!(error("-machine pc,memory-backend=x"), "Memory backend 'x' not found");
        assert!(error("-object memory-backend-ram,id=x").contains("'size' is missing"));
        assert!(error("-object memory-backend-ram,id=1,size=1M").contains("identifier"));
        assert!(run("-object memory-backend-ram,id=x,size=1M,share=true").is_ok());
        assert!(error("-uuid 1").contains("UUID"));
        assert!(error("-uuid {11111111-1111-1111-1111-11111111111f}").contains("UUID"));
        assert!(error("-uuid 1111111111111111111111111111111f").contains("UUID"));
        assert!(
            error(r#"-only-migratable -device {"driver":"nvme"}"#).contains("--only-migratable")
        );
        assert!(error("-device vfio-pci,failover_pair_id=n0").contains("needs to have id"));
        assert!(error("-loadvm t -incoming defer").contains("mutually exclusive"));
        assert!(error("disk.img").contains("disk image"));
        assert!(error("-qmp unix:/s").contains("server=on,wait=off"));
        assert!(
            error("-only-migratable -device ivshmem-plain,memdev=hm").contains("--only-migratable")
        );
    }

    #[test]
    fn block_names_follow_the_machine() {
        let suppressed = run("-machine relay,suppress-vmdesc=on").unwrap();
        assert!(suppressed.generation.suppress_description);
        assert!(!run("-machine relay").unwrap().generation.suppress_description);
        assert_eq!(run("").unwrap().block, "ram");
        assert_eq!(run("-machine q35").unwrap().block, "pc.ram");
        assert_eq!(run("-machine relay").unwrap().kind, Kind::Relay);
    }
}
