"""Commands that are imported when one of them is called: eight processes start at once, each with its own."""

from importlib import import_module
from types import MappingProxyType

import typer
from typer.core import TyperGroup
from typer.main import get_group

MODULES = MappingProxyType(
    {
        "clients": "clients_cli",
        "people": "people_cli",
        "silences": "silence_cli",
        "notices": "notices_cli",
        "owners": "owners_cli",
        "reports": "reports_cli",
        "units": "responsibility_cli",
        "areas": "responsibility_cli",
        "matters": "responsibility_cli",
        "components": "responsibility_cli",
        "scenes": "scenes_cli",
        "route": "responsibility_cli",
        "connect": "connect_cli",
        "webhooks": "connect_cli",
        "cases": "export_cli",
        "report": "report_cli",
        "audit": "proof_cli",
        "hold": "proof_cli",
        "rights": "proof_cli",
        "purge": "proof_cli",
        "train": "training",
        "evaluate": "training",
        "export": "training",
    }
)
"""Where each command, or group of them, stands: in the `app` of that module of `clearway`."""


class LateGroup(TyperGroup):
    """A group that knows the names of its late commands, and imports what is asked for."""

    def list_commands(self, ctx: typer.Context) -> list[str]:  # type: ignore[override]  # of its own click
        """All names, for help and completion."""
        return [*super().list_commands(ctx), *MODULES]

    def get_command(self, ctx: typer.Context, cmd_name: str):  # type: ignore[no-untyped-def,override]  # noqa: ANN201 - as above
        """The command of a name, or None."""
        if cmd_name not in MODULES:
            return super().get_command(ctx, cmd_name)
        whole = typer.Typer()
        whole.add_typer(import_module(f"clearway.{MODULES[cmd_name]}").app)
        return get_group(whole).commands[cmd_name]
