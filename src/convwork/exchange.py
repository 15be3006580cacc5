"""nbgrader's exchange, where it can't be used: what an instructor can do about it."""

from nbgrader.exchange.default import ExchangeReleaseAssignment
from nbgrader.utils import check_directory


class ReleaseAssignment(ExchangeReleaseAssignment):  # type: ignore[misc]
    """Releases as nbgrader does; the first command that meets a folder without rights."""

    def fail(self, msg: str) -> None:
        """Stop with a message that names the way out."""
        if not check_directory(self.root, write=True, execute=True):
            msg = (
                f"{msg.rstrip('.')}; let root make the exchange with `install -d -m 1777 "
                f"{self.root}`, or name, here and for students, another folder that all may "
                "write to: c.Exchange.root in nbgrader_config.py"
            )
        super().fail(msg)
