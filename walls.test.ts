import { spawnSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join, relative } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';

/** One line of a table of ARCHITECTURE.md: a folder (`lib/imaging`), the files of one (`lib/*`) or a file, and its imports. */
type Line = { place: string; allowed: string[] };

/** `a/{b,c}` is `a/b` and `a/c`. */
function spread(name: string): string[] {
  const [, before, choices, after] = /^(.*)\{(.*)\}(.*)$/.exec(name) ?? [];
  return choices === undefined ? [name] : choices.split(',').map((choice) => `${before}${choice}${after}`);
}

const namesIn = (cell = '') => [...cell.matchAll(/`([^`]+)`/g)].flatMap(([, name = '']) => spread(name));

/** The tables' last column lists imports. A line that names no place adds its imports to every line under it. */
function readLines(): Line[] {
  const lines: Line[] = [];
  let common: string[] = [];
  for (const row of readFileSync('ARCHITECTURE.md', 'utf8').split('\n')) {
    if (!row.startsWith('| ')) common = [];
    const cells = row.startsWith('| ') ? row.split('|').slice(1, -1) : [];
    const allowed = namesIn(cells.at(-1));
    if (allowed.length === 0) continue;
    const places = namesIn(cells[0]);
    if (places.length === 0) common = allowed;
    for (const place of places) lines.push({ place, allowed: [...allowed, ...common] });
  }
  return lines;
}

const CODE = /\.(ts|tsx|mjs)$/;
/** Folders that hold no code of ours, or that no wall is for. */
const APART =
  /^(\..*|node_modules|training|integrations|models|public|docs|shared|__fixtures__|test-results|playwright-report)$/;

/** Every folder that holds code, from the root. */
function foldersOfCode(folder = '.'): string[] {
  const entries = readdirSync(folder, { withFileTypes: true });
  const within = entries.filter((entry) => entry.isDirectory() && !APART.test(entry.name));
  return [
    ...(entries.some((entry) => entry.isFile() && CODE.test(entry.name)) ? [folder] : []),
    ...within.flatMap((entry) => foldersOfCode(join(folder, entry.name))),
  ];
}

const lines = readLines();
const folders = foldersOfCode();
const files = lines.filter(({ place }) => CODE.test(place)).map(({ place }) => place);
const lineAt = (place: string) => lines.find((line) => line.place === place);

/** The line that a folder is under: that of its files, its own, or that of the folder above it. */
function lineOf(folder: string): Line | undefined {
  const own = lineAt(`${folder}/*`);
  for (let at = folder; own === undefined && at !== '.'; at = dirname(at)) {
    const line = lineAt(at);
    if (line !== undefined) return line;
  }
  return own;
}

const isOurs = (name: string) => /^(lib|app|workers|e2e|public|package\.json)(\/|$)/.test(name);
const listed = [...new Set(lines.flatMap(({ allowed }) => allowed))];
const isFolder = (name: string) => lineAt(name) !== undefined || lineAt(`${name}/*`) !== undefined;
const manifest = JSON.parse(readFileSync('package.json', 'utf8'));
type Override = {
  linter?: { rules?: { style?: { noRestrictedImports?: { options?: { patterns: { group: string[] }[] } } } } };
};
const overrides: Override[] = JSON.parse(readFileSync('biome.json', 'utf8')).overrides;

/** What some wall leaves open, an exact name or a planted one. The page's folders are written `**\/_name`. */
const opened = overrides
  .flatMap(({ linter }) => linter?.rules?.style?.noRestrictedImports?.options?.patterns ?? [])
  .flatMap(({ group }) => group.filter((pattern) => /^!(?![.:])/.test(pattern)))
  .flatMap((pattern) => spread(pattern.replace(/^!(@\/)?/, '').replace('**/', 'app/analyses/[id]/')))
  .map((name) => name.replace(/\*+$/, 'planted'));

