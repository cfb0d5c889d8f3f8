"""Whether the portal's types are the ones that the server's schema makes today."""

import subprocess
import sys
import tempfile
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
KEPT = ROOT / "frontend" / "src" / "api" / "schema.d.ts"


def main() -> int:
    with tempfile.TemporaryDirectory() as folder:
        schema, types = Path(folder) / "schema.yaml", Path(folder) / "schema.d.ts"
        make = [sys.executable, "manage.py", "spectacular", "--validate", "--fail-on-warn"]
        settings = ["--settings", "portal.settings.test"]
        subprocess.run([*make, *settings, "--file", str(schema)], cwd=ROOT, check=True)
        command = ["npx", "--no-install", "openapi-typescript", str(schema), "-o", str(types)]
        subprocess.run(command, cwd=ROOT / "frontend", check=True, capture_output=True)
        if types.read_text() == KEPT.read_text():
            return 0
    print("frontend/src/api/schema.d.ts is not what the server says. Run: make schema")
    return 1


if __name__ == "__main__":
    sys.exit(main())
