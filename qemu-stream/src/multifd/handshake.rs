//! The first bytes of a multifd channel.

use super::{MAGIC, MultifdError, VERSION};
use crate::wire::{Fields, Parsed, put_u8, put_u32};

/// The handshake at the start of a multifd channel.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Handshake {
    /// The UUID of the source's virtual machine, zero if it has none.
    pub uuid: [u8; 16],
    /// The channel's id: 0 to the number of channels, exclusive.
    pub channel: u8,
}

impl Handshake {
    /// Length in bytes.
    pub const LENGTH: usize = 64;

    /// Appends the handshake.
    pub fn write(&self, out: &mut Vec<u8>) {
        let end = out.len() + Self::LENGTH;
        put_u32(out, MAGIC);
        put_u32(out, VERSION);
        out.extend_from_slice(&self.uuid);
        put_u8(out, self.channel);
        out.resize(end, 0);
    }

    /// Checks that the channel belongs to this migration. A virtual machine without a UUID has a
    /// `uuid` of zeroes.
    pub fn check(&self, uuid: [u8; 16], channels: u8) -> Result<(), MultifdError> {
        if self.uuid != uuid {
            let channel = self.channel;
            return Err(MultifdError::Uuid { received: self.uuid, expected: uuid, channel });
        }
        if self.channel >= channels {
            return Err(MultifdError::Channel { received: self.channel, channels });
        }
        Ok(())
    }

    pub(super) fn parse(fields: &mut Fields<'_>) -> Parsed<Result<Self, MultifdError>> {
        let mut fields = Fields::new(fields.take(Self::LENGTH)?);
        let (magic, version) = (fields.u32()?, fields.u32()?);
        if magic != MAGIC {
            return Ok(Err(MultifdError::Magic { received: magic, expected: MAGIC }));
        }
        if version != VERSION {
            return Ok(Err(MultifdError::Version { received: version, expected: VERSION }));
        }
        Ok(Ok(Self { uuid: fields.uuid()?, channel: fields.u8()? }))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn layout() {
        let mut out = vec![0xff];
        Handshake { uuid: [7; 16], channel: 3 }.write(&mut out);
        assert_eq!(out.len(), 65);
        assert_eq!(out[1..9], [0x11, 0x22, 0x33, 0x44, 0, 0, 0, 1]);
        assert_eq!(out[9..26], [7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 7, 3]);
        assert_eq!(out[26..], [0; 39]);
    }

    #[test]
    fn checks_in_qemu_words() {
        let handshake = Handshake { uuid: [0; 16], channel: 2 };
        assert_eq!(handshake.check([0; 16], 3), Ok(()));
        assert_eq!(
            handshake.check([0; 16], 2).unwrap_err().to_string(),
            "multifd: received channel id 2 is greater than number of channels 2"
        );
        assert_eq!(
            handshake.check([0x11; 16], 3).unwrap_err().to_string(),
            "multifd: received uuid '00000000-0000-0000-0000-000000000000' and expected uuid \
             '11111111-1111-1111-1111-111111111111' for channel 2"
        );
    }
}
