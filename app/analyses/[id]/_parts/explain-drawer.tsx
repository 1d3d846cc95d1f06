import { Drawer } from '@/app/_components/ui/drawer';
import { LAYER_NAMES, LAYERS, titleOf } from '../_pictures/layers';

const PICTURES: readonly { name: string; text: string }[] = [
  { name: 'Original', text: 'Your image as it was analysed, without its metadata. Nothing in it is changed.' },
  ...LAYER_NAMES.map((name) => ({ name: titleOf(name), text: LAYERS[name].text })),
  {
    name: 'Segmentation',
    text: 'Inferred: how likely each pixel is part of a positive nucleus (red), of a negative one (blue), or of a boundary (green). The numbers come from this picture, cut at the segmentation threshold, and from the marker where its gate is on.',
  },
  { name: 'Overlay', text: 'The original with every counted nucleus outlined.' },
  { name: 'Nuclei', text: 'The counted nuclei alone, as they were cut.' },
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
        Only the original was measured. A network infers all other pictures from it, in one pass; they are predictions,
        and a prediction can be wrong. Compare them with the original before you rely on the numbers.
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
        Nuclei within the size gate are counted where the regions allow, after corrections by hand. The index is the
        share of positive ones. Its interval (Wilson, 95 %) says how far chance alone may move it; it knows nothing of a
        wrong magnification or a poor stain.
      </p>
    </Drawer>
  );
}
