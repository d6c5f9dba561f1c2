//! Finding, counting and sorting: every store answers as the memory store does, and the service
//! over each store alike.

use serde_json::json;
use tsutsumi_service::{
    Change, Comparison, Facets, Find, MemoryStore, Property, Store, Test, Write,
};

use crate::harness::Bench;

const NOW: i64 = 1000;
const DATES: [Property; 6] = [
    Property::Created,
    Property::Deleted,
    Property::Due,
    Property::Expires,
    Property::Rotated,
    Property::Updated,
];

/// Rows of two owners in three rings, of every life, with and without each date.
fn rows() -> Vec<Write> {
    let mut rows = Vec::new();
    for n in 0_u32..120 {
        let owner = if n % 8 == 7 { "other" } else { "owner" };
        let ring = ["default", "one", "two"][n as usize % 3];
        let at = |every: u32, value: u32| (n % every == 0).then(|| i64::from(value));
        let mut facets = Facets::new(owner.to_owned(), ring.to_owned(), i64::from(n / 4));
        facets.life = [1, 1, 2, 5][n as usize / 3 % 4];
        facets.extractable = n % 5 == 0;
        facets.imported = n % 2 == 0;
        facets.updated = i64::from(n * 7 % 50);
        facets.rotated = at(3, n * 11 % 40);
        facets.expires = at(4, 900 + n * 3);
        facets.deleted = at(6, n);
        facets.due = at(10, n * 13 % 60);
        let change = Change::Insert(format!("\"{n}\"").into_bytes());
        rows.push(Write::new("found", format!("{owner}/{n:03}"), change).found_by(facets));
    }
    rows
}

fn questions() -> Vec<Find> {
    let all = || Find::all("owner".to_owned(), NOW);
    let with = |tests: Vec<Test>| {
        let mut find = all();
        find.tests = tests;
        find
    };
    let mut questions = vec![all(), Find::all("nobody".to_owned(), NOW)];
    for set in 0_u8..32 {
        // Every set of the states that there are, and of 0, which no row has
        let states = [0, 1, 2, 3, 5].into_iter().zip(0..);
        let states: Vec<u8> = states
            .filter(|(_, bit)| set >> bit & 1 == 1)
            .map(|(state, _)| state)
            .collect();
        questions.push(with(vec![Test::States(states.clone())]));
        for wanted in [true, false] {
            let mut find = with(vec![
                Test::States(states.clone()),
                Test::Extractable(wanted),
            ]);
            find.rings = Some(vec!["one".to_owned(), "two".to_owned()]);
            questions.push(find);
        }
    }
    for rings in [&[][..], &["one"], &["one", "default"], &["nothing"]] {
        let mut find = with(vec![Test::States(vec![1, 2, 3])]);
        find.rings = Some(rings.iter().map(|ring| (*ring).to_owned()).collect());
        questions.push(find);
    }
    for date in DATES {
        questions.push(with(vec![Test::Missing(date), Test::States(vec![5, 1])]));
        for comparison in [
            Comparison::Eq,
            Comparison::Gt,
            Comparison::Gte,
            Comparison::Lt,
            Comparison::Lte,
        ] {
            let test = Test::Date(date, comparison, 20);
            questions.push(with(vec![test, Test::Date(date, Comparison::Gte, 3)]));
        }
    }
    questions
}

fn orders() -> Vec<Vec<(Property, bool)>> {
    let mut orders = vec![vec![]];
    let others = [
        Property::Extractable,
        Property::Id,
        Property::Imported,
        Property::State,
    ];
    for property in DATES.into_iter().chain(others) {
        for descending in [false, true] {
            orders.push(vec![(property, descending)]);
            orders.push(vec![
                (Property::Imported, !descending),
                (property, descending),
            ]);
        }
    }
    orders
}

/// Asks the store and the memory store the same.
pub(crate) async fn finds_by_facets(store: &dyn Store) {
    let model = MemoryStore::default();
    let change = |n: u32, change: Change| {
        let mut row = rows().swap_remove(n as usize);
        row.change = change;
        if let Some(facets) = &mut row.facets {
            facets.ring = "two".to_owned();
            facets.life = 5;
        }
        row
    };
    for batch in [
        rows(),
        vec![
            change(0, Change::Update(1, b"\"new\"".to_vec())),
            change(1, Change::Update(1, b"\"new\"".to_vec())),
            change(2, Change::Remove(1)),
        ],
    ] {
        store.commit(batch.clone()).await.unwrap();
        model.commit(batch).await.unwrap();
    }
    let mut asked = 0;
    for mut find in questions() {
        let (count, expected) = (store.count("found", &find), model.count("found", &find));
        assert_eq!(count.await.unwrap(), expected.await.unwrap(), "{find:?}");
        for order in orders() {
            find.order = order;
            (find.skip, find.limit) = [(0, usize::MAX), (3, 7)][asked % 2];
            let (rows, expected) = (store.find("found", &find), model.find("found", &find));
            assert_eq!(rows.await.unwrap(), expected.await.unwrap(), "{find:?}");
            asked += 1;
        }
    }
    assert!(asked > 4000, "{asked} questions");
    let find = Find::all("owner".to_owned(), NOW);
    assert_eq!(
        store.count("thing", &find).await.unwrap(),
        0,
        "of another kind"
    );
    assert_eq!(
        model.count("found", &find).await.unwrap(),
        104,
        "the model finds them"
    );
}

