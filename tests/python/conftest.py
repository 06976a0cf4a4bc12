"""What the commands of these tests inherit."""

import signal

# Whoever starts pytest in the background has it ignore Ctrl-C, and the commands that tests start would inherit that.
signal.signal(signal.SIGINT, signal.default_int_handler)
