"""The `perenne` command: sets the scene, finds the subcommand, explains what went wrong."""

import os
import sys
from collections.abc import Callable
from importlib import import_module

import click

from perenne.platform.errors import PerenneError

EXIT_FAILED = 1
EXIT_USAGE = 2
EXIT_CONFLICT = 5

# Where each subcommand lives, imported when it is used: `perenne version` must not wait for all.
COMMANDS = {
    "advance": ("perenne.cli.day_commands", "advance_command"),
    "check": ("perenne.cli.check_command", "check_command"),
    "demo": ("perenne.cli.demo_command", "demo_command"),
    "doctor": ("perenne.cli.doctor_command", "doctor_command"),
    "import": ("perenne.cli.import_commands", "import_group"),
    "migrate": ("perenne.cli.server_commands", "migrate_command"),
    "run": ("perenne.cli.day_commands", "run_command"),
    "serve": ("perenne.cli.server_commands", "serve_command"),
    "version": ("perenne.cli.server_commands", "version_command"),
    "worker": ("perenne.cli.server_commands", "worker_command"),
}
# These prepare themselves; the others find database, gateway and mail sink running.
SELF_PREPARED = frozenset({"demo", "doctor", "migrate", "version"})


class Commands(click.Group):
    """Subcommands, each with its surroundings running while it runs."""

    def list_commands(self, ctx: click.Context) -> list[str]:  # noqa: ARG002 - click's signature
        """Every subcommand, by name."""
        return sorted(COMMANDS)

    def get_command(self, ctx: click.Context, name: str) -> click.Command | None:  # noqa: ARG002
        """The subcommand of that name, with Django set up for it."""
        if name not in COMMANDS:
            return None
        set_up_django()
        module, attribute = COMMANDS[name]
        command: click.Command = getattr(import_module(module), attribute)
        return command

    def invoke(self, ctx: click.Context) -> object:
        """Run the subcommand; what it needs beside it starts first and stops with the last user."""
        name = ctx._protected_args[0] if ctx._protected_args else ""  # noqa: SLF001
        if name in SELF_PREPARED or name not in COMMANDS or "--help" in ctx.args:
            return super().invoke(ctx)
        return in_running_home(lambda: super(Commands, self).invoke(ctx))


def set_up_django() -> None:
    """Make models and settings usable; reads the environment."""
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "perenne.platform.django_settings")
    django.setup()


def in_running_home(action: Callable[[], object]) -> object:
    """Do something while database, gateway and sink run, on a migrated database."""
    from perenne.cli.home import running_home
    from perenne.cli.migrating import migrate_if_empty
    from perenne.platform.settings import read_deployment

    with running_home(read_deployment()) as home:
        with home.locked():
            migrate_if_empty()
        try:
            return action()
        finally:
            from django.db import connections

            connections.close_all()


@click.command(
    cls=Commands,
    context_settings={"help_option_names": ["-h", "--help"]},
)
def cli() -> None:
    """Renew the term subscriptions that a software vendor sold."""


def main() -> None:
    """Run the command line; an expected error is one clear line and an exit code."""
    try:
        cli(prog_name="perenne")
    except PerenneError as error:
        for line in str(error).splitlines():
            click.echo(f"perenne: {line}", err=True)
        sys.exit(EXIT_CONFLICT if error.code.startswith("day.") else EXIT_FAILED)
