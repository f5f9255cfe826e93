//! Events, and the type of any of them.

use super::rt;

#[derive(Clone, PartialEq)]
pub struct Pass {
    pub pass: i64,
}

impl rt::Object for Pass {
    fn shape() -> rt::Shape {
        rt::Shape::new("PASS-arg", const { &[rt::member("pass")] })
    }

    fn read(r: &mut rt::Reader<'_>) -> Result<Self, rt::ReadError> {
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

#[derive(Clone, PartialEq)]
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
