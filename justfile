# The long commands of CONTRIBUTING.md; `just` lists them.

_list:
    @just --list --unsorted

# Run every test that needs no other program
test:
    cargo test --workspace

# Check format, lints, documentation and spelling
lint:
    cargo fmt --all --check
    cargo clippy --workspace --all-targets -- -D warnings
    RUSTDOCFLAGS="-D warnings" cargo doc --workspace --no-deps
    typos

# Accept every changed snapshot; read `git diff` afterwards
bless:
    INSTA_UPDATE=always TRYBUILD=overwrite cargo test --workspace

# Run the tests on real schemas with a QEMU checkout
corpus qemu="~/src/qemu":
    QAPI_CORPUS={{ qemu }} cargo test -p qapi-tests --features corpus --test corpus --test damage
    QAPI_CORPUS={{ qemu }} cargo test -p qapi-tests --features corpus,compile-matrix --test compile_matrix checkout

# Run the tests on recorded material in a folder such as CONTRIBUTING.md describes
recorded shared:
    QAPI_SHARED={{ shared }} QAPI_CORPUS={{ shared }}/corpus/qemu-10.0.2 \
        cargo test -p qapi-tests --features recorded,compile-matrix

# Run the engine's tests of TLS, which need OpenSSL's headers and pkg-config
tls:
    cargo test -p migration-api -p migration-programs --features tls

# Build and check each feature alone and all together; needs cargo-hack
features:
    cargo hack check --each-feature -p qapi-parser -p qapi-codegen -p qapi -p qapi-cli \
        -p qemu-stream -p migration-api -p migration-programs

# Run one fuzz target for some seconds (default: five minutes); needs cargo-fuzz
fuzz target seconds="300":
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{ target }} -- -dict=fuzz/words.dict -max_len=32768 \
        -max_total_time={{ seconds }}

# Write recorded streams into the corpora of the fuzz targets, from a folder with captures/
seeds shared:
    QAPI_SHARED={{ shared }} cargo run --manifest-path fuzz/Cargo.toml --bin seeds

# Run the models of the engine's locks in more orders than `cargo test` does
models runs="20000":
    MODEL_RUNS={{ runs }} cargo test --release -p migration-models -- --nocapture

# Run the engine's code without system calls under Miri, but for what takes it very long or needs C;
# needs a nightly toolchain with miri
miri:
    cargo +nightly miri test -p qemu-stream --lib
    MIRIFLAGS=-Zmiri-disable-isolation cargo +nightly miri test -p migration-api \
        --lib -- caps:: params:: state:: guest::sections \
        page_set postcopy::requests multifd::queue vectored sys::host \
        --skip compress --skip random --skip round_trips \
        --skip can_be_interrupted --skip parsed_only_where_one_can_begin

# Run all benchmarks, or those named, and write benches/RESULTS.md
bench *names:
    cargo run --quiet -p qapi-benches --bin report -- {{ names }}

# Pack the published crates and build them as a user of the registry would
package:
    .ci/package

# Do everything that must hold before a change is in
ci:
    .ci/run
