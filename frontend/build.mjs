// Bundles the style into src/perenne/web/static/dist, which is never committed.
import { rm } from "node:fs/promises";
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
