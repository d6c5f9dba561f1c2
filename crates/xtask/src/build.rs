//! `cargo xtask build`: the WebAssembly modules into pkg/, the npm package into js/dist.

mod compress;
pub(crate) mod sums;

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::time::Duration;

use crate::failure::{Failure, Result};
use crate::lock;
use crate::place;
use crate::process::{command, logged};
use crate::say::{Step, ready};
use crate::setup::{self, Scope};
use crate::stamp::{Key, Stamp};
use crate::toolchain::{Toolchain, WASM_TARGET};

const LIMIT: Duration = Duration::from_mins(20);

/// The profile in Cargo.toml that the modules are built with.
const PROFILE: &str = "wasm";

/// What engines understand that have no SIMD. `--all-features` would write what none does.
const WASM_FEATURES: [&str; 6] = [
    "--enable-bulk-memory",
    "--enable-multivalue",
    "--enable-mutable-globals",
    "--enable-nontrapping-float-to-int",
    "--enable-reference-types",
    "--enable-sign-ext",
];

/// SHA-512 in a loop instead of unrolled: 9 KB less, and a message hashes a few blocks at most.
const SMALLER: [&str; 2] = ["--cfg", "sha2_backend_soft=\"compact\""];

/// For the compiler and for the optimiser: vectors of 128 bits, which the cipher is written for.
const SIMD: [&str; 2] = ["-Ctarget-feature=+simd128", "--enable-simd"];

/// One WebAssembly module of the npm package.
pub(crate) struct Module {
    /// The folder in pkg/ and the name of its files.
    pub(crate) name: &'static str,
    package: &'static str,
    features: &'static [&'static str],
    sources: &'static [&'static str],
    simd: bool,
    optimise: &'static str,
    about: &'static str,
}

/// The modules, in the order in which they are built.
pub(crate) const MODULES: [Module; 4] = [
    Module {
        name: "core",
        package: "tsutsumi",
        features: &[],
        sources: &["src"],
        simd: true,
        // Speed first: the module stays within its budget all the same.
        optimise: "-O3",
        about: "about 30 s",
    },
    Module {
        name: "formats",
        package: "tsutsumi",
        features: &["--features", "formats"],
        sources: &["src"],
        simd: true,
        optimise: "-O3",
        about: "about 30 s",
    },
    // For engines without SIMD, in place of both.
    Module {
        name: "portable",
        package: "tsutsumi",
        features: &["--features", "formats"],
        sources: &["src"],
        simd: false,
        optimise: "-O3",
        about: "about 30 s",
    },
    Module {
        name: "service",
        package: "tsutsumi-service",
        features: &["--no-default-features", "--features", "embedded"],
        sources: &["src", "crates/service/Cargo.toml", "crates/service/src"],
        simd: false,
        optimise: "-Oz",
        about: "about 1 min",
    },
];

impl Module {
    /// The finished module.
    pub(crate) fn wasm(&self) -> PathBuf {
        self.folder().join(format!("{}_bg.wasm", self.name))
    }

    /// The finished module, compressed as the npm package carries it.
    fn deflated(&self) -> PathBuf {
        self.wasm().with_extension("deflate")
    }

    /// The JavaScript that goes with it.
    pub(crate) fn glue(&self) -> PathBuf {
        self.folder().join(format!("{}_bg.js", self.name))
    }

    fn folder(&self) -> PathBuf {
        place::root().join("pkg").join(self.name)
    }

    fn linked(&self) -> PathBuf {
        let file = format!("{}.wasm", self.package.replace('-', "_"));
        place::target().join(WASM_TARGET).join(PROFILE).join(file)
    }
}

/// The versions of all that decides about the bytes of a module.
#[derive(Clone, Debug, Eq, PartialEq)]
pub(crate) struct Versions {
    /// What the compiler says of itself.
    pub(crate) rustc: String,
    /// wasm-bindgen.
    pub(crate) bindgen: String,
    /// binaryen, which has wasm-opt.
    pub(crate) binaryen: String,
}

impl Versions {
    /// The versions in use here.
    pub(crate) fn current() -> Result<Self> {
        let binaryen = lock::npm_version("binaryen")?;
        Ok(Self {
            rustc: toolchain()?.version()?,
            bindgen: lock::cargo_version("wasm-bindgen")?,
            binaryen: binaryen
                .ok_or_else(|| Failure::failed("js/package-lock.json names no `binaryen`"))?,
        })
    }
}

/// Sets up and builds; `record` rewrites pkg/SHA256SUMS.
pub(crate) fn run(record: bool) -> Result<()> {
    setup::run(Scope::Build)?;
    all(record)
}

/// Builds what is not up to date.
pub(crate) fn all(record: bool) -> Result<()> {
    let _lock = setup::exclusive()?;
    for module in &MODULES {
        build_module(module)?;
    }
    build_js()?;
    if record {
        sums::record()
    } else {
        sums::report()
    }
}

fn build_module(module: &Module) -> Result<()> {
    let name = format!("pkg/{}", module.name);
    let stamp = module_stamp(module)?;
    if stamp.fresh(&[&module.wasm(), &module.glue(), &module.deflated()]) {
        ready(&name, "up to date");
        return Ok(());
    }
    let step = Step::start(
        &name,
        &format!("compiling {}, {}", module.package, module.about),
    );
    compile(&step, module)?;
    bind(&step, module)?;
    optimise(&step, module)?;
    compress::compress(&module.wasm(), &module.deflated())?;
    stamp.set()?;
    step.done("built");
    Ok(())
}

