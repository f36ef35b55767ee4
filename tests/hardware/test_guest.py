"""What the runner of guests says when one cannot run; real ones need a kernel (make test-hil)."""

from pathlib import Path

import pytest

from tests.hardware.guest import Guest, GuestError


def test_folder_the_kernel_cannot_be_told_of_is_refused(tmp_path: Path) -> None:
    with pytest.raises(GuestError, match="takes no such path"):
        Guest(tmp_path / "linux", tmp_path / "with a space")


def test_guest_that_ends_without_a_status_is_an_error_with_its_last_words(tmp_path: Path) -> None:
    kernel = tmp_path / "linux"
    kernel.write_text("#!/bin/sh\necho no root here >&2\n")
    kernel.chmod(0o755)
    guest = Guest(kernel, tmp_path)
    guest.start(["true"], {})

    with pytest.raises(GuestError, match="no root here"):
        guest.wait(20.0)


def test_guest_that_does_not_end_is_ended(tmp_path: Path) -> None:
    kernel = tmp_path / "linux"
    kernel.write_text("#!/bin/sh\nexec sleep 1000\n")
    kernel.chmod(0o755)
    guest = Guest(kernel, tmp_path)
    guest.start(["true"], {})

    with pytest.raises(GuestError, match="did not end within"):
        guest.wait(0.1)
