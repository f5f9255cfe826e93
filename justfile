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
    cargo test -p migration-api --features tls

# Build and check each feature alone and all together; needs cargo-hack
features:
    cargo hack check --each-feature -p qapi-parser -p qapi-codegen -p qapi -p migration-api

# Run one fuzz target (json, session or walker) for five minutes; needs cargo-fuzz
fuzz target:
    RUSTC_BOOTSTRAP=1 cargo fuzz run {{ target }} -- -dict=fuzz/words.dict -max_total_time=300

# Run all benchmarks, or those named, and write benches/RESULTS.md
bench *names:
    cargo run --quiet -p qapi-benches --bin report -- {{ names }}

# Pack the published crates and build them as a user of the registry would
package:
    .ci/package

# Do everything that must hold before a change is in
ci:
    .ci/run
