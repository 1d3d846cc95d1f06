// Prints what the server is made of as CycloneDX 1.5 (JSON): npm's packages, Node, and the readers of microscope
// formats where they are installed. `npm run sbom`. In the image it lies at /app/sbom.cdx.json, and Debian's packages beside it.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';

const npm = process.env.npm_execpath;
const [command, first] = npm?.endsWith('npm-cli.js') ? [process.execPath, [npm]] : ['npm', []];
const args = [...first, 'sbom', '--sbom-format', 'cyclonedx', '--omit', 'dev'];
const sbom = JSON.parse(execFileSync(command, args, { encoding: 'utf8', maxBuffer: 2 ** 28 }));
// npm calls it by the name of its folder.
Object.assign(sbom.metadata.component, { name: 'restain', type: 'application' });

const node = process.versions.node;
sbom.components.push({
  'bom-ref': `node@${node}`,
  type: 'application',
  name: 'node',
  version: node,
  purl: `pkg:generic/node@${node}`,
  licenses: [{ license: { id: 'MIT' } }],
});

const folder = process.env.BIOFORMATS_DIR || '.restain/bioformats';
const jar = `${folder}/bioformats_package.jar`;
if (existsSync(jar)) {
  const version =
    /Bio-Formats (\d+\.\d+\.\d+)/.exec(readFileSync('integrations/bioformats/install.mjs', 'utf8'))?.[1] ?? 'unknown';
  sbom.components.push({
    'bom-ref': `bioformats_package@${version}`,
    type: 'application',
    name: 'bioformats_package',
    group: 'ome',
    version,
    purl: `pkg:maven/ome/bioformats_package@${version}`,
    // A program of its own, which the server starts and talks to by pipes.
    licenses: [{ license: { id: 'GPL-2.0-or-later' } }],
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(jar)).digest('hex') }],
  });
}
const library = `${process.env.OPENSLIDE_DIR || '.restain/openslide'}/libopenslide.so.1`;
if (existsSync(library)) {
  const version =
    /openslide-bin==([\d.]+)/.exec(readFileSync('integrations/openslide/install.mjs', 'utf8'))?.[1] ?? 'unknown';
  sbom.components.push({
    'bom-ref': `openslide-bin@${version}`,
    type: 'library',
    name: 'openslide-bin',
    version,
    purl: `pkg:pypi/openslide-bin@${version}`,
    // Loaded by a program of its own, which the server starts and talks to by pipes. The wheel beside it has all licences.
    licenses: [{ license: { id: 'LGPL-2.1-only' } }],
    hashes: [{ alg: 'SHA-256', content: createHash('sha256').update(readFileSync(library)).digest('hex') }],
  });
}
console.log(JSON.stringify(sbom, null, 1));
