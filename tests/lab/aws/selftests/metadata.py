"""Instance metadata: version 2 alone, what it tells, and what goes wrong with it on demand."""

from __future__ import annotations

import json
import unittest
import urllib.error
import urllib.request
from typing import Any

from botocore.utils import IMDSFetcher, InstanceMetadataFetcher

from .world import REGION, world

TTL = {"X-aws-ec2-metadata-token-ttl-seconds": "60"}


class Service:
    """One metadata service, and a client of it."""

    def __init__(self, **facts: Any) -> None:
        made = world().control("POST", "/metadata", {"region": REGION} | facts)
        self.id, self.endpoint = made["id"], made["endpoint"]

    def ask(self, path: str, headers: dict[str, str] | None = None, method: str = "GET") -> tuple[int, str]:
        """The status and the text of one answer; status 0 if there was none."""
        request = urllib.request.Request(self.endpoint + path, headers=headers or {}, method=method)
        try:
            with urllib.request.urlopen(request, timeout=5) as answer:
                return answer.status, answer.read().decode()
        except urllib.error.HTTPError as error:
            return error.code, error.read().decode()
        except (urllib.error.URLError, ConnectionError):
            return 0, ""

    def get(self, path: str) -> tuple[int, str]:
        """The same with a new token."""
        return self.ask(path, self.token())

    def token(self, **headers: str) -> dict[str, str]:
        return {"X-aws-ec2-metadata-token": self.ask("/latest/api/token", headers or TTL, "PUT")[1]}

    def tell(self, task: str, **values: Any) -> Any:
        return world().control("POST", f"/metadata/{task}", values | {"id": self.id})

    def requests(self) -> Any:
        return world().control("GET", f"/metadata/requests?id={self.id}")


class MetadataService(unittest.TestCase):
    def test_nothing_is_told_without_a_token(self) -> None:
        """metadata answers no request of its first version, and records it"""
        service = Service()
        self.assertEqual(service.ask("/latest/meta-data/instance-id")[0], 401)
        self.assertEqual(service.ask("/latest/api/token", {}, "PUT")[0], 400)
        self.assertEqual(service.ask("/latest/api/token", TTL | {"X-Forwarded-For": "10.0.0.1"}, "PUT")[0], 403)
        self.assertEqual(service.get("/latest/meta-data/instance-id"), (200, service.id))
        self.assertEqual(service.get("/2009-04-04/meta-data/placement/region"), (200, REGION))
        without = service.requests()["without_token"]
        self.assertEqual([each["path"] for each in without], ["/latest/meta-data/instance-id"])
        token = service.token()
        service.tell("forget-tokens")
        self.assertEqual(service.ask("/latest/user-data", token)[0], 401)

    def test_it_tells_the_facts_of_the_instance(self) -> None:
        """metadata has user data, tags, what Auto Scaling wants, and a notice of Spot, as far as there are any"""
        service = Service(user_data="#cloud-config\n", tags={"aws:autoscaling:groupName": "g"})
        self.assertEqual(service.get("/latest/user-data"), (200, "#cloud-config\n"))
        self.assertEqual(service.get("/latest/meta-data/tags/instance/aws:autoscaling:groupName"), (200, "g"))
        document = json.loads(service.get("/latest/dynamic/instance-identity/document")[1])
        self.assertEqual((document["instanceId"], document["accountId"]), (service.id, "123456789012"))
        lifecycle = "/latest/meta-data/autoscaling/target-lifecycle-state"
        self.assertEqual(service.get(lifecycle)[0], 404)
        spot = {"action": "terminate", "time": "2030-01-02T03:04:05Z"}
        service.tell("change", target_lifecycle_state="Terminated", user_data=None, spot=spot)
        self.assertEqual(service.get(lifecycle), (200, "Terminated"))
        self.assertEqual(service.get("/latest/user-data")[0], 404)
        self.assertEqual(json.loads(service.get("/latest/meta-data/spot/instance-action")[1]), spot)
        self.assertIn("placement/", service.get("/latest/meta-data/")[1].splitlines())

    def test_it_gives_sessions_of_the_role(self) -> None:
        """metadata hands out the role's credentials, and new ones before they expire"""
        profile = world().installation()["InstanceProfileArn"].rpartition("/")[2]
        found = world().client("iam").get_instance_profile(InstanceProfileName=profile)
        role = found["InstanceProfile"]["Roles"][0]["Arn"]
        service = Service(role=role)

        def fetch() -> dict[str, Any]:
            fetcher = InstanceMetadataFetcher(base_url=service.endpoint + "/")
            return dict(fetcher.retrieve_iam_role_credentials())

        with world().permissions():
            keys = fetch()
            self.assertEqual(keys["access_key"], fetch()["access_key"])
            client = world().client("sts", keys["access_key"], keys["secret_key"], keys["token"])
            self.assertIn(f"/{service.id}", client.get_caller_identity()["Arn"])
            service.tell("credentials", seconds=1)
            short = fetch()
            self.assertNotEqual(short["access_key"], keys["access_key"])
        self.assertEqual(service.requests()["without_token"], [])

    def test_it_fails_as_told(self) -> None:
        """metadata refuses, is busy, cuts connections, and is well again"""
        service = Service()
        service.tell("faults", path="*/instance-id", status=503, count=1)
        self.assertEqual(service.get("/latest/meta-data/instance-id")[0], 503)
        self.assertEqual(service.get("/latest/meta-data/instance-id")[0], 200)
        service.tell("faults", method="PUT", status=403)
        self.assertEqual(service.ask("/latest/api/token", TTL, "PUT")[0], 403)
        world().control("DELETE", "/metadata/faults", {"id": service.id})
        service.tell("faults", cut=True)
        self.assertEqual(service.ask("/latest/api/token", TTL, "PUT")[0], 0)
        service.tell("end")
        self.assertEqual(service.ask("/latest/api/token", TTL, "PUT")[0], 0)

    def test_botocore_reads_it(self) -> None:
        """another client of metadata gets along with it"""
        service = Service()
        fetcher = IMDSFetcher(base_url=service.endpoint + "/")
        token = fetcher._fetch_metadata_token()
        found = fetcher._get_request("latest/meta-data/instance-id", retry_func=None, token=token)
        self.assertEqual(found.text, service.id)
