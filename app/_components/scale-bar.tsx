/** Round lengths: 1, 2 or 5 times a power of ten. */
export function roundLength(longest: number): number {
  const power = 10 ** Math.floor(Math.log10(longest));
  const step = [5, 2, 1].find((candidate) => candidate * power <= longest) ?? 1;
  return step * power;
}

/** A bar of a round length in the lower left corner of a picture that is `imageMicrons` wide. */
export function ScaleBar({ imageMicrons }: { imageMicrons: number }) {
  // At most a quarter of the picture, so that it hides little.
  const microns = roundLength(imageMicrons / 4);
  return (
    <div className="absolute inset-x-0 bottom-2">
      <div style={{ width: `${(100 * microns) / imageMicrons}%` }} className="translate-x-2">
        <span className="whitespace-nowrap rounded bg-stage/80 px-1.5 py-0.5 text-stage-ink text-xs">
          {microns >= 1000 ? `${microns / 1000} mm` : `${microns} µm`}
        </span>
        <div className="mt-1 h-1.5 border border-stage bg-stage-ink" />
      </div>
    </div>
  );
}
