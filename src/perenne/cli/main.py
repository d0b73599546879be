"""The `perenne` command: sets the scene, finds the subcommand, explains what went wrong."""

import errno
import os
import sys
from importlib import import_module
from typing import NoReturn

import click

from perenne.platform.errors import PerenneError
from perenne.platform.settings import read_deployment

EXIT_FAILED = 1
EXIT_CONFLICT = 5
_OF_THE_DISK = (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EIO)

# Where each subcommand lives, imported when it is used: `perenne version` must not wait for all.
COMMANDS = {
    "advance": ("perenne.cli.day_commands", "advance_command"),
    "backup": ("perenne.cli.backup_commands", "backup_command"),
    "check": ("perenne.cli.check_command", "check_command"),
    "credit": ("perenne.cli.refunds_commands", "credit_command"),
    "demo": ("perenne.cli.demo_command", "demo_command"),
    "doctor": ("perenne.cli.doctor_command", "doctor_command"),
    "export": ("perenne.cli.books_commands", "export_group"),
    "import": ("perenne.cli.import_commands", "import_group"),
    "invite": ("perenne.cli.user_commands", "invite_command"),
    "invoices": ("perenne.cli.invoices_commands", "invoices_group"),
    "migrate": ("perenne.cli.server_commands", "migrate_command"),
    "partners": ("perenne.cli.books_commands", "partners_group"),
    "payments": ("perenne.cli.payments_commands", "payments_group"),
    "period": ("perenne.cli.books_commands", "period_group"),
    "quotes": ("perenne.cli.quotes_commands", "quotes_group"),
    "reconcile": ("perenne.cli.books_commands", "reconcile_command"),
    "reconcile-restored": ("perenne.cli.backup_commands", "reconcile_restored_command"),
    "refunds": ("perenne.cli.refunds_commands", "refunds_group"),
    "restore": ("perenne.cli.backup_commands", "restore_command"),
    "run": ("perenne.cli.day_commands", "run_command"),
    "serve": ("perenne.cli.server_commands", "serve_command"),
    "unpark": ("perenne.cli.books_commands", "unpark_command"),
    "users": ("perenne.cli.users_commands", "users_group"),
    "user": ("perenne.cli.user_commands", "user_group"),
    "verify-backup": ("perenne.cli.backup_commands", "verify_backup_command"),
    "version": ("perenne.cli.server_commands", "version_command"),
    "why": ("perenne.cli.why_command", "why_command"),
    "worker": ("perenne.cli.server_commands", "worker_command"),
}
# The web server's workers set it up themselves; its main process only watches them.
_WITHOUT_DJANGO = ("serve", "version")


class Commands(click.Group):
    """Subcommands that are imported when they are used."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every subcommand, by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The subcommand of that name, with Django set up for it."""
        if name not in COMMANDS:
            return None
        if name not in _WITHOUT_DJANGO:
            set_up_django()
        module, attribute = COMMANDS[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command


def set_up_django() -> None:
    """Make models and settings usable; reads the environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perenne.platform.django_settings")
    read_deployment()  # every mistake at once, before Django trips over the first
    django.setup()


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def cli() -> None:
    """Renew the term subscriptions that a software vendor sold."""


def main() -> None:
    """Run the command line; an expected error is one clear line and an exit code."""
    from django.db import OperationalError

    try:
        cli(prog_name="perenne")
    except PerenneError as error:
        for line in str(error).splitlines():
            click.echo(f"perenne: {line}", err=True)
        sys.exit(EXIT_CONFLICT if error.code.startswith("day.") else EXIT_FAILED)
    except OperationalError as error:
        _stopped(error)
    except OSError as error:
        if error.errno not in _OF_THE_DISK:
            raise
        _stopped(error)


def _stopped(error: Exception) -> NoReturn:
    """The disk is full, or the database went away; what was committed stays."""
    reason = " ".join(str(error).split())
    click.echo(
        f"perenne: stopped by the machine: {reason}; ask perenne doctor, "
        "then run the same command again",
        err=True,
    )
    sys.exit(EXIT_FAILED)
