//! Types as generated code has them, one per shape of the schema language.

#![allow(dead_code, reason = "each test file uses a part")]
#![allow(clippy::let_unit_value, clippy::unit_arg, reason = "generated code treats all types alike")]

use qapi::rt;

#[derive(Debug, Clone, PartialEq)]
pub struct Stats {
    pub transferred: i64,
    pub rate: u32,
    pub page: Option<i64>,
    pub flags: Option<Vec<i8>>,
}

impl Stats {
    pub fn new(transferred: i64, rate: u32) -> Self {
        Stats { transferred, rate, page: None, flags: None }
    }
}

impl rt::Object for Stats {
    const SHAPE: &'static rt::Shape = &rt::Shape::new(
        "Stats",
        &[rt::member("transferred"), rt::member("rate"), rt::optional("page"), rt::optional("flags")],
    );

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        Ok(Self {
            transferred: r.required()?,
            rate: r.required()?,
            page: r.optional()?,
            flags: r.optional()?,
        })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.required(&self.transferred);
        w.required(&self.rate);
        w.optional(&self.page);
        w.optional(&self.flags);
    }
}
rt::object!(Stats);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Transport {
    Inet,
    Unix,
    None,
}

impl rt::Enum for Transport {
    const SHAPE: &'static rt::EnumShape =
        &rt::EnumShape::new("Transport", &[rt::value("inet"), rt::value("unix"), rt::value("none")]);
    const VALUES: &'static [Self] = &[Self::Inet, Self::Unix, Self::None];

    fn index(&self) -> usize {
        *self as usize
    }
}
rt::enumeration!(Transport);

macro_rules! one_string {
    ($type:ident, $field:ident) => {
        #[derive(Debug, Clone, PartialEq)]
        pub struct $type {
            pub $field: String,
        }

        impl rt::Object for $type {
            const SHAPE: &'static rt::Shape =
                &rt::Shape::new(stringify!($type), &[rt::member(stringify!($field))]);

            fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
                Ok(Self { $field: r.required()? })
            }

            fn write(&self, w: &mut rt::Writer<'_>) {
                w.required(&self.$field);
            }
        }
        rt::object!($type);
    };
}

one_string!(Inet, host);
one_string!(Unix, path);

#[derive(Debug, Clone, PartialEq)]
pub enum EndpointBranch {
    Inet(Inet),
    Unix(Unix),
    None,
}

impl EndpointBranch {
    pub fn discriminator(&self) -> Transport {
        match self {
            Self::Inet(_) => Transport::Inet,
            Self::Unix(_) => Transport::Unix,
            Self::None => Transport::None,
        }
    }
}

/// A union with more than the tag in its base.
#[derive(Debug, Clone, PartialEq)]
pub struct Endpoint {
    pub id: String,
    pub kind: EndpointBranch,
}

impl rt::Object for Endpoint {
    const SHAPE: &'static rt::Shape = &rt::Shape::new("Endpoint", &[rt::member("id"), rt::member("kind")]);

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        let id = r.required()?;
        let kind = match r.required::<Transport>()? {
            Transport::Inet => EndpointBranch::Inet(r.branch()?),
            Transport::Unix => EndpointBranch::Unix(r.branch()?),
            Transport::None => {
                r.empty_branch()?;
                EndpointBranch::None
            }
        };
        Ok(Self { id, kind })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.required(&self.id);
        w.required(&self.kind.discriminator());
        match &self.kind {
            EndpointBranch::Inet(branch) => w.branch(branch),
            EndpointBranch::Unix(branch) => w.branch(branch),
            EndpointBranch::None => {}
        }
    }
}
rt::object!(Endpoint);

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Tree {
    pub children: Option<Vec<Tree>>,
    pub endpoint: Option<Endpoint>,
}

impl rt::Object for Tree {
    const SHAPE: &'static rt::Shape =
        &rt::Shape::new("Tree", &[rt::optional("children"), rt::optional("endpoint")]);

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        Ok(Self { children: r.optional()?, endpoint: r.optional()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional(&self.children);
        w.optional(&self.endpoint);
    }
}
rt::object!(Tree);

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Link {
    pub child: Option<Box<Link>>,
}

impl rt::Object for Link {
    const SHAPE: &'static rt::Shape = &rt::Shape::new("Link", &[rt::optional("child")]);

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        Ok(Self { child: r.optional()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional(&self.child);
    }
}
rt::object!(Link);

#[derive(Debug, Clone, PartialEq)]
pub enum Reference {
    Nothing(qapi::Null),
    Definition(Box<Holder>),
    Name(String),
}

impl rt::Alternate for Reference {
    const NAME: &'static str = "Reference";

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        match r.kind() {
            rt::Kind::Null => Ok(Self::Nothing(r.value()?)),
            rt::Kind::Dict => Ok(Self::Definition(r.value()?)),
            rt::Kind::String => Ok(Self::Name(r.value()?)),
            _ => Err(r.no_alternative(Self::NAME)),
        }
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        match self {
            Self::Nothing(value) => w.value(value),
            Self::Definition(value) => w.value(value),
            Self::Name(value) => w.value(value),
        }
    }
}
rt::alternate!(Reference);

#[derive(Debug, Clone, PartialEq, Default)]
pub struct Holder {
    pub backing: Option<Reference>,
    pub any: Option<qapi::Value>,
}

impl rt::Object for Holder {
    const SHAPE: &'static rt::Shape =
        &rt::Shape::new("Holder", &[rt::optional("backing"), rt::optional("any")]);

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        Ok(Self { backing: r.optional()?, any: r.optional()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional(&self.backing);
        w.optional(&self.any);
    }
}
rt::object!(Holder);

#[derive(Debug, Clone, PartialEq)]
pub enum Colour {
    Red,
    Other(String),
}

impl rt::OpenEnum for Colour {
    const SHAPE: &'static rt::EnumShape = &rt::EnumShape::new("Colour", &[rt::value("red")]);
    const VALUES: &'static [Self] = &[Self::Red];

