// Draws avatars: JSON on standard input, a list of [style, options]; a JSON list of SVGs comes out.
import { readFileSync } from "node:fs";
import { join } from "node:path";
import { pathToFileURL } from "node:url";

// Packages are where the script is run, not where it lies.
const packages = join(process.cwd(), "node_modules/@dicebear");
const load = (name) => import(pathToFileURL(join(packages, name, "lib/index.js")));

const { createAvatar } = await load("core");
const people = JSON.parse(readFileSync(0, "utf8"));
const styles = {};
for (const [style] of people) styles[style] ??= await load(style);
const drawings = people.map(([style, options]) => createAvatar(styles[style], options).toString());
process.stdout.write(JSON.stringify(drawings));
