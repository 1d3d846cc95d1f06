import { PDFDocument } from '@cantoo/pdf-lib';
import sharp from 'sharp';
import { analysisPaths, PICTURE_NAMES } from '@/lib/contracts/analysis';
import { openZip } from '@/lib/exports/__fixtures__/open-zip';
import { expect, test } from '../fixtures';
import { ResultPanels } from '../pages/result-panels';
import { drawTissue } from '../test-files';

const ROWS = 5;
const SIDE = ROWS * 64;

type Feature = {
  id: string;
  geometry: { coordinates: [number, number][][] };
  properties: { objectType: string; classification: { name: string; color: number[] } };
};

function checkGeojson(text: string, nuclei: number) {
  const { type, features } = JSON.parse(text) as { type: string; features: Feature[] };
  expect(type).toBe('FeatureCollection');
  expect(features.filter(({ properties }) => properties.objectType === 'detection')).toHaveLength(nuclei);
  for (const { geometry, id, properties } of features) {
    expect(id).toMatch(/^[0-9a-f-]{36}$/);
    expect(properties.classification.color).toHaveLength(3);
    for (const ring of geometry.coordinates) {
      expect(ring.length).toBeGreaterThanOrEqual(4);
      expect(ring.at(-1)).toEqual(ring[0]);
      for (const [x, y] of ring) expect(x >= 0 && y >= 0 && x <= SIDE && y <= SIDE).toBe(true);
    }
  }
}

const rowsOf = (csv: string) => csv.trimEnd().split('\r\n').length - 1;

async function checkRois(bytes: Uint8Array, nuclei: number) {
  const rois = await openZip(bytes);
  expect(rois.size).toBe(nuclei);
  for (const [name, content] of rois) {
    expect(name).toMatch(/^\d{6}-(positive|negative)\.roi$/);
    expect(content.subarray(0, 4).toString()).toBe('Iout');
    expect(content.length).toBeGreaterThan(64 + 4 * content.readUInt16BE(16));
  }
}

test('one archive holds every picture and file, and they agree with the page', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  // Unsaved changes are saved first.
  await panels.show('Adjust');
  await page.getByLabel('Smallest, px').fill('620');
  const { total, positive } = await panels.numbers();
  await panels.show('Save');
  const { name, bytes } = await panels.save('Download all');
  expect(name).toMatch(/^restain-.+\.zip$/);
  await expect(page.getByText('Everything: saved.')).toBeVisible();

  const files = await openZip(bytes);
  const documents = [
    'nuclei.csv',
    'nuclei.geojson',
    'nuclei-imagej.zip',
    'provenance.json',
    'report.pdf',
    'scoring.json',
  ];
  expect([...files.keys()].sort()).toEqual([...PICTURE_NAMES.map((one) => `${one}.png`), ...documents].sort());
  for (const picture of PICTURE_NAMES)
    expect(await sharp(files.get(`${picture}.png`)!).metadata()).toMatchObject({
      format: 'png',
      width: SIDE,
      height: SIDE,
    });
  const stored = await panels.stored();
  expect(stored.result?.scoring).toMatchObject({ num_total: total, num_pos: positive, size_thresh: 620 });
  expect(JSON.parse(files.get('scoring.json')!.toString()).scoring).toEqual(stored.result?.scoring);
  expect(rowsOf(files.get('nuclei.csv')!.toString())).toBe(total);
  checkGeojson(files.get('nuclei.geojson')!.toString(), total);
  await checkRois(files.get('nuclei-imagej.zip')!, total);
  expect((await PDFDocument.load(files.get('report.pdf')!)).getTitle()).toBe('Restain report');
  const provenance = JSON.parse(files.get('provenance.json')!.toString());
  expect(provenance).toMatchObject({ ...stored.result?.provenance, parameters: { size_thresh: 620 } });
  // A program gets the same files from the server.
  for (const file of ['scoring.json', 'provenance.json', 'nuclei.csv', 'nuclei.geojson']) {
    const sent = await page.request.get(analysisPaths.export(panels.id, file));
    expect(await sent.text(), file).toBe(files.get(file)!.toString());
  }
  // The address is the key to the result, so a file that is passed on must not contain it.
  for (const file of files.values()) expect(file.toString('latin1')).not.toContain(panels.id);
});