    fn other(name: String) -> Self {
        Self::Other(name)
    }

    fn index(&self) -> Result<usize, &str> {
        match self {
            Self::Red => Ok(0),
            Self::Other(name) => Err(name),
        }
    }
}
rt::open_enumeration!(Colour);

/// An open union whose base is just the tag.
#[derive(Debug, Clone, PartialEq)]
pub enum Painted {
    Red(Stats),
    Other(qapi::UnknownBranch),
}

impl rt::Object for Painted {
    const SHAPE: &'static rt::Shape = &rt::Shape::new("Painted", &[rt::member("colour")]);

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        Ok(match r.required::<Colour>()? {
            Colour::Red => Self::Red(r.branch()?),
            Colour::Other(name) => Self::Other(r.unknown_branch(name)?),
        })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        match self {
            Self::Red(branch) => {
                w.required(&Colour::Red);
                w.branch(branch);
            }
            Self::Other(branch) => {
                w.required(&Colour::Other(branch.discriminator.clone()));
                w.unknown_branch(branch);
            }
        }
    }
}
rt::object!(Painted);

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Shade {
    Red,
    Puce,
}

impl rt::Enum for Shade {
    const SHAPE: &'static rt::EnumShape = &rt::EnumShape::new(
        "Shade",
        &[rt::value("red"), rt::value("puce").deprecated().features(&["deprecated"])],
    );
    const VALUES: &'static [Self] = &[Self::Red, Self::Puce];

    fn index(&self) -> usize {
        *self as usize
    }
}
rt::enumeration!(Shade);

#[derive(Debug, Clone, PartialEq)]
pub struct Old {
    pub size: Option<i64>,
    pub colour: Shade,
}

impl rt::Object for Old {
    const SHAPE: &'static rt::Shape = &rt::Shape::new(
        "Old",
        &[rt::optional("size").deprecated().features(&["deprecated"]), rt::member("colour")],
    );

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        Ok(Self { size: r.optional()?, colour: r.required()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.optional(&self.size);
        w.required(&self.colour);
    }
}
rt::object!(Old);

#[derive(Debug, Clone, PartialEq)]
pub struct Mandatory {
    pub x: i64,
}

impl rt::Object for Mandatory {
    const SHAPE: &'static rt::Shape =
        &rt::Shape::new("Mandatory", &[rt::member("x").unstable().features(&["unstable"])]);

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
        Ok(Self { x: r.required()? })
    }

    fn write(&self, w: &mut rt::Writer<'_>) {
        w.required(&self.x);
    }
}
rt::object!(Mandatory);

pub mod commands {
    use super::rt;

    #[derive(Debug, Clone, PartialEq)]
    pub struct SetStats(pub super::Stats);
    rt::newtype!(SetStats(super::Stats));

    impl qapi::Command for SetStats {
        type Response = ();
        const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("set-stats");
    }

    #[derive(Debug, Clone, PartialEq)]
    pub struct QueryStats;
    rt::unit!(QueryStats);

    impl qapi::Command for QueryStats {
        type Response = super::Stats;
        const INFO: &'static qapi::CommandInfo =
            &qapi::CommandInfo::new("query-stats").allow_oob().allow_preconfig();
    }

    #[derive(Debug, Clone, PartialEq)]
    pub struct DeviceAdd(pub qapi::Dict);
    rt::newtype!(DeviceAdd(qapi::Dict));

    impl qapi::Command for DeviceAdd {
        type Response = qapi::Value;
        const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("device_add").untyped();
    }

    #[derive(Debug, Clone, PartialEq)]
    pub struct Sleep;
    rt::unit!(Sleep);

    impl qapi::Command for Sleep {
        type Response = ();
        const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("sleep").coroutine();
    }

    #[derive(Debug, Clone, PartialEq)]
    pub struct Quit;
    rt::unit!(Quit);

    impl qapi::Command for Quit {
        type Response = ();
        const INFO: &'static qapi::CommandInfo = &qapi::CommandInfo::new("quit").no_success_response();
    }
}

