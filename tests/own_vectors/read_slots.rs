//! Reads the vectors of kept slots.

use serde_json::Value;
use tsutsumi::slot::StoredSlot;
use tsutsumi::{DataKey, Error, Problem, Secret, WrappingKey};

use crate::slots::FILE;
use crate::support::{context, hex};
use crate::vector::load;

fn read(file: &Value, vector: &Value) -> Result<DataKey, Error> {
    let text = |name: &str| file["keys"][0][name].as_str().unwrap();
    let secret = Secret::from_slice(&hex(text("key"))).unwrap();
    let wrapping = WrappingKey::new(text("namespace"), text("name"), &secret).unwrap();
    let expected = context(&vector["context"], |_| true);
    let slots = StoredSlot::read_all(vector["slots"].as_str().unwrap())?;
    for stored in slots {
        let slot = stored.slot(Some(&expected))?;
        if wrapping.owns(&slot) {
            let key = wrapping.unwrap(&slot, &expected)?;
            stored.verify(&key)?;
            return Ok(key);
        }
    }
    Err(Problem::SlotForeign.into())
}

fn wrong(file: &Value, vector: &Value) -> Option<String> {
    let result = read(file, vector);
    let code = result
        .as_ref()
        .map_or_else(|error| error.code().name(), |_| "ok");
    if code != vector["expect"] {
        return Some(format!("{}: {code}", vector["name"]));
    }
    let expected = hex(vector["dataKey"].as_str().unwrap());
    let same = result.is_ok_and(|key| key.secret().as_bytes()[..] == expected);
    (code == "ok" && !same).then(|| format!("{}: another key", vector["name"]))
}

#[test]
fn every_slot_is_taken_or_refused_as_it_says_and_an_altered_one_is_noticed() {
    let file = load(FILE);
    let tests = file["tests"].as_array().unwrap();
    let problems: Vec<_> = tests.iter().filter_map(|v| wrong(&file, v)).collect();
    println!("{FILE}: {} reads", tests.len());
    assert_eq!(problems, Vec::<String>::new());
    for vector in tests {
        let mut altered = vector.clone();
        altered["expect"] = if vector["expect"] == "ok" {
            "ERR_LIMIT"
        } else {
            "ok"
        }
        .into();
        assert!(wrong(&file, &altered).is_some(), "{}", vector["name"]);
    }
}
