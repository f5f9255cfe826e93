//! Schema to Rust: parse and check, generate, format, and the memory all of it takes.
//!
//! `cargo bench -p qapi-benches --bench front_end` measures optimised code, and with
//! `--profile dev` what a build script runs.

use qapi_benches::{ms, peak_memory, schema_root, time};
use qapi_codegen::{Options, generate};
use qapi_parser::parse_file;

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = schema_root();
    let runs = if cfg!(debug_assertions) { 5 } else { 15 };
    println!("schema    {}", root.display());
    println!("profile   {}", if cfg!(debug_assertions) { "dev" } else { "release" });

    let schema = parse_file(&root, qapi_parser::Options::default())?.schema;
    let text = generate(&schema, &Options::default())?;
    println!("generated {} lines, {} bytes", text.lines().count(), text.len());

    let parse = time(runs, || parse_file(&root, qapi_parser::Options::default()));
    print("parse and check", parse);
    let emit = time(runs, || generate(&schema, &Options::default()));
    print("generate", emit);
    let both = time(runs, || {
        parse_file(&root, qapi_parser::Options::default())
            .map(|checked| generate(&checked.schema, &Options::default()))
    });
    print("both", both);
    if let Some(peak) = peak_memory() {
        println!("peak memory {peak:.0} MiB");
    }
    if cfg!(feature = "format") {
        print(
            "generate and format",
            time(runs.min(3), || generate(&schema, &Options::default().format(true))),
        );
    }
    Ok(())
}

fn print(what: &str, (min, median): (std::time::Duration, std::time::Duration)) {
    println!("{what:<20} min {:7.1} ms   median {:7.1} ms", ms(min), ms(median));
}