fn compile(step: &Step, module: &Module) -> Result<()> {
    let mut cargo = toolchain()?.command("cargo");
    cargo.args([
        "build",
        "--profile",
        PROFILE,
        "--lib",
        "--target",
        WASM_TARGET,
    ]);
    cargo
        .args(["--package", module.package])
        .args(module.features);
    cargo.arg("--target-dir").arg(place::target());
    let mut flags = remap();
    flags.extend(SMALLER.map(str::to_owned));
    flags.extend(module.simd.then(|| SIMD[0].to_owned()));
    cargo
        .env_remove("RUSTFLAGS")
        .env("CARGO_ENCODED_RUSTFLAGS", flags.join("\u{1f}"));
    logged(step, &mut cargo, LIMIT)
}

fn bind(step: &Step, module: &Module) -> Result<()> {
    let folder = module.folder();
    if folder.exists() {
        fs::remove_dir_all(&folder)?;
    }
    let mut bindgen = command("wasm-bindgen");
    bindgen
        .arg(module.linked())
        .args(["--target", "bundler", "--out-name", module.name]);
    logged(step, bindgen.arg("--out-dir").arg(folder), LIMIT)
}

fn optimise(step: &Step, module: &Module) -> Result<()> {
    let optimised = module.wasm().with_extension("optimised");
    let mut node = command("node");
    node.arg(place::js().join("node_modules/binaryen/bin/wasm-opt"))
        .arg(module.wasm());
    node.args(WASM_FEATURES)
        .args(module.simd.then_some(SIMD[1]))
        .args([module.optimise, "--strip-debug", "--strip-producers"]);
    logged(
        step,
        node.arg("--strip-target-features")
            .arg("-o")
            .arg(&optimised),
        LIMIT,
    )?;
    fs::rename(optimised, module.wasm())?;
    Ok(())
}

fn module_stamp(module: &Module) -> Result<Stamp> {
    let versions = Versions::current()?;
    let settings = [
        module.optimise,
        &versions.rustc,
        &versions.bindgen,
        &versions.binaryen,
    ];
    let simd = if module.simd { &SIMD[..] } else { &[] };
    let flags = module.features.iter().chain(&SMALLER).chain(simd).copied();
    let key = settings.into_iter().chain(flags);
    let key = key.fold(Key::default(), Key::text_of);
    let files = ["Cargo.toml", "Cargo.lock"].iter().chain(module.sources);
    let key = files.fold(key, |key, file| key.path(&place::root().join(file)));
    Ok(Stamp::new(&format!("pkg-{}", module.name), &key))
}

fn build_js() -> Result<()> {
    let js = place::js();
    if js_stamp().fresh(&[&js.join("dist/index.js")]) {
        ready("js/dist", "up to date");
        return Ok(());
    }
    let step = Step::start("js/dist", "npm run build, about 10 s");
    logged(
        &step,
        command("npm").current_dir(&js).args(["run", "build"]),
        LIMIT,
    )?;
    // Taken anew: the build writes some of its own inputs, such as the glue of the modules.
    js_stamp().set()?;
    step.done("built");
    Ok(())
}

fn js_stamp() -> Stamp {
    let js = place::js();
    let sources = [
        "package.json",
        "package-lock.json",
        "tsconfig.json",
        "scripts",
        "src",
        "bin",
    ];
    let key = sources
        .iter()
        .fold(Key::default(), |key, file| key.path(&js.join(file)));
    let key = MODULES
        .iter()
        .fold(key, |key, module| key.path(&module.folder()));
    Stamp::new("js-dist", &key)
}

fn toolchain() -> Result<Toolchain> {
    Toolchain::for_wasm().ok_or_else(|| {
        Failure::failed(format!("no compiler here builds {WASM_TARGET}"))
            .hint("`cargo xtask setup` provides one")
    })
}

/// Flags that keep this machine's paths out of the modules. The last that matches a path wins.
fn remap() -> Vec<String> {
    let mut pairs: Vec<(PathBuf, &str)> = Vec::new();
    pairs.extend(env::var_os("HOME").map(|home| (PathBuf::from(home), "home")));
    pairs.push((place::root().to_path_buf(), "tsutsumi"));
    pairs.push((place::target().to_path_buf(), "target"));
    let registries = folders(&place::cargo_home().join("registry/src"));
    pairs.push((place::cargo_home(), "cargo"));
    pairs.extend(registries.into_iter().map(|registry| (registry, "crates")));
    pairs
        .into_iter()
        .map(|(from, to)| format!("--remap-path-prefix={}={to}", from.display()))
        .collect()
}

fn folders(dir: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(dir).into_iter().flatten().flatten();
    let mut folders: Vec<PathBuf> = entries.map(|entry| entry.path()).collect();
    folders.sort();
    folders
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_repository_is_remapped_after_the_home_that_may_hold_it() {
        let flags = remap();
        let root = format!("--remap-path-prefix={}=tsutsumi", place::root().display());
        let at = flags.iter().position(|flag| *flag == root).unwrap();
        assert!(flags[..at].iter().all(|flag| flag.ends_with("=home")));
    }

    #[test]
    fn the_optimiser_gets_no_feature_that_engines_refuse() {
        assert!(
            WASM_FEATURES
                .iter()
                .all(|flag| flag.starts_with("--enable-"))
        );
        assert!(!WASM_FEATURES.contains(&"--all-features"));
    }
}
