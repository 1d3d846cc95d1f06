import { Drawer } from '@/app/_components/ui/drawer';
import { LAYER_NAMES, LAYERS, titleOf } from '../_pictures/layers';

const PICTURES: readonly { name: string; text: string }[] = [
  { name: 'Original', text: 'Your image as it was analysed, without metadata. Its pixels are not changed.' },
  ...LAYER_NAMES.map((name) => ({ name: titleOf(name), text: LAYERS[name].text })),
  {
    name: 'Segmentation',
    text: 'Inferred: how likely each pixel is part of a positive nucleus (red), of a negative one (blue), or of a boundary (green). The numbers come from this picture and the segmentation threshold, and from the marker if its threshold is on.',
  },
  { name: 'Overlay', text: 'The original with every counted nucleus outlined.' },
  { name: 'Nuclei', text: 'Only the counted nuclei, with their outlines.' },
];

/** Explains each picture, and which one the numbers come from. */
export function ExplainDrawer() {
  return (
    <Drawer
      trigger="What am I looking at?"
      title="What each picture is"
      className="min-h-9 text-hematoxylin text-sm underline decoration-1 underline-offset-3"
    >
      <p className="text-pretty">
        Only the original was measured. A network infers all other pictures from it. They are predictions and can be
        wrong. Compare them with the original before you rely on the numbers.
      </p>
      <dl className="mt-4 space-y-3">
        {PICTURES.map(({ name, text }) => (
          <div key={name}>
            <dt className="font-semibold">{name}</dt>
            <dd className="text-pretty text-muted">{text}</dd>
          </div>
        ))}
      </dl>
      <h3 className="mt-6 font-semibold">How the index is made</h3>
      <p className="mt-1 text-pretty text-muted">
        Nuclei count if their size is within the limits and their centre is inside the regions; those that the border of
        the image cuts count, too. Corrections by hand are applied. The index is the percentage of positive nuclei. The
        interval (Wilson, 95 %) covers chance only, not a wrong magnification or a poor stain.
      </p>
    </Drawer>
  );
}
