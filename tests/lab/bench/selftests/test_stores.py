"""What the bench makes for others to read: archives of images, and addresses that S3 accepts."""

from __future__ import annotations

import json
import tarfile
import tempfile
import unittest
from pathlib import Path
from urllib.parse import parse_qs, urlsplit

from botocore.auth import S3SigV4QueryAuth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials

from .. import archive
from ..cloud import REGION
from ..signing import signed_path
from ..storage import ACCESS_KEY, SECRET_KEY


class ArchiveTest(unittest.TestCase):
    def test_equal_layers_make_equal_archives_that_name_them(self) -> None:
        with tempfile.TemporaryDirectory() as folder:
            layer = Path(folder, "layer.tar")
            with tarfile.open(layer, "w") as files:
                archive.add_file(files, "hello", b"hello")
            paths = [Path(folder, name) for name in ("one.tar", "two.tar")]
            for path in paths:
                archive.write(path, "bench:1", [layer, layer], "/hello")
            self.assertEqual(paths[0].read_bytes(), paths[1].read_bytes())
            with tarfile.open(paths[0]) as image:

                def read(name: str) -> bytes:
                    file = image.extractfile(name)
                    assert file
                    return file.read()

                (manifest,) = json.loads(read("manifest.json"))
                config = json.loads(read(manifest["Config"]))
                self.assertEqual([read(name) for name in manifest["Layers"]], 2 * [layer.read_bytes()])
            self.assertEqual(config["rootfs"]["diff_ids"], 2 * [f"sha256:{archive.digest_of(layer)}"])
            self.assertEqual(manifest["RepoTags"], ["bench:1"])


class SigningTest(unittest.TestCase):
    def test_an_address_is_signed_as_botocore_signs_it(self) -> None:
        host, bucket, key = "127.0.0.1:9000", "bucket", "images/one/blobs/sha256/ab"
        ours = urlsplit(signed_path(host, bucket, key))
        query = {name: values[0] for name, values in parse_qs(ours.query).items()}
        request = AWSRequest("GET", f"http://{host}/{bucket}/{key}")
        request.context["timestamp"] = query["X-Amz-Date"]
        signer = S3SigV4QueryAuth(Credentials(ACCESS_KEY, SECRET_KEY), "s3", REGION, expires=3600)
        signer._modify_request_before_signing(request)
        text = signer.string_to_sign(request, signer.canonical_request(request))
        self.assertEqual(signer.signature(text, request), query["X-Amz-Signature"])
