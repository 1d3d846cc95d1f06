import { useEffect, useState } from 'react';

/** A file's picture, if the browser can show it. */
export type Preview = { url: string; width: number; height: number };

export type PreviewState = { status: 'reading' | 'unavailable' } | { status: 'ready'; preview: Preview };

const READING: PreviewState = { status: 'reading' };

export function usePreview(file: File | null): PreviewState {
  const [known, setKnown] = useState<{ file: File; state: PreviewState } | null>(null);

  useEffect(() => {
    if (!file) return;
    const url = URL.createObjectURL(file);
    const image = new Image();
    image.onload = () => {
      const preview = { url, width: image.naturalWidth, height: image.naturalHeight };
      setKnown({ file, state: { status: 'ready', preview } });
    };
    image.onerror = () => setKnown({ file, state: { status: 'unavailable' } });
    image.src = url;
    return () => {
      image.onload = null;
      image.onerror = null;
      URL.revokeObjectURL(url);
    };
  }, [file]);

  return known && known.file === file ? known.state : READING;
}
