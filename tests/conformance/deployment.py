"""What docker/ and deploy/ say, held against the schemas of those who read it, and against the service itself."""

import json
import re
import subprocess
import sys
import urllib.error
import urllib.request
from pathlib import Path

import compose_spec
import kubernetes_validate
import yaml

ROOT = Path(sys.argv[1])
BINARY, URL, METRICS = sys.argv[2:]
failures = []


def check(found, what):
    if not found:
        failures.append(what)


def manifests():
    """Every manifest with the file that it is in."""
    for path in sorted((ROOT / "deploy/kubernetes").rglob("*.yaml")):
        for document in yaml.safe_load_all(path.read_text()):
            yield path.relative_to(ROOT), document


def kubernetes():
    names = set()
    for path, document in manifests():
        if document["kind"] == "Kustomization":
            folder = (ROOT / path).parent
            listed = set(document["resources"])
            there = {file.name for file in folder.glob("*.yaml")} - {"kustomization.yaml"}
            check(listed == there, f"{path} lists {listed}, the folder has {there}")
            continue
        names.add((document["kind"], document["metadata"]["name"]))
        try:
            kubernetes_validate.validate(document, "1.32", strict=True)
        except kubernetes_validate.ValidationError as error:
            failures.append(f"{path}: {'.'.join(map(str, error.path))}: {error.message}")
    of_kind = {kind: document for _, document in manifests() for kind in [document["kind"]]}
    deployment, service = of_kind["Deployment"], of_kind["Service"]
    pod = deployment["spec"]["template"]
    labels = pod["metadata"]["labels"]
    for selector in (
        deployment["spec"]["selector"]["matchLabels"],
        service["spec"]["selector"],
        of_kind["PodDisruptionBudget"]["spec"]["selector"]["matchLabels"],
        of_kind["NetworkPolicy"]["spec"]["podSelector"]["matchLabels"],
    ):
        check(selector.items() <= labels.items(), f"{selector} finds no pod with {labels}")
        job = of_kind["Job"]["spec"]["template"]["metadata"]["labels"]
        check(not selector.items() <= job.items(), f"{selector} finds the pods of the migration")
    check(of_kind["HorizontalPodAutoscaler"]["spec"]["scaleTargetRef"]["name"] == deployment["metadata"]["name"], "HPA")
    container = pod["spec"]["containers"][0]
    ports = {port["name"] for port in container["ports"]}
    used = {container[probe]["httpGet"]["port"] for probe in ("startupProbe", "readinessProbe", "livenessProbe")}
    used |= {port["targetPort"] for port in service["spec"]["ports"]}
    used |= {port["port"] for rule in of_kind["NetworkPolicy"]["spec"]["ingress"] for port in rule["ports"]}
    check(used <= ports, f"{used} are not all among the ports {ports}")
    stop = container["lifecycle"]["preStop"]["sleep"]["seconds"]
    check(pod["spec"]["terminationGracePeriodSeconds"] >= stop + 1 + 30, "a pod has no time to finish its requests")
    # The profile "restricted" of the Pod Security Standards, for the service and the migration.
    for document in (deployment, of_kind["Job"]):
        spec = document["spec"]["template"]["spec"]
        general = spec["securityContext"]
        check(general["runAsNonRoot"] and general["seccompProfile"]["type"] == "RuntimeDefault", "pod is not restricted")
        for one in spec["containers"]:
            own = one["securityContext"]
            check(own["allowPrivilegeEscalation"] is False and own["readOnlyRootFilesystem"], "container is not restricted")
            check(own["capabilities"]["drop"] == ["ALL"], "container keeps capabilities")
            for variable in one["env"]:
                check("value" not in variable, f"{variable['name']} is written into the manifest")


def compose():
    path = ROOT / "docker/compose.yaml"
    # As compose does: variables by their defaults, merge keys merged; the library does neither.
    document = yaml.safe_load(re.sub(r"\$\{\w+:-([^}]*)\}", r"\1", path.read_text()))
    compose_spec.PyCompose.from_yaml(yaml.safe_dump(document)).validate()
    services = document["services"]
    for name, service in services.items():
        for mount in service.get("volumes", []):
            source = mount.split(":")[0]
            if source.startswith("."):
                check((path.parent / source).exists(), f"{name} mounts {source}, which is not there")
            else:
                check(source in document["volumes"], f"{name} mounts the volume {source}, which is not declared")
        for other in service.get("depends_on", {}):
            check(other in services, f"{name} waits for {other}, which is no service")
        for network in service["networks"]:
            check(network in document["networks"], f"{name} is in {network}, which is no network")
    check(services["danbiet"]["deploy"]["replicas"] == 2, "two replicas")
    check("ports" not in services["danbiet"] and "ports" not in services["postgres"], "only the balancer is reached")
    subnet = document["networks"]["inner"]["ipam"]["config"][0]["subnet"]
    check(services["danbiet"]["environment"]["DANBIET_TRUSTED_PROXIES"] == subnet, "the balancer is not believed")
    rules = yaml.safe_load((ROOT / "docker/prometheus.yml").read_text())["rule_files"]
    mounted = [mount.split(":")[1] for mount in services["prometheus"]["volumes"]]
    check(all(f"/etc/prometheus/{rule}" in mounted for rule in rules), "Prometheus has not the rules that it names")


