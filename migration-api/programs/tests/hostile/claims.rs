//! Sources that claim more RAM than they send. A relay adopts what the source has, so the memory
//! that it takes must depend on the pages that came, not on the claim.

use std::io::{Read as _, Write as _};

use migration_api::stream::{Command, Configuration, command, section};

use super::*;
use crate::streams::{begin, blocks, commands, end_of_body, first_page, handshake, many};

/// The largest RAM that a relay adopts.
const CLAIM: u64 = 256 << 30;
/// Largest memory in MiB for it: names and tables of the most blocks.
const CLAIMED: u64 = 12;
/// Memory in MiB of a bit for each page.
const MARKS: u64 = 8;

/// A claim: its capabilities, and the stream up to the end of the block list.
struct Claim {
    name: &'static str,
    capabilities: &'static [&'static str],
    blocks: Vec<u8>,
}

fn claims() -> Vec<Claim> {
    let one = || blocks(&["ram".into()], CLAIM, None);
    let claim = |name, capabilities, blocks| Claim { name, capabilities, blocks };
    let many = |name, capabilities| claim(name, capabilities, blocks(&many(), CLAIM / 4096, None));
    vec![
        claim("one block", &[], one()),
        many("many blocks", &[]),
        claim("postcopy", &["postcopy-ram"], one()),
        many("many blocks in postcopy", &["postcopy-ram"]),
        claim("multifd", &["multifd"], one()),
        claim("x-ignore-shared", &["x-ignore-shared"], blocks(&["ram".into()], CLAIM, Some(0))),
    ]
}

/// Sends the claim. Returns the peak of the destination's memory in MiB once it is adopted, and
/// again once pages have come that lie as far apart as the memory for one mark of each page allows.
fn peaks(claim: &Claim) -> (u64, u64) {
    let postcopy = claim.capabilities.contains(&"postcopy-ram");
    let multifd = claim.capabilities.contains(&"multifd");
    let channels = [0, 1].map(|id| (handshake(id), Vec::new()));
    let stream = Stream {
        relay: true,
        capabilities: claim.capabilities,
        channels: if multifd { channels.into() } else { Vec::new() },
        ..streams::plain(claim.name, "")
    };
    let mut attack = Attack::begin(&stream);
    for (channel, (head, _)) in attack.others.iter_mut().zip(&stream.channels) {
        channel.write_all(head).unwrap();
    }
    let advise = command::Advise { block_page_sizes: 4096, target_page_size: 4096 };
    let ask = || commands(&[Command::Ping(7)]);
    let names = claim.capabilities.iter().map(|text| streams::name(text)).collect();
    let configuration =
        Configuration { capabilities: Some(names), ..Configuration::new(streams::name("none")) };
    let mut head = streams::bytes(|out| {
        section::write_header(out);
        configuration.write(out);
        Command::OpenReturnPath.write(out);
    });
    if postcopy {
        head.extend(commands(&[Command::PostcopyAdvise(Some(advise))]));
    }
    head.extend([&claim.blocks[..], &end_of_body(2), &ask()].concat());
    attack.main.write_all(&head).unwrap();
    let adopted = attack.peak_after_answer();

    let named = claim.blocks.len() < 100;
    if named && claim.capabilities != ["x-ignore-shared"] {
        let mut pages = [&b"\x02\0\0\0\x02"[..], &first_page()].concat();
        for offset in (0..CLAIM).step_by(64 << 20).skip(1) {
            pages.extend((offset | 0x22).to_be_bytes());
            pages.push(0);
        }
        attack.main.write_all(&[pages, end_of_body(2), ask()].concat()).unwrap();
        return (adopted, attack.peak_after_answer());
    }
    (adopted, adopted)
}

impl Attack {
    /// Waits until everything sent is processed. Returns the peak of memory in MiB.
    fn peak_after_answer(&mut self) -> u64 {
        let mut answer = [0; 8];
        let read = self.main.read_exact(&mut answer);
        if let Err(error) = read {
            watch(&mut self.vm);
            panic!("{error}: {}", self.vm.log());
        }
        // A PONG with the number.
        assert_eq!(answer, [0, 2, 0, 4, 0, 0, 0, 7], "{}", self.vm.log());
        peak(self.vm.process.id()).unwrap()
    }
}

#[test]
fn claimed_ram_takes_no_memory_before_its_pages_come() {
    let idle = {
        let mut attack = Attack::begin(&Stream { relay: true, ..streams::plain("idle", "") });
        let head = [begin(), commands(&[Command::OpenReturnPath, Command::Ping(7)])].concat();
        attack.main.write_all(&head).unwrap();
        attack.peak_after_answer()
    };
    for claim in claims() {
        let (adopted, sparse) = peaks(&claim);
        println!("{:<24} {adopted:>3} MiB, with sparse pages {sparse:>3}", claim.name);
        assert!(adopted <= idle + CLAIMED, "{}: {adopted} after {idle} MiB", claim.name);
        assert!(sparse <= idle + CLAIMED + MARKS, "{}: {sparse} after {idle} MiB", claim.name);
    }
}
