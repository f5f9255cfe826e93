//! Writes recorded streams, with few of their pages, as seeds into `fuzz/corpus/`. QAPI_SHARED
//! names the recordings.

use std::fs;
use std::path::Path;

fn main() -> std::io::Result<()> {
    let corpus = Path::new(env!("CARGO_MANIFEST_DIR")).join("corpus");
    for (number, seed) in qapi_fuzz::seeds::all().into_iter().enumerate() {
        let folder = corpus.join(seed.target);
        fs::create_dir_all(&folder)?;
        fs::write(folder.join(format!("recorded-{number}")), seed.bytes)?;
    }
    Ok(())
}
