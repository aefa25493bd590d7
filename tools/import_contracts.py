"""An import-linter contract: modules may import the project, the standard library, and the packages in a list."""

from __future__ import annotations

import sys
from typing import cast

from grimp import ImportGraph
from importlinter import Contract, ContractCheck, fields, output


class AllowedPackages(Contract):
    """Names the packages that are allowed; the contract `forbidden` would have to name all others."""

    source_modules = fields.ListField(subfield=fields.StringField())
    allowed_packages = fields.SetField(subfield=fields.StringField())

    def check(self, graph: ImportGraph, verbose: bool) -> ContractCheck:
        """Keep the contract unless a source module imports an outside package that is not in the list."""
        allowed = cast(set[str], self.allowed_packages) | sys.stdlib_module_names
        strangers = [
            f"{importer} -> {imported}"
            for source in cast(list[str], self.source_modules)
            for importer in sorted({source, *graph.find_descendants(source)})
            for imported in sorted(graph.find_modules_directly_imported_by(importer))
            if graph.is_module_squashed(imported) and imported.split(".")[0] not in allowed
        ]
        return ContractCheck(kept=not strangers, metadata={"strangers": strangers})

    def render_broken_contract(self, check: ContractCheck) -> None:
        """Print each import that is not allowed."""
        for stranger in check.metadata["strangers"]:
            output.print_error(stranger)