/** What every place tries: a module of each folder with a line, all that a line lists or a wall opens, every package. */
const names = [
  ...new Set([
    ...lines
      .map(({ place }) => `${place.replace('/*', '')}/planted`)
      .filter((name) => isOurs(name) && !CODE.test(dirname(name))),
    ...opened.filter((name) => !isFolder(name) && !name.includes('__fixtures__')),
    ...listed.filter((name) => isOurs(name) && !isFolder(name) && !name.includes('__fixtures__')),
    ...listed.filter((name) => !isOurs(name)).map((name) => name.replace(/\*$/, 'planted').replace(/:$/, ':fs')),
    ...Object.keys({ ...manifest.dependencies, ...manifest.devDependencies }),
    './planted',
    'nowhere-listed',
  ]),
];

const folderOf = (place: string) => (CODE.test(place) ? dirname(place) : place);
const isAtHome = (name: string, place: string) => isOurs(name) && lineOf(dirname(name)) === lineOf(folderOf(place));

function mayImport({ allowed }: Line, name: string): boolean {
  if (name === './planted') return true;
  if (isOurs(name)) {
    return allowed.includes(name) || allowed.includes(lineOf(dirname(name))?.place.replace('/*', '') ?? '');
  }
  return allowed.some((entry) => entry === name || (/[*:]$/.test(entry) && name.startsWith(entry.replace('*', ''))));
}

const project = mkdtempSync(join(tmpdir(), 'walls-test-'));
afterAll(() => rmSync(project, { recursive: true }));

/** Lints files of one import a line. Returns the imports that pass, by file. */
function lint(planted: Map<string, string[]>): Map<string, string[]> {
  for (const file of ['biome.json', '.gitignore']) copyFileSync(file, join(project, file));
  for (const [file, imports] of planted) {
    mkdirSync(join(project, dirname(file)), { recursive: true });
    writeFileSync(
      join(project, file),
      imports.map((name) => (name === 'process.env' ? `${name}.X;\n` : `import '${name}';\n`)).join(''),
    );
  }
  const biome = join(process.cwd(), 'node_modules/@biomejs/biome/bin/biome');
  const { stdout } = spawnSync(process.execPath, [biome, 'lint', '--reporter=json', '--max-diagnostics=none'], {
    cwd: project,
    encoding: 'utf8',
    maxBuffer: 2 ** 30,
  });
  const denied = new Map<string, Set<number>>();
  for (const { category, location } of JSON.parse(stdout).diagnostics) {
    if (!/noRestrictedImports|noProcessEnv/.test(category)) continue;
    const lines = denied.get(location.path) ?? new Set();
    denied.set(location.path, lines.add(location.start.line));
  }
  return new Map(
    [...planted].map(([file, imports]) => [file, imports.filter((_, line) => !denied.get(file)?.has(line + 1))]),
  );
}

const plantedAt = (place: string) => (CODE.test(place) ? place : join(place, 'planted-here.ts'));

/** How a file there may name a module: from the root, or from its own folder. */
function waysTo(name: string, place: string): string[] {
  return isOurs(name) ? [`@/${name}`, relative(folderOf(place), name).replace(/^(?!\.)/, './')] : [name];
}

describe('walls between folders', () => {
  const places = [...folders, ...files];
  const passed = lint(new Map(places.map((place) => [plantedAt(place), names.flatMap((name) => waysTo(name, place))])));

  it.each(places)('%s imports what its line in ARCHITECTURE.md lists, and nothing else', (place) => {
    const line = CODE.test(place) ? lineAt(place) : lineOf(place);
    if (line === undefined) throw new Error(`${place} has no line in ARCHITECTURE.md, and so no wall.`);
    const open = new Set(passed.get(plantedAt(place)));
    const away = names.filter((name) => !isAtHome(name, place));
    expect(away.filter((name) => waysTo(name, place).some((way) => open.has(way)))).toEqual(
      away.filter((name) => mayImport(line, name)),
    );
  });
});
