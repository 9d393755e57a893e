"""Write the virtual limbs' shapes into the page, after a change to them: python docs/limb_model.py."""

from __future__ import annotations

from pathlib import Path

from innervate.sim.physics.export import script

PAGE = Path(__file__).parents[1] / "app" / "page" / "static" / "limb-model.js"

if __name__ == "__main__":
    PAGE.write_text(script())
    print(f"wrote {PAGE.name}")