test('each file can be saved by itself', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  const { total, percent } = await panels.numbers();
  await panels.show('Save');
  const csv = await panels.save('Nuclei (CSV)');
  expect(csv.name).toBe('nuclei.csv');
  expect(rowsOf(csv.bytes.toString())).toBe(total);
  checkGeojson((await panels.save('QuPath (GeoJSON)')).bytes.toString(), total);
  await page.getByLabel('QuPath classes').selectOption('grades');
  expect((await panels.save('QuPath (GeoJSON)')).bytes.toString()).toMatch(/"name":"[123]\+"/);
  await page.getByLabel('CSV for').selectOption('semicolon');
  expect((await panels.save('Nuclei (CSV)')).bytes.toString()).toMatch(/^\uFEFFid;class;/);
  await checkRois((await panels.save('ImageJ ROIs (ZIP)')).bytes, total);
  expect((await PDFDocument.load((await panels.save('Report (PDF)')).bytes)).getTitle()).toBe('Restain report');
  expect(JSON.parse((await panels.save('Scoring (JSON)')).bytes.toString()).scoring.percent_pos).toBe(percent);
  expect(JSON.parse((await panels.save('Provenance (JSON)')).bytes.toString()).model_sha256).toMatch(/^[0-9a-f]{64}$/);
  const labels = { Original: 'Original', Hematoxylin: 'Hema', Overlay: 'SegOverlaid', Nuclei: 'SegRefined' };
  for (const [label, picture] of Object.entries(labels)) {
    const saved = await panels.save(`${label} (PNG)`);
    expect(saved.name).toBe(`${picture}.png`);
    expect(await sharp(saved.bytes).metadata()).toMatchObject({ format: 'png', width: SIDE, height: SIDE });
  }
});

test('a name that a user types is kept, and stands in title, list, report and file names', { tag: '@once' }, async ({
  page,
}) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(ROWS));
  const { percent } = await panels.numbers();
  await expect(page).toHaveTitle(`${percent.toFixed(1)} % - Restain`);
  await panels.show('Score');
  await page.getByLabel('Your name for this image').fill('CASE: 12');
  await expect(page).toHaveTitle(`${percent.toFixed(1)} %, CASE: 12 - Restain`);
  await panels.show('Save');
  const report = await panels.save('Report (PDF)');
  expect(report.name).toBe('CASE 12-report.pdf');
  expect((await PDFDocument.load(report.bytes)).getTitle()).toBe('CASE: 12 - Restain report');
  await page.reload();
  await panels.settled();
  await expect(page).toHaveTitle(/CASE: 12/);
  await page.goto('/');
  await expect(page.getByRole('link', { name: 'CASE: 12' })).toHaveAttribute('href', `/analyses/${panels.id}`);
});

test('feedback is kept, and Delete now removes the result', { tag: '@once' }, async ({ page }) => {
  const panels = new ResultPanels(page);
  await panels.open(await drawTissue(2));
  await panels.show('Save');
  await page.getByLabel('4 of 5').check({ force: true });
  await page.getByLabel('Note about this result').fill('One nucleus too few.');
  await page.getByRole('button', { name: 'Send feedback' }).click();
  await expect(page.getByText('Kept with this result.')).toBeVisible();
  expect((await panels.stored()).feedback).toEqual({ rating: 4, note: 'One nucleus too few.' });

  await page.getByRole('button', { name: 'Delete now' }).click();
  await page.getByRole('button', { name: 'Delete everything' }).click();
  await expect(page).toHaveURL('/');
  expect((await page.request.get(`/api/analyses/${panels.id}`)).status()).toBe(404);
});
