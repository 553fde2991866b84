"""Signals of Dagster's long-lived programs as Sparky starts them."""

import signal
import subprocess
import sys

PROGRAM = """
import signal, time
from dagster._utils.interrupts import setup_interrupt_handlers
from resources.signals import end_on_termination
signal.signal(signal.SIGINT, signal.SIG_IGN)  # as a shell without job control does for `program &`
end_on_termination()
setup_interrupt_handlers()
print("ready", flush=True)
time.sleep(120)
"""


def test_program_started_in_the_background_of_a_script_ends_on_termination() -> None:
    with subprocess.Popen([sys.executable, "-c", PROGRAM], stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        assert process.stdout.readline() == "ready\n"
        process.send_signal(signal.SIGTERM)
        try:
            assert process.wait(timeout=60) != 0
        finally:
            process.kill()
