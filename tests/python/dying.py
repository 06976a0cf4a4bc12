"""Death of a command at a chosen moment, as a `sitecustomize` for its process."""

# At the DIE_AT-th time that a file of the folder `zone` is opened for writing, or any file renamed or removed: before
# it happens; with DIE_TORN, a file that is renamed is cut to its half first.
DYING = """
import os, signal, sys

left = int(os.environ.get("DIE_AT", "0"))
zone = os.path.abspath("zone")

def hook(event, args):
    global left
    if event == "open":
        counts = os.path.abspath(str(args[0])).startswith(zone + os.sep) and (args[2] or 0) & (os.O_WRONLY | os.O_RDWR)
    else:
        counts = event in ("os.rename", "os.remove")
    if counts:
        left -= 1
        if left == 0:
            if os.environ.get("DIE_TORN") and event == "os.rename":
                os.truncate(args[0], os.path.getsize(args[0]) // 2)
            os.kill(os.getpid(), signal.SIGKILL)

if left:
    sys.addaudithook(hook)
"""
