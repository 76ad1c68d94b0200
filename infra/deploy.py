"""Packages, uploads and deploys a stage by CloudFormation: `python -m infra.deploy prod --bucket ... --secret ...`.

The secret is yours to make beforehand (infra/template.py names what it holds). Its newest version is deployed by its
id: after a rotation run this again, and the functions start with the new values.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

import boto3
from botocore.exceptions import ClientError

from infra.package import ROOT, PackageInvalid, functions, package, stages
from infra.stack import StackFailed, apply, stack_name
from infra.template import RATE_LIMIT, THROTTLE_BURST, THROTTLE_RATE


def main() -> None:
    arguments = _arguments()
    stack = stack_name(arguments.stage, arguments.stack)
    made = ROOT / "build" / "package"
    try:
        package(arguments.stage, made)
        url = upload(boto3.client("s3"), arguments.bucket, made)
        outputs = apply(boto3.client("cloudformation"), stack, url, parameters(arguments))
    except (PackageInvalid, StackFailed, ClientError) as error:
        sys.exit(str(error))
    print("\n".join(f"{name}: {value}" for name, value in outputs.items()))


def _arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description="Packages, uploads and deploys a stage by CloudFormation.")
    parser.add_argument("stage", choices=sorted(stages()))
    parser.add_argument("--bucket", required=True, help="S3 bucket of yours for code and template")
    parser.add_argument("--secret", required=True, help="name of the Secrets Manager secret with the Stripe keys")
    parser.add_argument("--return-hosts", required=True, help="hosts, with commas, that customers come back to")
    parser.add_argument("--livemode", choices=("on", "off"), default="off", help="on with a live Stripe key")
    parser.add_argument("--tax", choices=("on", "off"), default="on", help="off where Stripe Tax is not used")
    parser.add_argument("--alarm-topic", default="", help="ARN of the SNS topic that alarms tell")
    parser.add_argument(
        "--rate-limit", type=int, default=RATE_LIMIT, help="a second, of one key in one process; 0: off"
    )
    parser.add_argument("--throttle-rate", type=int, default=THROTTLE_RATE, help="a second, of each method in all")
    parser.add_argument("--throttle-burst", type=int, default=THROTTLE_BURST, help="at once, of each method in all")
    parser.add_argument("--stack", help="name of the stack; billing-<stage> if left out")
    return parser.parse_args()


def parameters(arguments: argparse.Namespace) -> dict[str, str]:
    """The template's parameters, with the secret's newest version."""
    return {
        "Secret": arguments.secret,
        "SecretVersion": newest_version(boto3.client("secretsmanager"), arguments.secret),
        "ReturnHosts": arguments.return_hosts,
        "StripeLivemode": arguments.livemode,
        "StripeTax": arguments.tax,
        "AlarmTopic": arguments.alarm_topic,
        "RateLimit": str(arguments.rate_limit),
        "ThrottleRate": str(arguments.throttle_rate),
        "ThrottleBurst": str(arguments.throttle_burst),
    }


def newest_version(secrets: Any, name: str) -> str:
    """The id of the secret's current version; its value is not read."""
    versions = secrets.describe_secret(SecretId=name)["VersionIdsToStages"]
    return next(version for version, labels in versions.items() if "AWSCURRENT" in labels)


def upload(s3: Any, bucket: str, made: Path) -> str:
    """Uploads code and template under names made from their contents; returns the template's URL."""
    code = (made / "deployment.zip").read_bytes()
    template = json.loads((made / "sam.json").read_text())
    code_key = f"billing/{hashlib.sha256(code).hexdigest()}.zip"
    for properties in functions(template).values():
        properties["CodeUri"] = {"Bucket": bucket, "Key": code_key}
    text = json.dumps(template, sort_keys=True).encode()
    template_key = f"billing/{hashlib.sha256(text).hexdigest()}.json"
    s3.put_object(Bucket=bucket, Key=code_key, Body=code)
    s3.put_object(Bucket=bucket, Key=template_key, Body=text)
    return f"{s3.meta.endpoint_url}/{bucket}/{template_key}"


if __name__ == "__main__":
    main()
