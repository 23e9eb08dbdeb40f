"""S3: conditional writes with one winner, checksums, owners, ranges, parts and versions."""

from __future__ import annotations

import base64
import concurrent.futures
import unittest
import urllib.error
import urllib.request
import zlib
from typing import Any

from botocore.exceptions import ClientError

from .world import world

PART = 5 * 1024 * 1024


class Storage(unittest.TestCase):
    bucket = "storage-checks"
    s3: Any

    @classmethod
    def setUpClass(cls) -> None:
        cls.s3 = world().client("s3")
        cls.s3.create_bucket(Bucket=cls.bucket, CreateBucketConfiguration={"LocationConstraint": "us-west-2"})
        cls.s3.put_bucket_versioning(Bucket=cls.bucket, VersioningConfiguration={"Status": "Enabled"})

    def _code(self, call: Any, **values: Any) -> str:
        try:
            call(Bucket=self.bucket, **values)
        except ClientError as error:
            return str(error.response["Error"]["Code"])
        return "ok"

    def test_a_race_has_one_winner(self) -> None:
        """of many who write if absent, one wins; of many who replace one version, one wins"""

        def write(number: int) -> str:
            return self._code(self.s3.put_object, Key="race", Body=str(number).encode(), IfNoneMatch="*")

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            told = list(pool.map(write, range(32)))
        self.assertEqual((told.count("ok"), told.count("PreconditionFailed")), (1, 31))
        etag = self.s3.head_object(Bucket=self.bucket, Key="race")["ETag"]

        def replace(number: int) -> str:
            return self._code(self.s3.put_object, Key="race", Body=f"again {number}".encode(), IfMatch=etag)

        with concurrent.futures.ThreadPoolExecutor(16) as pool:
            told = list(pool.map(replace, range(32)))
        self.assertEqual(told.count("ok"), 1)

    def test_conditions_of_other_calls(self) -> None:
        """conditions on missing objects, deletions and reads"""
        s3 = self.s3
        self.assertEqual(self._code(s3.put_object, Key="none", Body=b"", IfMatch='"x"'), "NoSuchKey")
        etag = s3.put_object(Bucket=self.bucket, Key="one", Body=b"one")["ETag"]
        self.assertEqual(self._code(s3.delete_object, Key="one", IfMatch='"x"'), "PreconditionFailed")
        self.assertEqual(self._code(s3.get_object, Key="one", IfMatch='"x"'), "PreconditionFailed")
        self.assertEqual(self._code(s3.get_object, Key="one", IfNoneMatch=etag), "304")
        self.assertEqual(self._code(s3.delete_object, Key="one", IfMatch=etag), "ok")
        self.assertEqual(self._code(s3.get_object, Key="one"), "NoSuchKey")
        self.assertEqual(self._code(s3.put_object, Key="one", Body=b"", IfNoneMatch="*"), "ok")

    def test_checksums_are_verified(self) -> None:
        """a body that is not what its checksum says is refused"""
        s3 = self.s3
        for name, wrong in (("SHA256", "A" * 43 + "="), ("CRC32", "AAAAAA=="), ("CRC64NVME", "AAAAAAAAAAA=")):
            with self.subTest(name):
                self.assertEqual(
                    self._code(s3.put_object, Key="sum", Body=b"sum", **{f"Checksum{name}": wrong}), "BadDigest"
                )
                done = self._code(s3.put_object, Key="sum", Body=b"sum", ChecksumAlgorithm=name)
                self.assertEqual(done, "ok")
        self.assertEqual(self._code(s3.put_object, Key="sum", Body=b"x", ContentMD5="A" * 22 + "=="), "BadDigest")

    def test_checksums_that_follow_the_body_are_verified(self) -> None:
        """a checksum that follows a body in chunks is verified, and the chunks are put together"""
        body, sums = b"in chunks", {"right": zlib.crc32(b"in chunks"), "wrong": 0}
        for name, wanted in (("right", 200), ("wrong", 400)):
            trailer = base64.b64encode(sums[name].to_bytes(4, "big")).decode()
            data = b"%x\r\n%s\r\n0\r\nx-amz-checksum-crc32:%s\r\n\r\n" % (len(body), body, trailer.encode())
            headers = {
                "x-amz-content-sha256": "STREAMING-UNSIGNED-PAYLOAD-TRAILER",
                "x-amz-trailer": "x-amz-checksum-crc32",
                "x-amz-decoded-content-length": str(len(body)),
                "Content-Encoding": "aws-chunked",
                "Authorization": "AWS4-HMAC-SHA256 Credential=AKIATEST/20260101/us-west-2/s3/aws4_request, x",
            }
            url = f"{world().endpoint}/{self.bucket}/chunks-{name}"
            request = urllib.request.Request(url, data, headers, method="PUT")
            try:
                with urllib.request.urlopen(request) as answer:
                    status = answer.status
            except urllib.error.HTTPError as error:
                status = error.code
                error.close()
            self.assertEqual(status, wanted)
        found = self.s3.get_object(Bucket=self.bucket, Key="chunks-right")["Body"].read()
        self.assertEqual(found, body)

    def test_the_owner_must_be_right(self) -> None:
        """another owner than expected is refused"""
        s3 = self.s3
        s3.put_object(Bucket=self.bucket, Key="own", Body=b"own", ExpectedBucketOwner="123456789012")
        refused = self._code(s3.get_object, Key="own", ExpectedBucketOwner="210987654321")
        self.assertEqual(refused, "AccessDenied")
        self.assertEqual(self._code(s3.put_object, Key="k" * 1025, Body=b""), "KeyTooLongError")

    def test_ranges_and_versions(self) -> None:
        """ranges, versions and delete markers"""
        s3 = self.s3
        first = s3.put_object(Bucket=self.bucket, Key="text", Body=b"0123456789")["VersionId"]
        part = s3.get_object(Bucket=self.bucket, Key="text", Range="bytes=2-4")
        self.assertEqual((part["Body"].read(), part["ContentRange"]), (b"234", "bytes 2-4/10"))
        self.assertEqual(self._code(s3.get_object, Key="text", Range="bytes=99-"), "InvalidRange")
        s3.delete_object(Bucket=self.bucket, Key="text")
        self.assertEqual(self._code(s3.head_object, Key="text"), "404")
        found = s3.get_object(Bucket=self.bucket, Key="text", VersionId=first)["Body"].read()
        self.assertEqual(found, b"0123456789")

    def test_uploads_in_parts(self) -> None:
        """uploads in parts: conditions at their end, copies of parts, and uploads that are given up"""
        s3 = self.s3
        s3.put_object(Bucket=self.bucket, Key="source", Body=b"s" * PART)
        given = {"Bucket": self.bucket, "Key": "parts"}
        upload = s3.create_multipart_upload(**given)["UploadId"]
        one = s3.upload_part(**given, UploadId=upload, PartNumber=1, Body=b"a" * PART)["ETag"]
        two = s3.upload_part_copy(
            **given, UploadId=upload, PartNumber=2, CopySource={"Bucket": self.bucket, "Key": "source"}
        )["CopyPartResult"]["ETag"]
        self.assertEqual(len(s3.list_parts(**given, UploadId=upload)["Parts"]), 2)
        parts = {"Parts": [{"PartNumber": 1, "ETag": one}, {"PartNumber": 2, "ETag": two}]}
        s3.complete_multipart_upload(**given, UploadId=upload, MultipartUpload=parts, IfNoneMatch="*")
        self.assertEqual(s3.head_object(**given)["ContentLength"], 2 * PART)
        upload = s3.create_multipart_upload(**given)["UploadId"]
        one = s3.upload_part(**given, UploadId=upload, PartNumber=1, Body=b"b")["ETag"]
        with self.assertRaisesRegex(ClientError, "PreconditionFailed"):
            s3.complete_multipart_upload(
                **given,
                UploadId=upload,
                MultipartUpload={"Parts": [{"PartNumber": 1, "ETag": one}]},
                IfNoneMatch="*",
            )
        s3.abort_multipart_upload(**given, UploadId=upload)
        self.assertNotIn("Uploads", s3.list_multipart_uploads(Bucket=self.bucket))
