// Bundles style, script and icon into src/perenne/web/static/dist and copies the fonts of documents;
// nothing of it is ever committed.
import { copyFile, mkdir, rm } from "node:fs/promises";
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

// Documents embed these; a font of each script, regular and bold, with its licence beside it.
const documentFonts = {
  "noto-sans": "NotoSans",
  "noto-sans-tc": "NotoSansTC",
  "noto-sans-jp": "NotoSansJP",
  vazirmatn: "Vazirmatn",
};
const fonts = "../src/perenne/billing/documents/fonts";
await rm(fonts, { recursive: true, force: true });
await mkdir(fonts, { recursive: true });
for (const [from, family] of Object.entries(documentFonts)) {
  const folder = `node_modules/@expo-google-fonts/${from}`;
  for (const weight of ["400Regular", "700Bold"]) {
    const file = `${family}_${weight}.ttf`;
    await copyFile(`${folder}/${weight}/${file}`, `${fonts}/${file}`);
  }
  await copyFile(`${folder}/LICENSE_FONT`, `${fonts}/${family}-OFL.txt`);
}
