"""Lets DuckDB read a landing zone in S3: a plugin for dbt-duckdb, named by the target `duckdb_s3` of the profile.

DuckDB's `httpfs` extension comes from a wheel of exactly DuckDB's version (DuckDB checks its signature when it loads
it), since `INSTALL httpfs` would download it. Endpoint, region and credentials are what boto3 finds.

Source: dbt-duckdb, "Writing Your Own Plugins"; DuckDB, "S3 API Support" (read 2026-11-25).
"""

from __future__ import annotations

from importlib import resources
from urllib.parse import urlsplit

from dbt.adapters.duckdb.plugins import BasePlugin
from duckdb import DuckDBPyConnection


class Plugin(BasePlugin):
    def configure_connection(self, conn: DuckDBPyConnection) -> None:
        """Load the extension and make a secret of the credentials that boto3 finds.

        Raises:
            RuntimeError: No credentials, or no extension for this version of DuckDB.
        """
        conn.load_extension(_extension(conn))
        secret = ", ".join(f"{name} {_quoted(value)}" for name, value in _secret().items())
        conn.execute(f"create or replace temporary secret landing_zone (type s3, {secret})")


def _extension(conn: DuckDBPyConnection) -> str:
    version = conn.execute("select library_version from pragma_version()").fetchall()[0][0]
    path = resources.files("duckdb_extension_httpfs") / "extensions" / version / "httpfs.duckdb_extension"
    if not path.is_file():
        raise RuntimeError(f"No httpfs extension for DuckDB {version}: install duckdb-extension-httpfs=={version[1:]}")
    return str(path)


def _secret() -> dict[str, str]:
    import boto3  # takes 0.2 s, so only where S3 is read

    session = boto3.Session()
    found = session.get_credentials()
    if found is None:
        raise RuntimeError(
            "No AWS credentials for the landing zone: set them as for boto3 (AWS_PROFILE, AWS_ACCESS_KEY_ID, ...)"
        )
    credentials = found.get_frozen_credentials()
    client = session.client("s3", region_name=session.region_name or "us-east-1")
    endpoint = urlsplit(client.meta.endpoint_url)
    secret = {
        "key_id": credentials.access_key,
        "secret": credentials.secret_key,
        "session_token": credentials.token,
        "region": client.meta.region_name,
    }
    if not endpoint.hostname or not endpoint.hostname.endswith("amazonaws.com"):
        secret |= {"endpoint": endpoint.netloc, "use_ssl": str(endpoint.scheme == "https").lower(), "url_style": "path"}
    return {name: value for name, value in secret.items() if value}


def _quoted(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"
