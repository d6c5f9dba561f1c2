//! Search, sort and filter.

use serde_json::json;

use crate::harness::{Answer, Bench};

async fn list(bench: &Bench, query: &str) -> Answer {
    bench.ask("GET", &format!("/keys?{query}")).send().await
}

async fn names(bench: &Bench, query: &str) -> Vec<String> {
    let answer = list(bench, query).await.ok(200);
    let keys = answer.json["resources"]
        .as_array()
        .cloned()
        .unwrap_or_default();
    keys.iter()
        .map(|key| key["name"].as_str().unwrap().to_owned())
        .collect()
}

async fn three(bench: &Bench) -> Vec<String> {
    let mut ids = Vec::new();
    for (name, alias) in [
        ("Apple", "fruit-1"),
        ("Banana", "fruit-2"),
        ("not:Cherry", "tree"),
    ] {
        let key = json!({"name": name, "extractable": name == "Banana", "aliases": [alias]});
        ids.push(bench.create(key).await);
        bench.clock.advance(10);
    }
    ids
}

#[tokio::test]
async fn search_finds_names_and_aliases() {
    let bench = Bench::new().await;
    let ids = three(&bench).await;
    for (search, expected) in [
        ("an", vec!["Banana"]),
        ("AN,", vec!["Banana"]),
        ("fruit", vec!["Apple", "Banana"]),
        ("name:fruit", vec![]),
        ("alias:fruit-1", vec!["Apple"]),
        ("not:fruit", vec!["not:Cherry"]),
        ("exact:apple", vec!["Apple"]),
        ("exact:appl", vec![]),
        ("not:exact:apple", vec!["Banana", "not:Cherry"]),
        ("escape:not:", vec!["not:Cherry"]),
        (&ids[1], vec!["Banana"]),
    ] {
        let found = names(&bench, &format!("search={search}&sort=creationDate")).await;
        assert_eq!(found, expected, "{search}");
    }
    let answer = list(&bench, "search=not:name:x").await.ok(200);
    let query = json!({"query": "x", "scopes": ["name"], "not": true, "exact": false});
    assert_eq!(answer.json["metadata"]["searchQuery"], query);
    assert_eq!(answer.json["metadata"]["incompleteSearch"], false);
    list(&bench, "search=not:")
        .await
        .refused(400, "INVALID_QUERY_PARAM_ERR");
}

#[tokio::test]
async fn keys_sort_by_several_properties_in_either_direction() {
    let bench = Bench::new().await;
    three(&bench).await;
    for (sort, expected) in [
        ("creationDate", ["Apple", "Banana", "not:Cherry"]),
        ("-creationDate", ["not:Cherry", "Banana", "Apple"]),
        (
            "extractable,-creationDate",
            ["not:Cherry", "Apple", "Banana"],
        ),
        (
            "-extractable,creationDate",
            ["Banana", "Apple", "not:Cherry"],
        ),
    ] {
        assert_eq!(
            names(&bench, &format!("sort={sort}")).await,
            expected,
            "{sort}"
        );
    }
    list(&bench, "sort=colour")
        .await
        .refused(400, "INVALID_QUERY_PARAM_ERR");
    let page = names(&bench, "sort=creationDate&limit=1&offset=1").await;
    assert_eq!(page, ["Banana"]);
}

#[tokio::test]
async fn filters_compare_dates_states_and_kinds() {
    let bench = Bench::new().await;
    let ids = three(&bench).await;
    let banana = bench
        .ask("GET", &format!("/keys/{}", ids[1]))
        .send()
        .await
        .ok(200);
    let date = banana.resource()["creationDate"]
        .as_str()
        .unwrap()
        .to_owned();
    bench.act(&ids[0], "rotate", &json!({})).await.ok(204);
    bench.act(&ids[2], "disable", &json!({})).await.ok(204);
    for (filter, expected) in [
        (format!("creationDate=\"{date}\""), vec!["Banana"]),
        (format!("creationDate=lt:\"{date}\""), vec!["Apple"]),
        (
            format!("creationDate=gte:\"{date}\""),
            vec!["Banana", "not:Cherry"],
        ),
        (format!("creationDate=gt:\"{date}\" state=1"), vec![]),
        (
            "lastRotateDate=none extractable=FALSE".to_owned(),
            vec!["not:Cherry"],
        ),
        ("state=2,5".to_owned(), vec!["not:Cherry"]),
        ("extractable=true".to_owned(), vec!["Banana"]),
    ] {
        let encoded = filter.replace('"', "%22").replace(' ', "%20");
        let found = names(&bench, &format!("filter={encoded}&sort=creationDate")).await;
        assert_eq!(found, expected, "{filter}");
        let head = bench
            .ask("HEAD", &format!("/keys?filter={encoded}"))
            .send()
            .await
            .ok(200);
        assert_eq!(head.header("key-total"), expected.len().to_string());
    }
    for query in [
        "filter=colour=1",
        "filter=state",
        "filter=creationDate=2020",
        "filter=state=1%20state=1%20state=1%20state=1",
        "filter=state=1&state=1",
        "filter=extractable=true&extractable=true",
    ] {
        list(&bench, query)
            .await
            .refused(400, "INVALID_QUERY_PARAM_ERR");
    }
}
