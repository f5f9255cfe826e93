//! Schema to Rust: the time to parse and check, generate and print, and the peak memory.
//!
//! `cargo bench -p qapi-benches --bench front_end` measures optimised code, and with
//! `--profile dev` the code of build scripts. Ratios are multiples of parse and check in the same
//! run.

use qapi_benches::{ms, peak_memory, ratio, schema_root, time};
use qapi_codegen::{Options, generate, generate_text};
use qapi_parser::parse_file;

/// The step that the others are compared with.
const PARSE: &str = "parse and check";

fn main() -> Result<(), Box<dyn std::error::Error>> {
    let root = schema_root();
    let runs = if cfg!(debug_assertions) { 5 } else { 15 };
    println!("schema    {}", root.display());
    println!("profile   {}", if cfg!(debug_assertions) { "dev" } else { "release" });

    let parsing = qapi_parser::Options::default();
    let schema = parse_file(&root, parsing)?.schema;
    let unformatted = Options::new().format(false);
    let text = generate_text(&schema, &unformatted)?;
    println!("generated {} lines, {} bytes unformatted", text.lines().count(), text.len());

    let parse = time(runs, || parse_file(&root, parsing));
    let print = |what: &str, (min, median): (std::time::Duration, std::time::Duration)| {
        println!("{what:<20} min {:7.1} ms   median {:7.1} ms", ms(min), ms(median));
        if what != PARSE {
            ratio(what, "parse and check, time", median.as_secs_f64() / parse.1.as_secs_f64());
        }
    };
    print(PARSE, parse);
    print("generate tokens", time(runs, || generate(&schema, &unformatted)));
    print("unformatted text", time(runs, || generate_text(&schema, &unformatted)));
    if let Some(peak) = peak_memory() {
        println!("peak memory {peak:.0} MiB");
    }
    print("formatted text", time(runs.min(5), || generate_text(&schema, &Options::new())));
    if let Some(peak) = peak_memory() {
        println!("peak memory {peak:.0} MiB");
    }
    Ok(())
}
