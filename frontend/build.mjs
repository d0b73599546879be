// Bundles style, script and icon into src/perenne/web/static/dist, which is never committed.
import { copyFile, rm } from "node:fs/promises";
import { build } from "esbuild";

const out = "../src/perenne/web/static/dist";
await rm(out, { recursive: true, force: true });
await build({
  entryPoints: { perenne: "src/perenne.css", theme: "src/theme.js" },
  outdir: out,
  bundle: true,
  minify: true,
  legalComments: "linked",
  loader: { ".svg": "dataurl" },
  logLevel: "warning",
});
await copyFile("src/icon.svg", `${out}/icon.svg`);