pub mod events {
    use super::rt;

    #[derive(Debug, Clone, PartialEq)]
    pub struct Pass {
        pub pass: i64,
    }

    impl rt::Object for Pass {
        const SHAPE: &'static rt::Shape = &rt::Shape::new("PASS-arg", &[rt::member("pass")]);

        fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::Stop> {
            Ok(Self { pass: r.required()? })
        }

        fn write(&self, w: &mut rt::Writer<'_>) {
            w.required(&self.pass);
        }
    }
    rt::object!(Pass);

    impl qapi::Event for Pass {
        const INFO: &'static qapi::EventInfo = &qapi::EventInfo::new("PASS");
    }

    #[derive(Debug, Clone, PartialEq)]
    pub struct Stop;
    rt::unit!(Stop);

    impl qapi::Event for Stop {
        const INFO: &'static qapi::EventInfo = &qapi::EventInfo::new("STOP");
    }

    #[derive(Debug, Clone, PartialEq)]
    pub enum Event {
        Pass(Pass),
        Stop(Stop),
        Unknown(qapi::RawEvent),
    }

    impl rt::AnyEvent for Event {
        fn read(name: &str, data: rt::EventData<'_>) -> Result<Self, qapi::DecodeError> {
            match name {
                "PASS" => Ok(Self::Pass(data.read()?)),
                "STOP" => Ok(Self::Stop(data.read()?)),
                _ => Ok(Self::Unknown(data.raw(name))),
            }
        }

        fn info(&self) -> Option<&'static qapi::EventInfo> {
            match self {
                Self::Pass(_) => Some(<Pass as qapi::Event>::INFO),
                Self::Stop(_) => Some(<Stop as qapi::Event>::INFO),
                Self::Unknown(_) => None,
            }
        }

        fn name(&self) -> &str {
            match self {
                Self::Unknown(raw) => &raw.name,
                _ => self.info().map_or("", qapi::EventInfo::name),
            }
        }

        fn write(&self, w: &mut rt::Writer<'_>) {
            match self {
                Self::Pass(data) => w.value(data),
                Self::Stop(data) => w.value(data),
                Self::Unknown(raw) => w.value(&raw.data),
            }
        }
    }
}

pub mod server {
    pub trait StatsCommands {
        fn set_stats(&self, cx: &qapi::Context<'_>, arguments: super::Stats) -> Result<(), qapi::QmpError> {
            let _ = (cx, arguments);
            Err(qapi::QmpError::command_not_found("set-stats"))
        }

        fn query_stats(&self, cx: &qapi::Context<'_>) -> Result<super::Stats, qapi::QmpError> {
            let _ = cx;
            Err(qapi::QmpError::command_not_found("query-stats"))
        }

        fn device_add(
            &self,
            cx: &qapi::Context<'_>,
            arguments: qapi::Dict,
        ) -> Result<qapi::Value, qapi::QmpError> {
            let _ = (cx, arguments);
            Err(qapi::QmpError::command_not_found("device_add"))
        }

        fn quit(&self, cx: &qapi::Context<'_>) -> Result<(), qapi::QmpError> {
            let _ = cx;
            Err(qapi::QmpError::command_not_found("quit"))
        }
    }

    pub trait AsyncSleepCommands: Sync {
        fn sleep(&self, cx: &qapi::Context<'_>) -> impl Future<Output = Result<(), qapi::QmpError>> + Send;
    }

    pub fn stats_commands<H: StatsCommands>() -> &'static [qapi::Handler<H>] {
        const {
            &[
                qapi::Handler::new(<super::commands::SetStats as qapi::Command>::INFO, |handler, call| {
                    let arguments = call.arguments::<super::commands::SetStats>()?;
                    let response = handler.set_stats(call.context(), arguments.0)?;
                    call.reply(response)
                }),
                qapi::Handler::new(<super::commands::QueryStats as qapi::Command>::INFO, |handler, call| {
                    call.arguments::<super::commands::QueryStats>()?;
                    call.reply(handler.query_stats(call.context())?)
                }),
                qapi::Handler::new(<super::commands::DeviceAdd as qapi::Command>::INFO, |handler, call| {
                    let arguments = call.arguments::<super::commands::DeviceAdd>()?;
                    call.reply(handler.device_add(call.context(), arguments.0)?)
                }),
                qapi::Handler::new(<super::commands::Quit as qapi::Command>::INFO, |handler, call| {
                    call.arguments::<super::commands::Quit>()?;
                    call.reply(handler.quit(call.context())?)
                }),
            ]
        }
    }

    pub fn sleep_commands<H: AsyncSleepCommands>() -> &'static [qapi::AsyncHandler<H>] {
        const {
            &[qapi::AsyncHandler::new(<super::commands::Sleep as qapi::Command>::INFO, |handler, call| {
                Box::pin(async move {
                    call.arguments::<super::commands::Sleep>()?;
                    let response = handler.sleep(call.context()).await?;
                    call.reply(response)
                })
            })]
        }
    }
}
