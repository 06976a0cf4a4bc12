"""A real Trino, Athena's engine: its jars by Maven, one node started from them (trino/TrinoForAthena.java)."""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

HERE = Path(__file__).parent / "trino"
OLDEST_JAVA = 24
CLASSPATH = Path(__file__).parents[3] / ".trino" / "classpath"


class NotInstalled(Exception):
    """What the machine lacks; the message says what to install."""


def java_home() -> Path:
    """The folder of a JDK that is new enough: JAVA_HOME, the one on the PATH, or one of the machine's usual places.

    Raises:
        NotInstalled: There is none.
    """
    on_path = shutil.which("javac")
    candidates = [
        *([Path(os.environ["JAVA_HOME"])] if os.environ.get("JAVA_HOME") else []),
        *([Path(on_path).resolve().parents[1]] if on_path else []),
        *sorted(Path("/usr/lib/jvm").glob("*")),
        *sorted(Path("/Library/Java/JavaVirtualMachines").glob("*/Contents/Home")),
    ]
    for home in candidates:
        if (home / "bin" / "javac").exists() and _version(home) >= OLDEST_JAVA:
            return home
    raise NotInstalled(f"Trino needs a JDK {OLDEST_JAVA} or newer: install one and set JAVA_HOME to its folder.")


def _version(home: Path) -> int:
    release = home / "release"
    found = re.search(r'^JAVA_VERSION="(\d+)', release.read_text(), re.MULTILINE) if release.exists() else None
    return int(found[1]) if found else 0


def classpath() -> str:
    """Trino's jars, fetched into Maven's own repository the first time (about 450 MB).

    Raises:
        NotInstalled: There is no Maven, or it could not fetch them.
    """
    pom = HERE / "pom.xml"
    if CLASSPATH.exists() and CLASSPATH.stat().st_mtime > pom.stat().st_mtime:
        jars = CLASSPATH.read_text()
        if all(Path(jar).exists() for jar in jars.split(os.pathsep)):
            return jars
    maven = shutil.which("mvn")
    if not maven:
        raise NotInstalled("Trino's jars come by Maven: install it, so that `mvn` is on the PATH.")
    print("Fetching Trino's jars by Maven, once: about 450 MB ...", flush=True)
    CLASSPATH.parent.mkdir(exist_ok=True)
    made = CLASSPATH.with_suffix(f".{os.getpid()}")
    done = subprocess.run(
        [
            *(maven, "--batch-mode", "--quiet", "--file", str(pom)),
            *("dependency:build-classpath", f"-Dmdep.outputFile={made}"),
        ],
        capture_output=True,
        text=True,
    )
    if done.returncode:
        raise NotInstalled(f"Maven could not fetch Trino's jars:\n{done.stdout[-3000:]}{done.stderr[-1000:]}")
    made.rename(CLASSPATH)
    return CLASSPATH.read_text()


class TrinoServer:
    """A running node over the Glue and S3 at `endpoint`. It ends with `stop`, or when this process ends.

    Raises:
        NotInstalled: Java, Maven or the jars are missing.
        RuntimeError: It did not start; the end of its log is in the message.
    """

    def __init__(self, endpoint: str, log: Path) -> None:
        arguments = log.with_suffix(".arguments")
        arguments.write_text(f'-cp "{classpath()}"\n')
        with log.open("w") as stderr:
            self._process = subprocess.Popen(
                [
                    # every statement brings classes of its own; with 2 GB, 12 % of the time went into collections
                    *(str(java_home() / "bin" / "java"), "-XX:+UseSerialGC", "-XX:MetaspaceSize=512m"),
                    *("-Xms3g", "-Xmx3g", "-Xmn1g"),
                    # many short statements: the second compiler costs more than it brings
                    "-XX:TieredStopAtLevel=1",
                    *("--enable-native-access=ALL-UNNAMED", "--sun-misc-unsafe-memory-access=allow"),
                    *(f"@{arguments}", str(HERE / "TrinoForAthena.java"), endpoint),
                ],
                stdin=subprocess.PIPE,
                stdout=subprocess.PIPE,
                stderr=stderr,
                text=True,
            )
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("READY "):
                self.address = line.split()[1]
                return
        self.stop()
        raise RuntimeError(f"Trino did not start:\n{log.read_text()[-4000:]}")

    def stop(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        try:
            self._process.wait(timeout=20)
        except subprocess.TimeoutExpired:
            self._process.kill()
            self._process.wait()


if __name__ == "__main__":  # what `make test-trino` asks before it runs a test
    try:
        java_home()
        classpath()
    except NotInstalled as missing:
        sys.exit(str(missing))
