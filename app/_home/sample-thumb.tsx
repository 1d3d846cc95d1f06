/** The picture of a sample within its button. @param className - its width */
export function SampleThumb({ name, className }: { name: string; className: string }) {
  return (
    // biome-ignore lint/performance/noImgElement: made at the size at which it is shown.
    <img
      src={`/samples/thumbs/${name}.webp`}
      alt=""
      width={320}
      height={320}
      loading="lazy"
      decoding="async"
      className={`aspect-square bg-stage object-cover group-hover:outline-2 group-hover:outline-hematoxylin ${className}`}
    />
  );
}
