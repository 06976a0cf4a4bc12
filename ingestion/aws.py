"""Clients of AWS by boto3's own conventions (profile, region, AWS_ENDPOINT_URL), and what to say when one fails."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any, Literal

from ingestion.errors import ConfigurationProblem, ServiceProblem

CONNECTIONS = 32  # that one process has open to a service at once

_NOT_THERE = ("NoSuchBucket", "AWS.SimpleQueueService.NonExistentQueue", "QueueDoesNotExist")
_TOO_FAST = ("ThrottlingException", "RequestThrottled", "Throttling", "RequestTimeout", "OverLimit")


@cache
def client(service: Literal["s3", "sqs"], region: str | None = None) -> Any:
    """This process's client of a service, in the region or in that of the environment; threads may share it.

    Raises:
        ConfigurationProblem: The region or the profile is missing.
    """
    import boto3  # takes 0.2 s, so only where AWS is spoken to
    from botocore.config import Config

    with telling(service, service.upper()):
        return boto3.client(
            service,
            region,
            config=Config(retries={"mode": "standard", "max_attempts": 4}, max_pool_connections=CONNECTIONS),
        )


@contextmanager
def telling(where: str, service: str, not_there: str = "It does not exist.") -> Iterator[None]:
    """Says of `where` what a service refused or could not do; `not_there` when its bucket or queue does not exist.

    Raises:
        ConfigurationProblem: It is not there, or credentials, region or policy do not fit.
        ServiceProblem: The service failed or did not answer.
    """
    from boto3.exceptions import Boto3Error
    from botocore.exceptions import BotoCoreError, ClientError, HTTPClientError, IncompleteReadError
    from botocore.exceptions import ConnectionError as NoConnection

    again = "Nothing is lost: run the same command again."
    try:
        yield
    except ClientError as error:
        code = error.response.get("Error", {}).get("Code", "")
        status = error.response.get("ResponseMetadata", {}).get("HTTPStatusCode", 0)
        if code in _NOT_THERE:
            raise ConfigurationProblem(f"{where}: {not_there}") from error
        if status in (400, 401, 403) and code not in _TOO_FAST:
            raise ConfigurationProblem(
                f"{where}: {service} refused ({code}). Check credentials, region and policy."
            ) from error
        raise ServiceProblem(f"{where}: {service} failed ({code}). {again}") from error
    except (HTTPClientError, NoConnection, IncompleteReadError, Boto3Error) as error:
        raise ServiceProblem(f"{where}: {error} {again}") from error
    except BotoCoreError as error:
        raise ConfigurationProblem(
            f"{where}: {error}. Configure AWS credentials and region as for the AWS CLI."
        ) from error
