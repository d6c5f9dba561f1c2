//! The files that operators copy name options that exist, and agree with each other.

use clap::Parser;
use tsutsumi_kubernetes::Settings;

const POD: &str = include_str!("../../deploy/static-pod.yaml");
const UNIT: &str = include_str!("../../deploy/tsutsumi-kubernetes.service");
const CONFIGURATION: &str = include_str!("../../deploy/encryption-configuration.yaml");

fn settings(file: &str) -> Settings {
    let words = file
        .lines()
        .filter(|line| !line.trim_start().starts_with('#'));
    let options = words.filter_map(|line| {
        let line = line
            .trim()
            .trim_start_matches("- ")
            .trim_end_matches('\\')
            .trim();
        line.starts_with("--").then(|| line.to_owned())
    });
    Settings::try_parse_from(["plugin".to_owned()].into_iter().chain(options)).unwrap()
}

#[test]
fn the_pod_and_the_unit_start_the_same_plugin() {
    let (pod, unit) = (settings(POD), settings(UNIT));
    assert_eq!(pod.key, unit.key);
    assert_eq!(pod.cluster, unit.cluster);
    assert_eq!(pod.provider, unit.provider);
    assert_eq!(pod.socket, unit.socket);
    assert!(pod.local_kek && unit.local_kek);
    assert!(POD.contains(&format!("port: {}", pod.listen.port())));
}

#[test]
fn kube_apiserver_is_told_of_the_same_socket_and_provider() {
    let pod = settings(POD);
    let endpoint = format!("endpoint: unix://{}\n", pod.socket.display());
    assert!(CONFIGURATION.contains(&endpoint));
    assert!(CONFIGURATION.contains(&format!("name: {}\n", pod.provider)));
}
