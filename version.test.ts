import { readFileSync } from 'node:fs';
import { expect, it } from 'vitest';
import packageJson from './package.json';

const read = (path: string, pattern: RegExp) => pattern.exec(readFileSync(path, 'utf8'))?.[1];

it.each([
  ['the lock file', 'package-lock.json', /"version": "(.+)"/],
  ['the log of changes', 'CHANGELOG.md', /^## (\S+)/m],
  ['the Python client', 'integrations/python/src/restain/__init__.py', /^__version__ = "(.+)"/m],
  ['the Java parent', 'integrations/java/pom.xml', /<version>(.+)<\/version>/],
  ['the Java client', 'integrations/java/client/pom.xml', /<version>(.+)<\/version>/],
  ['the ImageJ plugin', 'integrations/imagej/pom.xml', /<version>(.+)<\/version>/],
  ['the checks of the QuPath scripts', 'integrations/qupath/pom.xml', /<version>(.+)<\/version>/],
  ['the training package', 'training/pyproject.toml', /^version = "(.+)"/m],
])('%s has the version of package.json', (_, path, pattern) => {
  expect(read(path, pattern)).toBe(packageJson.version);
});

it.each([
  ['the readme', 'README.md', /Node (\S+) or newer/],
  ['the guide to deploying', 'docs/deploy.md', /Node (\S+) or newer/],
  ['the start', 'bootstrap.mjs', /Node (\S+) or newer/],
  ['the guide to contributing', 'CONTRIBUTING.md', /Node (\S+) is the floor/],
])('%s names the Node of package.json', (_, path, pattern) => {
  expect(`>=${read(path, pattern)}`).toBe(packageJson.engines.node);
});
