//! Streams that have many names looked up.

use migration_api::stream::section;

use crate::streams::{Stream, begin, blocks, bytes, device, end_of_body, many, plain, zero_page};

pub fn all() -> [Stream; 2] {
    let part = bytes(|out| section::write_part(out, 2));
    let last = many().pop().unwrap();
    [
        Stream {
            relay: true,
            head: described_devices(1 << 15),
            ..plain("a description of many devices", "without any RAM")
        },
        Stream {
            relay: true,
            head: [begin(), blocks(&many(), 4096, None), end_of_body(2), part].concat(),
            unit: zero_page(&last),
            ..plain("zero pages of many blocks", "load of migration failed")
        },
    ]
}

/// Device sections without state, and the description that lists them.
fn described_devices(count: u32) -> Vec<u8> {
    let sections = (0..count).flat_map(|instance| device(1, "a", instance, b""));
    let listed = |instance| format!("{{\"name\": \"a\", \"instance_id\": {instance}}}");
    let list: Vec<String> = (0..count).map(listed).collect();
    let json = format!("{{\"devices\": [{}]}}", list.join(","));
    let end = bytes(|out| {
        section::write_eof(out);
        section::write_description(out, &json);
    });
    begin().into_iter().chain(sections).chain(end).collect()
}
