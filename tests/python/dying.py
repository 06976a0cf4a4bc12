"""Death of a command at a chosen moment, as a `sitecustomize` for its process."""

# Before the DIE_AT-th of these, which are the writes to a landing zone and to a queue: a file of the folder `zone` is
# opened for writing; any file is renamed or removed; S3 is asked to write or delete, or SQS to delete. With DIE_TORN, a
# file that is renamed is cut to its half first. Worker processes count their own, up to DIE_AT_WORKERS, and the command
# that they belong to dies.
DYING = """
import os, signal, sys, time

is_worker = "--multiprocessing-fork" in sys.orig_argv
left = int(os.environ.get("DIE_AT_WORKERS" if is_worker else "DIE_AT", "0"))
zone = os.path.abspath("zone") + os.sep

def counts(event, args):
    if event == "open":
        path, mode, flags = args  # without a mode: the opener of the same file
        return mode and os.path.abspath(str(path)).startswith(zone) and (flags or 0) & (os.O_WRONLY | os.O_RDWR)
    if event == "http.client.send":
        return bytes(args[1]).startswith((b"PUT ", b"DELETE ")) or b"AmazonSQS.DeleteMessage" in bytes(args[1])
    return event in ("os.rename", "os.remove")

def hook(event, args):
    global left
    if counts(event, args):
        left -= 1
        if left == 0:
            if os.environ.get("DIE_TORN") and event == "os.rename":
                os.truncate(args[0], os.path.getsize(args[0]) // 2)
            os.kill(os.getppid() if is_worker else os.getpid(), signal.SIGKILL)
            time.sleep(30)

if left:
    sys.addaudithook(hook)
"""