def variables(binary):
    """Every variable that a file sets is one that the service knows."""
    known = set(re.findall(r"--([a-z-]+) <VALUE>", subprocess.run([binary, "help"], capture_output=True, text=True).stdout))
    known = {"DANBIET_" + name.replace("-", "_").upper() for name in known}
    for folder in ("docker", "deploy"):
        for path in (ROOT / folder).rglob("*"):
            if path.is_file():
                for name in re.findall(r"^[^#\n]*\b(DANBIET_[A-Z_]+)\b\s*[:=]", path.read_text(), re.M):
                    check(name in known, f"{path.relative_to(ROOT)} sets {name}, which the service does not know")


def metrics():
    """Every metric that a rule or a panel asks for is one that the service shows."""
    # What never happened has no line: something is refused, and something answered.
    guess = json.dumps({"username": "nobody", "password": "a guess"}).encode()
    for request in (URL + "/version", urllib.request.Request(URL + "/api/v1/sessions", guess, {"Content-Type": "application/json"})):
        try:
            urllib.request.urlopen(request).read()
        except urllib.error.HTTPError as error:
            assert error.code == 401, error
    page = urllib.request.urlopen(METRICS).read().decode()
    shown = set(re.findall(r"^([a-z_]+)(?:\{| )", page, re.M))
    # Families that nothing was counted in yet have their name only.
    for name, kind in re.findall(r"^# TYPE ([a-z_]+) ([a-z]+)$", page, re.M):
        endings = {"counter": ["_total"], "histogram": ["_bucket", "_count", "_sum"]}.get(kind, [""])
        shown |= {name + ending for ending in endings}
    rules = yaml.safe_load((ROOT / "deploy/monitoring/alerts.yml").read_text())["groups"]
    rules = [rule for group in rules for rule in group["rules"]]
    recorded = {rule["record"] for rule in rules if "record" in rule}
    expressions = [(rule.get("alert") or rule["record"], rule["expr"]) for rule in rules]
    dashboard = json.loads((ROOT / "deploy/monitoring/dashboard.json").read_text())
    panels = [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel.get("targets", [])]
    ids = [panel["id"] for panel in dashboard["panels"]]
    check(len(ids) == len(set(ids)) and len(panels) >= 20, "panels of the dashboard")
    for name, expression in expressions + panels:
        for asked in re.findall(r"\b(?:danbiet|http|db|process)_[a-z_]+|\bdanbiet:[a-z0-9_:]+", re.sub(r"\bby \([^)]*\)|\bon \([^)]*\)|\{[^}]*\}", "", expression)):
            check(asked in shown | recorded, f"“{name}” asks for {asked}, which nobody shows")
    plain = [re.sub(r"\$__rate_interval", "5m", re.sub(r"\$instance", ".*", expr)) for _, expr in panels]
    rules = [{"record": f"panel:{at}", "expr": expr} for at, expr in enumerate(plain)]
    # Prometheus reads the expressions of panels where they are written as rules.
    Path("panels.yml").write_text(yaml.safe_dump({"groups": [{"name": "panels", "rules": rules}]}))


def scraping():
    """Debian's promtool knows no Kubernetes, so what is left of that file without it is for promtool to read."""
    document = yaml.safe_load((ROOT / "deploy/monitoring/scrape-kubernetes.yml").read_text())
    for job in document["scrape_configs"]:
        [discovery] = job.pop("kubernetes_sd_configs")
        check(discovery["role"] == "pod" and discovery["namespaces"]["names"] == ["danbiet"], "scrape-kubernetes.yml")
        job["static_configs"] = [{"targets": ["127.0.0.1:9464"]}]
    Path("scrape-kubernetes.yml").write_text(yaml.safe_dump(document))


scraping()
kubernetes()
compose()
variables(BINARY)
metrics()
print("\n".join(failures) or "everything fits")
sys.exit(bool(failures))