/// Makes keys of every state, in two rings, some with a rotation policy.
pub(crate) async fn some_keys(bench: &Bench) {
    bench.ask("POST", "/key_rings/second").send().await.ok(201);
    for n in 0..9 {
        let ring = if n % 2 == 0 { "default" } else { "second" };
        let expires = bench.clock.now() + 100_000;
        let key = json!({
            "name": format!("key {n}"),
            "extractable": n % 3 == 0,
            "expirationDate": (n == 5).then(|| stamp(expires)),
        });
        let key = crate::harness::collection(key);
        let made = bench
            .ask("POST", "/keys")
            .header("x-kms-key-ring", ring)
            .json(&key);
        let id = made.send().await.ok(201).resource()["id"]
            .as_str()
            .unwrap()
            .to_owned();
        bench.clock.advance(7);
        match n {
            1 => drop(bench.act(&id, "disable", &json!({})).await.ok(204)),
            2 => {
                let policy = json!({"metadata": {}, "resources": [
                    {"rotation": {"enabled": true, "interval_month": 2}}
                ]});
                let ask = bench.ask("PUT", &format!("/keys/{id}/policies"));
                drop(ask.json(&policy).send().await.ok(200));
            }
            4 => drop(bench.act(&id, "rotate", &json!({})).await.ok(204)),
            6 => drop(
                bench
                    .ask("DELETE", &format!("/keys/{id}"))
                    .send()
                    .await
                    .ok(204),
            ),
            _ => {}
        }
    }
}

/// What lists, counts and the sweep make of these keys.
pub(crate) async fn everything_asked(bench: &Bench) -> Vec<String> {
    let mut answers = Vec::new();
    for query in [
        "",
        "?state=1,2,3,5",
        "?state=5",
        "?sort=state,-creationDate&state=1,2,3,5",
        "?sort=-state&state=1,2,3,5&limit=3&offset=2",
        "?sort=-lastRotateDate,imported",
        "?extractable=true",
        "?filter=expirationDate%3Dnone%20state%3D2",
        "?search=key&sort=lastUpdateDate",
    ] {
        let head = bench
            .ask("HEAD", &format!("/keys{query}"))
            .send()
            .await
            .ok(200);
        let list = bench
            .ask("GET", &format!("/keys{query}"))
            .send()
            .await
            .ok(200);
        let keys = list.json["resources"]
            .as_array()
            .cloned()
            .unwrap_or_default();
        let names: Vec<_> = keys.iter().map(|key| key["name"].to_string()).collect();
        answers.push(format!(
            "{query} {} {}",
            head.header("key-total"),
            names.join(" ")
        ));
    }
    answers
}

fn stamp(moment: i64) -> String {
    let moment = time::OffsetDateTime::from_unix_timestamp(moment).unwrap();
    moment
        .format(&time::format_description::well_known::Rfc3339)
        .unwrap()
}

#[tokio::test]
async fn sorting_by_state_pages_through_all_states() {
    let mut bench = Bench::new().await;
    some_keys(&bench).await;
    let all = everything_asked(&bench).await;
    bench.clock.advance(200_000);
    bench.token = bench.fresh_token().await;
    let later = everything_asked(&bench).await;
    assert_ne!(all, later, "a key has run out of time");
    let bench = &bench;
    let ask = |query: String| async move { bench.ask("GET", &query).send().await.ok(200).json };
    let whole = ask("/keys?sort=-state&state=1,2,3,5".to_owned()).await;
    let whole = whole["resources"].as_array().unwrap().clone();
    let states: Vec<u64> = whole
        .iter()
        .map(|key| key["state"].as_u64().unwrap())
        .collect();
    assert_eq!(states, [5, 3, 2, 1, 1, 1, 1, 1, 1]);
    for (offset, expected) in whole.iter().enumerate() {
        let query = format!("/keys?sort=-state&state=1,2,3,5&limit=1&offset={offset}");
        assert_eq!(&ask(query).await["resources"][0]["id"], &expected["id"]);
    }
}
