//! The README keeps its word: its samples are the examples that are run, and its links lead
//! somewhere.

#![cfg(not(target_arch = "wasm32"))]
#![allow(clippy::unwrap_used, reason = "a test fails by panicking")]

use std::{fs, path::Path};

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

#[test]
fn samples_are_the_examples_that_are_run() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut samples = 0;
    for example in fs::read_dir(root().join("js/examples")).unwrap() {
        let path = example.unwrap().path();
        let text = fs::read_to_string(&path).unwrap();
        assert!(
            readme.contains(text.trim_end()),
            "{} is not in the README",
            path.display()
        );
        samples += 1;
    }
    let blocks = readme.matches("\n```js\n").count() + readme.matches("\n```html\n").count();
    assert_eq!((samples, blocks), (3, 3));
}

#[test]
fn links_lead_somewhere() {
    let readme = fs::read_to_string(root().join("README.md")).unwrap();
    let mut links = 0;
    for link in readme.split("](").skip(1) {
        let target = link.split(')').next().unwrap();
        assert!(root().join(target).exists(), "{target} is not there");
        links += 1;
    }
    assert!(links > 10);
}
