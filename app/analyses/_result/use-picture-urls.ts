import { useEffect, useState } from 'react';
import type { ImageName, InferResult } from '@/lib/contracts/infer';
import { decodeBase64 } from './png';

export type PictureUrls = Partial<Record<ImageName, string>>;

/** Addresses of the pictures within this page; they end with the component. */
export function usePictureUrls(images: InferResult['images']): PictureUrls {
  const [urls, setUrls] = useState<PictureUrls>({});
  useEffect(() => {
    const made = Object.entries(images).map(([name, base64]) => [
      name,
      URL.createObjectURL(new Blob([decodeBase64(base64)], { type: 'image/png' })),
    ]);
    setUrls(Object.fromEntries(made));
    return () => {
      for (const [, url] of made) URL.revokeObjectURL(url);
    };
  }, [images]);
  return urls;
}
