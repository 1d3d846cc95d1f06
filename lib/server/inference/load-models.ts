import 'server-only';
import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { z } from 'zod';
import { AppError } from '@/lib/errors';
import { ModelManifest, manifestFor, networksOf, singleNetworks } from '@/lib/models/manifest';

/** An installed model: its folder and its checked manifest. */
export type InstalledModel = { folder: string; manifest: ModelManifest };

/**
 * Finds every model folder (one with a `model.json`) and checks each: manifest, file, hash.
 *
 * @returns models by name
 * @throws AppError `invalid_model` with the folder and everything that is wrong in it, or when there is no model
 */
export async function loadModels(directory: string): Promise<Map<string, InstalledModel>> {
  const root = resolve(directory);
  const entries = await readdir(root, { withFileTypes: true }).catch((cause: unknown) => {
    throw new AppError('invalid_model', `The models directory ${directory} cannot be read`, { cause });
  });
  const models = new Map<string, InstalledModel>();
  for (const entry of entries.filter((e) => !e.name.startsWith('.')).sort((a, b) => a.name.localeCompare(b.name))) {
    const folder = join(root, entry.name);
    const text = await readFile(join(folder, 'model.json'), 'utf8').catch(() => null);
    if (text === null) continue;
    const manifest = parseManifest(entry.name, text);
    const hashes = [false, true].flatMap((isCpu) => singleNetworks(manifestFor(manifest, isCpu)).flatMap(networksOf));
    for (const [file, sha256] of new Map(hashes.map((network) => [network.file, network.sha256])))
      await assertHash(folder, file, sha256);
    const twin = models.get(manifest.name);
    if (twin)
      throw new AppError('invalid_model', `Both ${twin.folder} and ${folder} hold a model named ${manifest.name}`);
    models.set(manifest.name, { folder, manifest });
  }
  if (models.size === 0)
    throw new AppError('invalid_model', `No model in ${directory}: a model is a folder with model.json and model.onnx`);
  return models;
}

function parseManifest(folderName: string, text: string): ModelManifest {
  let json: unknown;
  try {
    json = JSON.parse(text);
  } catch (cause) {
    throw new AppError('invalid_model', `${folderName}/model.json is not JSON`, { cause });
  }
  const parsed = ModelManifest.safeParse(json);
  if (!parsed.success)
    throw new AppError('invalid_model', `${folderName}/model.json is invalid:\n${z.prettifyError(parsed.error)}`);
  return parsed.data;
}

async function assertHash(folder: string, file: string, sha256: string): Promise<void> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(join(folder, file)), hash).catch((cause: unknown) => {
    throw new AppError('invalid_model', `${join(folder, file)} cannot be read`, { cause });
  });
  const got = hash.digest('hex');
  if (got !== sha256)
    throw new AppError('invalid_model', `${join(folder, file)} has SHA-256 ${got}, its model.json says ${sha256}`);
}
