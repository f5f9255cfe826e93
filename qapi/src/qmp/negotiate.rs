//! The command `qmp_capabilities`.

use super::dispatch::Call;
use super::phase::Phase;
use crate::command::{Command, CommandInfo};
use crate::error::{ErrorClass, QmpError};
use crate::walk::{
    Enum, EnumShape, Field, Object, ReadError, Reader, Shape, Writer, optional, values,
};

/// The arguments of `qmp_capabilities`.
pub(super) struct Negotiate {
    enable: Option<Vec<Capability>>,
}

/// A capability that a client enables.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Capability {
    Oob,
}

impl Enum for Capability {
    fn shape() -> EnumShape {
        EnumShape::new("QMPCapability", const { &values(["oob"]) })
    }
    const VALUES: &'static [Self] = &[Self::Oob];

    fn index(&self) -> usize {
        *self as usize
    }
}

impl Field for Capability {
    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        r.enumeration()
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.enumeration(self);
    }
}

impl Object for Negotiate {
    fn shape() -> Shape {
        Shape::new("qmp_capabilities-arg", const { &[optional("enable")] })
    }

    fn read(r: &mut Reader<'_>) -> Result<Self, ReadError> {
        Ok(Negotiate { enable: r.optional()? })
    }

    fn write(&self, w: &mut Writer<'_>) {
        w.optional(&self.enable);
    }
}

impl Command for Negotiate {
    type Response = ();
    const INFO: &'static CommandInfo = &CommandInfo::new("qmp_capabilities").allow_preconfig();
}

/// Runs `qmp_capabilities`; returns the phase after it.
pub(super) fn negotiate(phase: Phase, call: &mut Call<'_>) -> Result<Phase, QmpError> {
    let arguments: Negotiate = call.arguments()?;
    let Phase::Negotiating { offers_oob } = phase else {
        let desc = "Capabilities negotiation is already complete, command ignored";
        return Err(QmpError::new(ErrorClass::CommandNotFound, desc));
    };
    let oob = arguments.enable.is_some_and(|enable| enable.contains(&Capability::Oob));
    if oob && !offers_oob {
        return Err(QmpError::generic("Capability oob not available"));
    }
    call.reply(());
    Ok(Phase::Ready { oob })
}
