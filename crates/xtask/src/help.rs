//! What the tasks say of themselves.

use crate::failure::{Failure, Result};
use crate::test;

const OVERVIEW: &str = "\
The tasks of this repository.

usage: cargo xtask TASK [ARGUMENT…]

  setup    find or install everything that the other tasks need
  build    build the WebAssembly modules and the npm package
  demo     encrypt and decrypt a file under a root key, step by step
  test     run the tests, all suites or those that are named
  lint     check the house style, file budgets and dependency rules
  spec     say where each clause of the formats is implemented and tested
  fuzz     run every parser of the core under a fuzzer
  size     measure the package against its budgets
  www      build the playground and serve it
  bench    measure speed against other implementations
  kms-conformance  play kube-apiserver's rules against a plugin for key services
  help     explain a task: cargo xtask help test

Each task sets up what it needs and leaves out what is done already; `--force` does it all again.
Exit codes: 0 done · 1 a step or check failed · 2 something has to be installed first · 3 usage.
";

const SETUP: &str = "\
usage: cargo xtask setup [--check] [--demo] [--force]

Finds or makes everything that the other tasks need:
  Node.js 20 or later (found, never installed), the npm packages of js/package-lock.json,
  a standard library for wasm32-unknown-unknown (from rustup, or built from Debian's sources),
  wasm-bindgen in the version of Cargo.lock, wasm-pack and geckodriver (built from crates.io),
  and for the tests Chromium, Firefox, PostgreSQL and etcd (from Debian) and a Python environment.

  --check  only say what is there and what is missing
  --demo   leave out what only the tests need: browsers, drivers, Python, databases, lints
  --force  do every step again

Programs built from crates.io, the Python environment and all logs are in Cargo's target folder.
Debian packages are installed if the user is root or may use sudo without a password; otherwise,
and wherever the variable TSUTSUMI_NO_INSTALL is set, they are named and the exit code is 2.
On a fresh machine with two cores it takes about 5 minutes, with --demo about 2.
";

const BUILD: &str = "\
usage: cargo xtask build [--record] [--force]

Builds pkg/core and pkg/service (compiler, wasm-bindgen, wasm-opt) and js/dist.
The same sources and versions give the same bytes in any folder: pkg/SHA256SUMS holds their sums
and the versions, and is compared where the versions are the same.

  --record  write pkg/SHA256SUMS
  --force   do every step again
";

const DEMO: &str = "\
usage: cargo xtask demo [FILE]

Sets up and builds what is missing (about 3 minutes on a fresh machine, seconds later), then
starts the embedded root-key service, encrypts FILE or a sample as a stream, shows the header of
the message, decrypts and compares, and shows what refusal looks like.
";

const LINT: &str = "\
usage: cargo xtask lint

Checks with rustfmt, clippy (this machine and wasm32), the linter and compiler of TypeScript; then
file budgets (Rust 400 lines, TypeScript 300, 100 columns, bindings 16% of src), dependency rules
(30 crates under the core at most, nothing in the core uses its bindings) and forbidden words.
";

const SPEC: &str = "\
usage: cargo xtask spec

Prints every numbered clause of src/manual/format.md with a place in the code that keeps it and a
test that would notice if it were broken: comments `spec: M-12` in both, and the clauses that the
vectors in tests/vectors name. Fails if one is missing, or a comment names a clause that is none.
The lints check the same.
";

const FUZZ: &str = "\
usage: cargo xtask fuzz [TARGET…] [--long | --runs NUMBER]

Builds tests/fuzz for libFuzzer, with a cipher that does nothing so that the fuzzer gets past
authentication, and runs the targets that are named, or all: 50,000 executions of each, a few
seconds. Starts from the inputs in tests/fuzz/corpus; what it finds is in target/fuzz. Fails on a
crash, on a broken assertion, and if the target with a planted bug is found clean.

  --long         50,000,000 executions of the parser of headers, 1,000,000 of every other target
  --runs NUMBER  so many of each
";

const SIZE: &str = "\
usage: cargo xtask size

Builds, then prints the size of each WebAssembly module and of each entry of the npm package, raw
and under gzip. Fails if the core is over its budget (100 KB, 40 KB under gzip), if a module holds
a path or a panic message, or if pkg/SHA256SUMS is of another build with the same versions.
";

const BENCH: &str = "\
usage: cargo xtask bench [ARGUMENT…]

Builds, then runs tests/bench/run.mjs, which measures ours and other implementations side by side
in one run and prints ratios. Arguments are passed on.

  --service [--seconds N]             measure the root-key service instead, built for release: in
                                      memory, on SQLite and PostgreSQL, beside OpenBao's Transit
                                      engine and moto's KMS, on one core
  --service --curve [--keys N]        measure it with more and more keys, up to N (1000000 if not
                                      given), on SQLite and PostgreSQL
  --bulk [ROUNDS]                     measure much data through the platform's AES instead, in
                                      Node.js and Chromium, and from where on that is faster
  --first-byte [ROUNDS]               measure from the import to the first sealed byte, in Node.js,
                                      workerd and Chromium, beside other libraries
";

const KMS_CONFORMANCE: &str = "\
usage: cargo xtask kms-conformance --socket PATH [OPTION…]

Builds and runs crates/kms-conformance, which plays kube-apiserver against any plugin for key
services: limits, polls, seeds, records, coasting, rotation, restarts, outages. Each check has a
name; those that need something done to the plugin or its key service are left out unless an option
says how. crates/kms-conformance/README.md describes every check.

  --etcd URL                  keep the secrets in this etcd, under /registry/secrets/
  --secrets NUMBER            how many (10000 if not given)
  --rotate COMMAND            rotates the key in the key service
  --restart COMMAND           restarts the plugin; --restart-service, its key service
  --cut COMMAND --mend COMMAND  cut the plugin off from its key service, and end that
  --notice SECONDS            how long the plugin may take to notice either (60 if not given)
  --provider NAME             the provider's name in what is stored
  --bench CALLS [--at-once N]  print percentiles of the time of calls instead
";

const WWW: &str = "\
usage: cargo xtask www [--build]

Builds, then makes the playground in www/dist and serves it on loopback until it is stopped. The
folder works from any file server. `--build` ends once it is made.
";

/// Prints the help of a task, or of all.
pub(crate) fn print(task: Option<&str>) -> Result<()> {
    match task {
        None => print!("{OVERVIEW}"),
        Some("setup") => print!("{SETUP}"),
        Some("build") => print!("{BUILD}"),
        Some("demo") => print!("{DEMO}"),
        Some("test") => print!("{}", of_test()),
        Some("lint") => print!("{LINT}"),
        Some("size") => print!("{SIZE}"),
        Some("spec") => print!("{SPEC}"),
        Some("www") => print!("{WWW}"),
        Some("fuzz") => print!("{FUZZ}"),
        Some("bench") => print!("{BENCH}"),
        Some("kms-conformance") => print!("{KMS_CONFORMANCE}"),
        Some(other) => return Err(unknown(other)),
    }
    Ok(())
}

/// The failure for a task that does not exist.
pub(crate) fn unknown(task: &str) -> Failure {
    Failure::usage(format!("there is no task `{task}`")).hint("`cargo xtask help` lists the tasks")
}

fn of_test() -> String {
    format!(
        "\
usage: cargo xtask test [SUITE…] [--runtimes] [--force]

Sets up, builds, and runs the suites that are named, or all:
{}
Each suite ends with `name: N passed, N failed`; the run ends with a table and the sum of them. A
suite that runs no test has failed, and so has one of chromium and firefox with fewer than 30. A
suite that fails names the command that runs it alone. The first run on a fresh machine with two
cores takes about 20 minutes, later ones about 8.

With --runtimes, the suites runtimes and packaging run in every runtime and bundler, and only they
run if none is named; what that needs besides (half a gigabyte) is installed first.

Suites find what they need in these variables: TSUTSUMI_SERVICE, TSUTSUMI_KUBERNETES and
TSUTSUMI_KMS_CONFORMANCE (programs of this repository), TSUTSUMI_ETCD, TSUTSUMI_PYTHON,
TSUTSUMI_CHROMIUM, TSUTSUMI_CHROMEDRIVER, TSUTSUMI_FIREFOX, TSUTSUMI_GECKODRIVER;
and chromium and firefox, when they are compiled, in TSUTSUMI_TEST_SERVICE (one
line of JSON about a running service: its url, instance and apiKey).
",
        test::describe()
    )
}
