import { useEffect, useEffectEvent } from 'react';
import { useDropzone } from 'react-dropzone';

/** Every way a file comes in: dropped anywhere, chosen in the dialog, pasted, photographed. */
export function useImageDrop(onFiles: (files: readonly File[]) => void) {
  const dropzone = useDropzone({
    noClick: true,
    noKeyboard: true,
    onDrop: (files) => onFiles(files),
    // The dialog of the page's own input is the one that automation and older phones know.
    useFsAccessApi: false,
  });

  const onPaste = useEffectEvent((event: ClipboardEvent) => {
    const files = [...(event.clipboardData?.files ?? [])];
    if (files.length > 0) onFiles(files);
  });
  useEffect(() => {
    document.addEventListener('paste', onPaste);
    return () => document.removeEventListener('paste', onPaste);
  }, []);

  /** Opens the camera of a phone, by the same input: it asks for a picture just this once. */
  function openCamera() {
    const input = dropzone.inputRef.current;
    if (!input) return;
    input.setAttribute('accept', 'image/*');
    input.setAttribute('capture', 'environment');
    dropzone.open();
    input.removeAttribute('capture');
    input.removeAttribute('accept');
  }

  return { ...dropzone, openCamera };
}
